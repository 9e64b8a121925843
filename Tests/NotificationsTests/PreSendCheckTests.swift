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

@Suite(
    "Before the first byte of a mail goes out its worker looks again", .database, .serialized, .timeLimit(.minutes(10)))
struct PreSendCheckTests {
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
            semaphore.waitAtMost()
        }

        func open(for count: Int) { for _ in 0..<count { semaphore.signal() } }
    }

    private func sender(_ channel: MailChannel) throws -> NotificationSender {
        NotificationSender(
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
        let sender = try sender(looks ? smtp : MailChannel { mail, _ in try await smtp.send(mail) {} })
        let jobs = try await claim(notices)
        let ends = try await withThrowingTaskGroup(of: Result<JobOutcome, any Error>.self) { group in
            for job in jobs {
                group.addTask {
                    do { return .success(try await sender.deliver(job)) } catch { return .failure(error) }
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
        arguments: [(true, 0), (false, 50)])
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
        "What is called off while its mail waits is not told any more, and its delivery is dropped with its job")
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

    private func age(_ notice: Notice, by seconds: Int) async throws {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.job SET created_at = created_at - make_interval(secs => \(Double(seconds)))
                WHERE id = \(notice.id)
                """)
        }
    }

    private func envelope(_ template: Notice.Template) throws -> Notice {
        let id = NoticeID.random()
        let sealed = try vault.sealEnvelope(
            MailEnvelope(address: "new@example.org", token: Vault.newToken(), language: "en"), for: id)
        return Notice(to: .envelope(sealed), template, id: id)
    }

    @Test(
        "A link that has expired is not sent, whether it did before its turn or while its mail waited",
        arguments: [
            (.confirmDevice, 800, true), (.confirmDevice, 900, false), (.resetPassword, 3500, true),
            (.resetPassword, 3600, false), (.confirmEmail, 172_700, true), (.confirmEmail, 172_800, false),
            (.confirmNewEmail, 172_700, true), (.confirmNewEmail, 172_800, false), (.factorRecovered, 86_300, true),
            (.factorRecovered, 86_400, false), (.accountExists, 172_800, false), (.emailChanged, 864_000, true),
            (.accountClosed, 864_000, true),
        ] as [(Notice.Template, Int, Bool)])
    func expiry(template: Notice.Template, age seconds: Int, isSent: Bool) async throws {
        let waiting = try envelope(template)
        let (taken, ends) = try await send([waiting]) { try await age(waiting, by: seconds) }
        #expect(taken == (isSent ? 1 : 0))
        #expect(try ends.map { try $0.get() } == [.done])

        let late = try envelope(template)
        let job = try #require(try await claim([late]).first)
        try await age(late, by: seconds)
        let sent = Atomic(false)
        let outcome = try await sender(MailChannel { _, _ in sent.store(true, ordering: .relaxed) }).deliver(job)
        #expect(outcome == .done && sent.load(ordering: .relaxed) == isSent)
    }

    @Test(
        "An invitation that is taken back, answered or over is not sent, whether it was before its turn or while its mail waited",
        arguments: [
            (false, nil), (false, "UPDATE consilium.caregiver_grant SET state = 'ended', ended_at = now()"),
            (false, "UPDATE consilium.caregiver_grant SET expires_at = now()"),
            (true, nil), (true, "UPDATE consilium.invitation SET state = 'withdrawn'"),
            (true, "UPDATE consilium.invitation SET expires_at = now()"),
            (true, "UPDATE consilium.clinical_case SET state = 'withdrawn', ended_at = now()"),
        ] as [(Bool, SQL?)])
    func invitations(isClinician: Bool, change: SQL?) async throws {
        func invited() async throws -> (notice: Notice, change: @Sendable () async throws -> Void) {
            let patient = try await Seed.account(vault)
            let caseID = try await Seed.openCase(of: patient, vault, state: .submitted)
            let (grant, invitation, digest) = (
                GrantID.random(), InvitationID.random(), Vault.digest(secret: Vault.newToken(), for: .invitation)
            )
            try await owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    """
                    INSERT INTO consilium.caregiver_grant (id, patient_id, kind, state, token_digest, email, expires_at)
                    VALUES (\(grant), \(patient), 'grant', 'invited', \(digest), '', now() + interval '14 days')
                    """)
                try await tx.execute(
                    """
                    INSERT INTO consilium.invitation (id, case_id, token_digest, email, sends_records, reads_opinion,
                        consults, state, invited_by, expires_at)
                    VALUES (\(invitation), \(caseID), \(digest), '', true, true, false, 'sent', \(patient),
                        now() + interval '14 days')
                    """)
            }
            return (
                try envelope(isClinician ? .clinicianInvited(invitation) : .caregiverInvited(grant)),
                {
                    guard let change else { return }
                    let ids = [grant.rawValue, invitation.rawValue, caseID.rawValue]
                    try await owner.withTransaction(as: .nobody) { tx in
                        _ = try await tx.execute("\(fragment: change) WHERE id = ANY (\(ids))")
                    }
                }
            )
        }
        let waiting = try await invited()
        let (taken, ends) = try await send([waiting.notice]) { try await waiting.change() }
        #expect(taken == (change == nil ? 1 : 0))
        #expect(try ends.map { try $0.get() } == [.done])

        let late = try await invited()
        let job = try #require(try await claim([late.notice]).first)
        try await late.change()
        let sent = Atomic(false)
        let outcome = try await sender(MailChannel { _, _ in sent.store(true, ordering: .relaxed) }).deliver(job)
        #expect(outcome == .done && sent.load(ordering: .relaxed) == (change == nil))
    }

    @Test("What another worker has sent while a mail waits is not sent again")
    func sentMeanwhile() async throws {
        let notice = Notice(to: .account(try await Seed.account(vault)), .passwordChanged)
        let (taken, ends) = try await send([notice]) {
            try await worker.withTransaction(as: .nobody) { tx in try await DeliveryStore.end(notice.id, .sent, in: tx)
            }
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
