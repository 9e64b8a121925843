import Foundation
import Synchronization

/// Threads of their own that work side by side: clients that wait on sockets must not hold up Swift's tasks.
package enum ClientThreads {
    /// Runs `work` once for each number below `count` and returns when all have ended.
    /// - Throws: the first error that any of them threw.
    package static func run(_ count: Int, _ work: @escaping @Sendable (Int) throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        let group = DispatchGroup()
        for number in 0..<count {
            group.enter()
            let thread = Thread {
                do {
                    try work(number)
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
                group.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        group.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// As `run`, and returns what each brought.
    package static func collect<Value: Sendable>(
        _ count: Int, _ work: @escaping @Sendable (Int) throws -> Value
    ) throws -> [Value] {
        let values = Mutex<[(Int, Value)]>([])
        try run(count) { number in
            let value = try work(number)
            values.withLock { $0.append((number, value)) }
        }
        return values.withLock { $0.sorted { $0.0 < $1.0 }.map(\.1) }
    }
}

/// Where threads wait for each other.
package final class Barrier: Sendable {
    private let wanted: Int
    private let arrived = Atomic(0)

    /// - Parameter wanted: how many wait until so many are there.
    package init(_ wanted: Int) { self.wanted = wanted }

    /// - Throws: `RigFailure.waited` after a minute.
    package func wait() throws {
        arrived.add(1, ordering: .relaxed)
        let end = ContinuousClock.now + .seconds(60)
        while arrived.load(ordering: .relaxed) < wanted {
            guard .now < end else { throw RigFailure.waited("all threads") }
            usleep(50)
        }
    }
}

/// Asks until the answer is yes.
/// - Throws: `RigFailure.waited` when it stays no for longer than `patience`.
package func until(_ what: String, patience: Duration = .seconds(60), _ holds: () throws -> Bool) throws {
    let end = ContinuousClock.now + patience
    while try !holds() {
        guard .now < end else { throw RigFailure.waited(what) }
        // Between two questions, not instead of one.
        usleep(5_000)
    }
}

/// The rig itself does not work; nothing is said about the program.
package enum RigFailure: Error, CustomStringConvertible {
    case command(String, output: String)
    case waited(String)
    case notBuilt(String)

    package var description: String {
        switch self {
        case .command(let command, let output): "\(command) failed:\n\(output)"
        case .waited(let what): "waited in vain for \(what)"
        case .notBuilt(let path): "\(path) is not built: swift build --product consilium"
        }
    }
}
