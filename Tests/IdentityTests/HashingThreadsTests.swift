import Clinic
import Dispatch
import TestSupport
import Testing

@testable import Identity

@Suite("The hashing threads", .timeLimit(.minutes(5)))
struct HashingThreadsTests {
    @Test("Who finds the line full is refused, and who comes later is served")
    func refuses() async throws {
        let threads = HashingThreads(threads: 1, limit: 0)
        let gate = DispatchSemaphore(value: 0)
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await threads.run(for: .programme) {
                enter.yield()
                gate.waitAtMost()
            }
        }
        for await _ in entered { break }
        await #expect(throws: IdentityRefusal.busy) { try await threads.run(for: .programme) {} }
        gate.signal()
        try await first.value
        // The thread is given back just after the answer.
        try await wait(for: "a free thread") { (try? await threads.run(for: .programme) {}) != nil }
    }

    @Test("Everything that waits is worked off")
    func worksOff() async throws {
        let threads = HashingThreads(threads: 2, limit: 64)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...60 {
                let requester = Requester.network(ClientNetwork(address: "192.0.2.\(number % 3)"))
                group.addTask { try await threads.run(for: requester) { number } }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 1830)
    }

    @Test("Who asks once waits for nobody's queue, and whoever asks too often is refused in time")
    func isFair() async throws {
        let threads = HashingThreads(threads: 1, limit: 8)
        let gate = DispatchSemaphore(value: 0)
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let (done, end) = AsyncStream<String>.makeStream()
        let flood = Requester.network(ClientNetwork(address: "192.0.2.1"))
        let other = Requester.network(ClientNetwork(address: "192.0.2.2"))
        let honest = Requester.network(ClientNetwork(address: "198.51.100.1"))
        try await withThrowingTaskGroup(of: IdentityRefusal?.self) { group in
            func ask(_ requester: Requester, _ name: String) {
                group.addTask {
                    do {
                        try await threads.run(for: requester) { _ = end.yield(name) }
                        return nil
                    } catch { return error as? IdentityRefusal }
                }
            }
            group.addTask {
                try await threads.run(for: flood) {
                    enter.yield()
                    gate.waitAtMost()
                }
                return nil
            }
            for await _ in entered { break }
            // Of one network four may wait; the fifth to the fortieth are told when to come again.
            for _ in 0..<40 { ask(flood, "flood") }
            var refusals: [IdentityRefusal?] = []
            while refusals.count < 36 { refusals.append(try await group.next() ?? nil) }
            #expect(refusals.allSatisfy { $0 == .throttled(retryAfter: 2) })
            // Another network fills the queue; an honest one takes the place of the last of those who have most.
            for _ in 0..<4 { ask(other, "other") }
            try await wait(for: "eight to wait") { threads.waiting == 8 }
            ask(honest, "honest")
            #expect(try await group.next() == .throttled(retryAfter: 2))
            gate.signal()
            for try await refusal in group { #expect(refusal == nil) }
        }
        end.finish()
        let order = await done.reduce(into: []) { $0.append($1) }
        #expect(order.count == 8)
        #expect(order.firstIndex(of: "honest") ?? 8 <= 2, "behind one job of each other network: \(order)")
    }
}
