/// Hides the outcome of something by giving all outcomes the same duration.
enum TimingPadding {
    /// Waits until an instant. A test can see for which.
    @TaskLocal static var sleep: @Sendable (ContinuousClock.Instant) async throws -> Void = { end in
        try await Task.sleep(until: end)
    }

    /// Runs `work` and returns, or throws, no sooner than after `least`.
    static func take<Value: Sendable>(_ least: Duration, _ work: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + least
        do {
            let value = try await work()
            try await sleep(end)
            return value
        } catch {
            try await sleep(end)
            throw error
        }
    }

    /// Runs `work`; what it throws leaves no sooner than after `least`.
    static func refuse<Value: Sendable>(_ least: Duration, _ work: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + least
        do {
            return try await work()
        } catch {
            try await sleep(end)
            throw error
        }
    }
}
