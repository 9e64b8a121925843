import Dispatch

/// A thread for work that blocks, so that neither Swift's cooperative threads nor the event loop ever do. It does one
/// piece of work after another, and lasts only while there is any. An actor can have one as its executor.
package final class BlockingThread: SerialExecutor {
    private let queue: DispatchQueue

    /// - Parameter name: what a debugger shows.
    package init(_ name: String) {
        // A serial queue has a thread of its own while it is busy; a concurrent one shares as many as there are cores.
        queue = DispatchQueue(label: "consilium.\(name)")
    }

    /// Does some work for which nobody waits.
    package func start(_ work: @escaping @Sendable () -> Void) {
        queue.async(execute: work)
    }

    /// Does some work and returns what comes of it.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            start { continuation.resume(with: Result { try work() }) }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        start { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
