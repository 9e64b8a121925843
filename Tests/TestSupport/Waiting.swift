package import Dispatch

/// What a test waited for did not happen in time.
package struct WaitedTooLong: Error, CustomStringConvertible {
    package let description: String

    /// - Parameter what: what did not happen, as in "that the second transaction waits".
    package init(for what: String) { description = "waited too long for \(what)" }
}

/// How long a test waits for what a busy machine does sooner or later. Long enough that only what never happens takes it.
package let patience = Duration.seconds(60)

/// Asks again and again until a condition holds.
/// - Throws: `WaitedTooLong` when it does not within `limit`, `CancellationError`, and what the condition throws.
package func wait(
    for what: String, within limit: Duration = patience, isolation: isolated (any _Concurrency.Actor)? = #isolation,
    until condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { throw WaitedTooLong(for: what) }
        try await Task.sleep(for: .milliseconds(1))
    }
}

extension DispatchSemaphore {
    /// Blocks the thread until the signal comes, and no longer than a test waits: who forgot to signal, or failed
    /// before that, does not keep the process from its end.
    package func waitAtMost(_ limit: DispatchTimeInterval = .seconds(60)) {
        _ = wait(timeout: .now() + limit)
    }
}

/// The work's result, if it is there within the limit.
/// - Throws: `WaitedTooLong` when it is not, and what the work throws.
package func withLimit<Value: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: work)
        group.addTask {
            try await Task.sleep(for: limit)
            throw WaitedTooLong(for: "work that has a limit")
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw WaitedTooLong(for: "work that has a limit") }
        return value
    }
}
