import Clinic
import Dispatch
import FoundationEssentials
import Outbox
import Postgres
import Rig
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("Before the first byte of a mail goes out its worker looks again", .database, .serialized)
struct LastLookTests {
    let vault = Vault(.generate())
    let owner = TestDatabase.current.owner
    let worker = TestDatabase.current.worker
    let outbox = Outbox()

    /// Whatever passes waits until it is opened.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        let arrivals: AsyncStream<Void>
        private let arrive: AsyncStream<Void>.Continuation

        init() { (arrivals, arrive) = AsyncStream.makeStream() }

        func pass() {
            arrive.yield()
            semaphore.wait()
        }

        func open(for count: Int) { for _ in 0..<count { semaphore.signal() } }
    }

    private func postman(_ channel: MailChannel) throws -> Postman {
        Postman(
            database: worker, vault: vault, outbox: outbox, channel: channel,
            settings: try MailSettings(sender: "no-reply@consilium.example", linkBase: "https://c.example"))
    }

    private func claim(_ notices: [Notice]) async throws -> [ClaimedJob] {
        // A kind of its own keeps other tests' jobs apart.
        let kind = JobKind(rawValue: "test.\(UUID().uuidString.prefix(8).lowercased())")
        try await owner.withTransaction(as: .nobody) { tx in
            for notice in notices {
                try await outbox.enqueue(
                    Job(kind, payload: notice, id: JobID(rawValue: notice.id.rawValue)), in: tx)
            }
        }
        return try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.claim([kind], limit: notices.count, lease: .seconds(600), worker: UUID(), in: tx)
        }
    }

    /// Sends mails that all wait for a server before their first byte, and does something meanwhile.
    /// - Returns: what the server took, and how each delivery ended.
    private func send(
        _ notices: [Notice], looks: Bool = true, meanwhile: () async throws -> Void
    ) async throws -> (taken: Int, ends: [Result<JobOutcome, any Error>]) {
        let gate = Gate()
        var script = SMTPServer.Script()
        script.toRecipient = { _ in
            gate.pass()
            return nil
        }
        let server = try SMTPServer(script)
        defer { server.stop() }
        let smtp = MailChannel.smtp(
            SMTPSettings(host: "127.0.0.1", port: server.port, security: .none, deadline: .seconds(3600)))
        let postman = try postman(looks ? smtp : MailChannel { mail, _ in try await smtp.send(mail) {} })
        let jobs = try await claim(notices)
        let ends = try await withThrowingTaskGroup(of: Result<JobOutcome, any Error>.self) { group in
            for job in jobs {
                group.addTask {
                    do { return .success(try await postman.deliver(job)) } catch { return .failure(error) }
                }
            }
            var arrivals = gate.arrivals.makeAsyncIterator()
            for _ in jobs { await arrivals.next() }
            try await meanwhile()
            gate.open(for: jobs.count)
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return (server.taken.count, ends)
    }

    @Test(
        "Of fifty mails whose leases are lost while they wait none goes out; control: without the look all do",
        .timeLimit(.minutes(10)), arguments: [(true, 0), (false, 50)])
    func lease(looks: Bool, expected: Int) async throws {
        let patient = try await Seed.account(vault)
        let notices = (0..<50).map { _ in Notice(to: .account(patient), .passwordChanged) }
        let (taken, ends) = try await send(notices, looks: looks) {
            try await owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute(
                    "UPDATE consilium.job SET fence = fence + 1 WHERE id = ANY (\(notices.map { JobID(rawValue: $0.id.rawValue) }))"
                )
            }
        }
        #expect(taken == expected)
        let lost = ends.count { end in
            if case .failure(is LeaseLost) = end { true } else { false }
        }
        #expect(lost == 50 - expected)
    }

    @Test(
        "What is called off while its mail waits is not told any more, and its delivery is dropped with its job",
        .timeLimit(.minutes(10)))
    func currency() async throws {
        let consult = try await Consult(vault, startsAt: Date(timeIntervalSinceNow: 2 * 86_400))
        let notice = Notice(to: .account(consult.patient), .appointmentBooked(consult.appointment))
        let (taken, ends) = try await send([notice]) {
            try await consult.change("state = 'cancelled', ended_at = now()")
        }
        #expect(taken == 0)
        #expect(try ends.map { try $0.get() } == [.done])
        // As the runner ends it.
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.job SET state = 'done', finished_at = now(), lease_until = NULL WHERE id = \(notice.id)
                """)
        }
        #expect(try await delivery(notice.id) == "dropped")
    }

    @Test("What another worker has sent while a mail waits is not sent again", .timeLimit(.minutes(10)))
    func sentMeanwhile() async throws {
        let notice = Notice(to: .account(try await Seed.account(vault)), .passwordChanged)
        let (taken, ends) = try await send([notice]) {
            try await worker.withTransaction(as: .nobody) { tx in try await Deliveries.end(notice.id, .sent, in: tx) }
        }
        #expect(taken == 0)
        #expect(try ends.map { try $0.get() } == [.done])
        #expect(try await delivery(notice.id) == "sent")
    }

    private func delivery(_ id: NoticeID) async throws -> String? {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT state::text FROM consilium.delivery WHERE notification_id = \(id)")?
                .decode(String.self)
        }
    }
}
