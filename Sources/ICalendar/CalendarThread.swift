import Dispatch

/// A thread for one calendar of a stranger's: to read it, and to reckon with it, may take some seconds, and Swift's cooperative
/// threads must not.
package struct CalendarThread: Sendable {
    private let queue = DispatchQueue(label: "consilium.calendar")

    package init() {}

    /// What some work comes to, one piece after the other.
    package func result<Value: Sendable>(_ body: @Sendable @escaping () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
