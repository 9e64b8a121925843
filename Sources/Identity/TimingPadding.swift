/// Hides the outcome of something by giving all outcomes the same duration.
enum TimingPadding {
    /// Runs `work` and returns, or throws, no sooner than after `least`.
    static func take<Value: Sendable>(_ least: Duration, _ work: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + least
        do {
            let value = try await work()
            try await Task.sleep(until: end)
            return value
        } catch {
            try await Task.sleep(until: end)
            throw error
        }
    }

    /// Runs `work`; what it throws leaves no sooner than after `least`.
    static func refuse<Value: Sendable>(_ least: Duration, _ work: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + least
        do {
            return try await work()
        } catch {
            try await Task.sleep(until: end)
            throw error
        }
    }
}
