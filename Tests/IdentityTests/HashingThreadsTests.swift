import Dispatch
import Testing

@testable import Identity

@Suite("The hashing threads")
struct HashingThreadsTests {
    @Test("Who finds the line full is refused, and who comes later is served")
    func refuses() async throws {
        let threads = HashingThreads(threads: 1, line: 0)
        let gate = DispatchSemaphore(value: 0)
        let (entered, enter) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await threads.run {
                enter.yield()
                gate.wait()
            }
        }
        for await _ in entered { break }
        await #expect(throws: IdentityRefusal.busy) { try await threads.run {} }
        gate.signal()
        try await first.value
        // The thread is given back just after the answer.
        while (try? await threads.run {}) == nil { await Task.yield() }
    }

    @Test("Everything that waits is worked off")
    func worksOff() async throws {
        let threads = HashingThreads(threads: 2, line: 64)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...60 { group.addTask { try await threads.run { number } } }
            return try await group.reduce(0, +)
        }
        #expect(sum == 1830)
    }
}
