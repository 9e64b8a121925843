import Clinic
import FoundationEssentials
@testable import Messaging
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("A thread's stream", .database, .timeLimit(.minutes(10)))
struct StreamTests {
    /// Reads so many entries, as a reader who then leaves.
    private func read(_ count: Int, after: Int, _ fixture: ThreadFixture, by caller: Caller) async throws -> [Int] {
        var seqs: [Int] = []
        for try await event in try await fixture.events(after: after, by: caller) {
            if case .message(let entry) = event { seqs.append(entry.seq) }
            if case .revealed(let entry) = event { seqs.append(entry.seq) }
            if seqs.count == count { break }
        }
        return seqs
    }

    @Test("tells a reader who breaks off and comes back of every entry once and in order")
    func resumes() async throws {
        let fixture = try await ThreadFixture.make()
        let watch = Task { try await fixture.messenger.notifier.run() }
        defer { watch.cancel() }
        async let posting: Void = {
            for number in 1...30 { try await fixture.post("\(number)", by: fixture.patient) }
        }()
        var seen: [Int] = []
        for piece in [1, 7, 2, 12, 8] {
            seen += try await read(piece, after: seen.last ?? 0, fixture, by: fixture.specialist)
        }
        try await posting
        #expect(seen == Array(1...30))
        try await wait(for: "every reader to leave") { fixture.messenger.notifier.subscriptionCount == 0 }
    }

    @Test("wakes at another gateway by its notification")
    func wakes() async throws {
        let fixture = try await ThreadFixture.make()
        // The other gateway looks by itself only after an hour.
        let other = Messenger(
            vault: ThreadFixture.vault, outbox: Outbox(),
            notifier: ThreadNotifier(TestDatabase.current.app, longestDelay: .seconds(3600)))
        let listening = Task { try await other.notifier.run() }
        defer { listening.cancel() }
        try await fixture.post("first", by: fixture.patient)
        let events = try await fixture.run(fixture.specialist) {
            try await other.events(
                of: fixture.caseID, by: fixture.specialist, from: TestDatabase.current.app, in: $0)
        }
        var iterator = events.makeAsyncIterator()
        guard case .message(let first)? = try await iterator.next() else { return #expect(Bool(false)) }
        #expect(first.text == "first")
        try await fixture.post("second", by: fixture.patient)
        guard case .message(let second)? = try await iterator.next() else { return #expect(Bool(false)) }
        #expect(second.text == "second")
    }

    @Test("tells of marks, of withheld numbers, and of their opening")
    func reveals() async throws {
        let fixture = try await ThreadFixture.make(blinded: true)
        let watch = Task { try await fixture.messenger.notifier.run() }
        defer { watch.cancel() }
        try await fixture.post("said to be benign", by: fixture.patient, revealsPrior: true)
        var iterator = try await fixture.events(by: fixture.specialist).makeAsyncIterator()
        #expect(try await iterator.next() == .message(ThreadEntry(seq: 1, withheld: true)))
        _ = try await fixture.mark(1, by: fixture.patient)
        guard case .mark(let mark)? = try await iterator.next() else { return #expect(Bool(false), "no mark") }
        #expect(mark.account == fixture.patient.account && mark.seq == 1)
        try await fixture.signFirstRead()
        guard case .revealed(let opened)? = try await iterator.next() else { return #expect(Bool(false), "not opened") }
        #expect(opened.seq == 2 && opened.opens == [1])
    }

    @Test("ends when its reader may not read the case any more")
    func ends() async throws {
        let fixture = try await ThreadFixture.make()
        let watch = Task { try await fixture.messenger.notifier.run() }
        defer { watch.cancel() }
        try await fixture.post("one", by: fixture.patient)
        var iterator = try await fixture.events(by: fixture.specialist).makeAsyncIterator()
        _ = try await iterator.next()
        try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.execute(
                """
                UPDATE case_part SET until = clock_timestamp()
                WHERE case_id = \(fixture.caseID) AND account_id = \(fixture.specialist.account)
                """)
        }
        await #expect(throws: MessagingRefusal.notFound) { _ = try await iterator.next() }
    }

    @Test("tells within the floor what nobody rang for", .timeLimit(.minutes(2)))
    func quiet() async throws {
        let fixture = try await ThreadFixture.make()
        let watch = Task { try await fixture.messenger.notifier.run() }
        defer { watch.cancel() }
        // A gateway whose rings nobody hears.
        let nowhere = Database(
            Database.Settings(conninfo: "host=127.0.0.1 port=1 connect_timeout=1", waitDeadline: .milliseconds(10)),
            logger: TestDatabase.current.logger)
        let silent = Messenger(vault: ThreadFixture.vault, outbox: Outbox(), notifier: ThreadNotifier(nowhere))
        var iterator = try await fixture.events(by: fixture.specialist).makeAsyncIterator()
        for number in 1...3 {
            _ = try await fixture.run(fixture.patient) {
                try await silent.post(
                    MessageDraft(text: "\(number)"), to: fixture.caseID, by: fixture.patient, in: $0)
            }
            guard case .message(let entry)? = try await iterator.next() else { return #expect(Bool(false)) }
            #expect(entry.seq == number)
            _ = try await fixture.run(fixture.patient) {
                try await silent.mark(number, of: fixture.caseID, by: fixture.patient, in: $0)
            }
            guard case .mark(let mark)? = try await iterator.next() else { return #expect(Bool(false)) }
            #expect(mark.seq == number)
        }
    }

    @Test("asks for all idle streams in one statement, and only who has news looks")
    func oneQuestion() async throws {
        let fixture = try await ThreadFixture.make()
        try await fixture.post("one", by: fixture.patient)
        _ = try await fixture.mark(1, by: fixture.specialist)
        func thread(_ reader: Caller, _ kind: ThreadKind = .care, after: Int, marks: Int)
            -> ThreadNotifier.ThreadSubscription
        {
            ThreadNotifier.ThreadSubscription(
                thread: ThreadReader(case: fixture.caseID, kind: kind, reader: reader.account), after: after,
                marks: marks, wake: AsyncStream.makeStream().continuation)
        }
        let stranger = try await ThreadFixture.make().patient
        let asked = [
            thread(fixture.patient, after: 1, marks: 1), thread(fixture.patient, after: 0, marks: 1),
            thread(fixture.patient, after: 1, marks: 0), thread(fixture.specialist, after: 1, marks: 1),
            thread(stranger, after: 1, marks: 1), thread(fixture.patient, .staff, after: 0, marks: 0),
            thread(fixture.specialist, .staff, after: 0, marks: 0),
        ]
        let places = try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            try await tx.query(ThreadSQL.news(for: asked)).map { try $0.decode(Int.self) }
        }
        // An entry, a mark, a thread that is not theirs: twice.
        #expect(places.sorted() == [2, 3, 5, 6])
    }

    @Test("goes on where it was when the database could not answer for a while", .timeLimit(.minutes(2)))
    func away() async throws {
        let fixture = try await ThreadFixture.make()
        let watch = Task { try await fixture.messenger.notifier.run() }
        defer { watch.cancel() }
        var settings = TestDatabase.current.app.settings
        (settings.connections, settings.waitDeadline) = (1, .milliseconds(500))
        let narrow = Database(settings, logger: TestDatabase.current.logger)
        let events = try await fixture.run(fixture.specialist) {
            try await fixture.messenger.events(of: fixture.caseID, by: fixture.specialist, from: narrow, in: $0)
        }
        let reader = try await narrow.withTransaction(as: .nobody) { tx in
            _ = try await tx.query("SELECT 1")
            let reader = Task { () async throws -> ThreadEvent? in
                for try await event in events { return event }
                return nil
            }
            // It looks, in vain.
            try await wait(for: "the reader to look") { narrow.load.waiting > 0 }
            try await wait(for: "the reader to give up") { narrow.load.waiting == 0 }
            try await fixture.post("one", by: fixture.patient)
            return reader
        }
        guard case .message(let entry)? = try await reader.value else { return #expect(Bool(false), "no message") }
        #expect(entry.seq == 1)
        await narrow.close()
    }
}
