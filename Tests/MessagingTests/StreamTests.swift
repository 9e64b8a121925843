import Clinic
import FoundationEssentials
import Messaging
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("A thread's stream", .database)
struct StreamTests {
    /// Reads so many entries, as a reader who then leaves.
    private func read(_ count: Int, after: Int, _ circle: Circle, by caller: Caller) async throws -> [Int] {
        var seqs: [Int] = []
        for try await event in try await circle.events(after: after, by: caller) {
            if case .message(let entry) = event { seqs.append(entry.seq) }
            if case .revealed(let entry) = event { seqs.append(entry.seq) }
            if seqs.count == count { break }
        }
        return seqs
    }

    @Test("tells a reader who breaks off and comes back of every entry once and in order")
    func resumes() async throws {
        let circle = try await Circle.make()
        let watch = Task { try await circle.messenger.watch.run() }
        defer { watch.cancel() }
        async let posting: Void = {
            for number in 1...30 { try await circle.post("\(number)", by: circle.patient) }
        }()
        var seen: [Int] = []
        for piece in [1, 7, 2, 12, 8] {
            seen += try await read(piece, after: seen.last ?? 0, circle, by: circle.specialist)
        }
        try await posting
        #expect(seen == Array(1...30))
        #expect(try await waitUntil { circle.messenger.watch.watching == 0 })
    }

    @Test("wakes at another gateway by its doorbell", .timeLimit(.minutes(10)))
    func wakes() async throws {
        let circle = try await Circle.make()
        // The other gateway looks by itself only after an hour.
        let other = Messenger(
            vault: Circle.vault, outbox: Outbox(),
            watch: ThreadWatch(TestDatabase.current.app, floor: .seconds(3600)))
        let listening = Task { try await other.watch.run() }
        defer { listening.cancel() }
        try await circle.post("first", by: circle.patient)
        let events = try await circle.run(circle.specialist) {
            try await other.events(
                of: circle.caseID, by: circle.specialist, from: TestDatabase.current.app, in: $0)
        }
        var iterator = events.makeAsyncIterator()
        guard case .message(let first)? = try await iterator.next() else { return #expect(Bool(false)) }
        #expect(first.text == "first")
        try await circle.post("second", by: circle.patient)
        guard case .message(let second)? = try await iterator.next() else { return #expect(Bool(false)) }
        #expect(second.text == "second")
    }

    @Test("tells of marks, of withheld numbers, and of their opening")
    func reveals() async throws {
        let circle = try await Circle.make(blinded: true)
        let watch = Task { try await circle.messenger.watch.run() }
        defer { watch.cancel() }
        try await circle.post("said to be benign", by: circle.patient, revealsPrior: true)
        var iterator = try await circle.events(by: circle.specialist).makeAsyncIterator()
        #expect(try await iterator.next() == .message(ThreadEntry(seq: 1, withheld: true)))
        _ = try await circle.mark(1, by: circle.patient)
        guard case .mark(let mark)? = try await iterator.next() else { return #expect(Bool(false), "no mark") }
        #expect(mark.account == circle.patient.account && mark.seq == 1)
        try await circle.signFirstRead()
        guard case .revealed(let opened)? = try await iterator.next() else { return #expect(Bool(false), "not opened") }
        #expect(opened.seq == 2 && opened.opens == [1])
    }

    @Test("ends when its reader may not read the case any more")
    func ends() async throws {
        let circle = try await Circle.make()
        let watch = Task { try await circle.messenger.watch.run() }
        defer { watch.cancel() }
        try await circle.post("one", by: circle.patient)
        var iterator = try await circle.events(by: circle.specialist).makeAsyncIterator()
        _ = try await iterator.next()
        try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.execute(
                """
                UPDATE case_part SET until = clock_timestamp()
                WHERE case_id = \(circle.caseID) AND account_id = \(circle.specialist.account)
                """)
        }
        #expect(try await iterator.next() == nil)
    }

    /// Waits for something that another task brings about.
    private func waitUntil(_ holds: () -> Bool) async throws -> Bool {
        for _ in 0..<1000 where !holds() { await Task.yield() }
        return holds()
    }
}
