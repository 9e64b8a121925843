import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("The postman", .database)
struct PostmanTests {
    let vault = Vault(.generate())
    let owner = TestDatabase.current.owner
    let worker = TestDatabase.current.worker
    let outbox = Outbox()

    /// Mails that a channel took.
    final class Letterbox: Sendable {
        private let mails = Mutex<[Mail]>([])
        var all: [Mail] { mails.withLock { $0 } }
        var texts: [String] {
            all.map { String(decoding: $0.message, as: UTF8.self).replacing("\r\n", with: "\n") }
        }
        func take(_ mail: Mail) { mails.withLock { $0.append(mail) } }
    }

    private func postman(_ channel: MailChannel) throws -> Postman {
        Postman(
            database: worker, vault: vault, outbox: outbox, channel: channel,
            settings: try MailSettings(sender: "Consilium <no-reply@consilium.example>", linkBase: "https://c.example"))
    }

    /// Enqueues and claims the notice's job, as the runner does.
    private func claim(_ notice: Notice, maxAttempts: Int = 25) async throws -> ClaimedJob {
        // A kind of its own keeps other tests' jobs apart.
        let kind = JobKind(rawValue: "test.\(notice.id.description.replacing("-", with: ""))")
        try await owner.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(Job(kind, payload: notice, maxAttempts: maxAttempts), in: tx)
        }
        return try await claimAgain(kind)
    }

    private func claimAgain(_ kind: JobKind) async throws -> ClaimedJob {
        let jobs = try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.claim([kind], limit: 1, lease: .seconds(10), worker: UUID(), in: tx)
        }
        return try #require(jobs.first)
    }

    private func tell(_ notice: Notice, _ box: Letterbox) async throws -> JobOutcome {
        try await postman(
            MailChannel { mail, mayGo in
                try await mayGo()
                box.take(mail)
            }
        ).deliver(claim(notice))
    }

    private func delivery(_ id: NoticeID) async throws -> (state: String, attempts: Int)? {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                "SELECT state::text, attempts FROM consilium.delivery WHERE notification_id = \(id)")?
                .decode(String.self, Int.self)
        }
    }

    private func prefer(_ account: AccountID, _ columns: SQL, _ values: SQL) async throws {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.notification_preference (account_id, \(fragment: columns))
                VALUES (\(account), \(fragment: values))
                """)
        }
    }

    private static let inTwoDays = Date(timeIntervalSinceNow: 2 * 86_400)

    @Test("A booking is told with the time in the recipient's zone, and noted under the notice's id")
    func tellsBooking() async throws {
        // 2031-07-08 18:05 UTC: summer time on both coasts.
        let consult = try await Consult(vault, startsAt: Date(timeIntervalSince1970: 1_941_300_300))
        let box = Letterbox()
        let notice = Notice(to: .account(consult.patient), .appointmentBooked(consult.appointment))
        #expect(try await tell(notice, box) == .done)
        let text = try #require(box.texts.first)
        #expect(text.contains("Tuesday, 8 July 2031, 2:05 PM (America/New_York)"))
        #expect(text.contains("To: \(consult.patient)@example.org\n"))
        #expect(text.contains("Message-ID: <\(notice.id)@consilium.example>\n"))
        #expect(text.contains("https://c.example/appointments/\(consult.appointment)\n"))
        #expect(!text.contains(Consult.specialistName) && !text.contains("List-Unsubscribe"))
        #expect(try #require(try await delivery(notice.id)) == ("sent", 1))

        _ = try await tell(Notice(to: .account(consult.specialist), .appointmentBooked(consult.appointment)), box)
        #expect(box.texts.last?.contains("Tuesday, 8 July 2031, 11:05 AM (America/Los_Angeles)") == true)
    }

    @Test("A specialist is named to those who asked for names, and to nobody else")
    func showsNames() async throws {
        let consult = try await Consult(vault, startsAt: Self.inTwoDays)
        try await prefer(consult.patient, "show_names", "true")
        try await prefer(consult.specialist, "show_names", "true")
        let box = Letterbox()
        for person in [consult.patient, consult.specialist] {
            _ = try await tell(Notice(to: .account(person), .appointmentMoved(consult.appointment, sequence: 0)), box)
        }
        #expect(box.texts.map { $0.contains("with \(Consult.specialistName) is now") } == [true, false])
    }

    @Test("A reminder follows the appointment: moved, cancelled or past, it falls silent")
    func followsAppointment() async throws {
        let consult = try await Consult(vault, startsAt: Self.inTwoDays)
        let box = Letterbox()
        func remind(_ sequence: Int, _ ahead: Notice.Ahead = .day) async throws {
            let template = Notice.Template.reminder(consult.appointment, sequence: sequence, ahead: ahead)
            #expect(try await tell(Notice(to: .account(consult.patient), template), box) == .done)
        }
        try await remind(0)
        #expect(box.all.count == 1)
        #expect(box.texts.first?.contains("List-Unsubscribe: <https://c.example/settings/notifications>") == true)
        try await consult.change("sequence = 1")
        try await remind(0)
        #expect(box.all.count == 1)
        try await remind(1, .hour)
        #expect(box.all.count == 2)
        try await consult.change("starts_at = now() - interval '1 hour'")
        try await remind(1, .hour)
        try await consult.change("starts_at = now() + interval '25 minutes', state = 'cancelled', ended_at = now()")
        try await remind(1, .hour)
        #expect(box.all.count == 2)
    }

    @Test("Who wants no reminders gets none, who wants no mail none but what guards the account")
    func respectsPreferences() async throws {
        let consult = try await Consult(vault, startsAt: Self.inTwoDays)
        let box = Letterbox()
        let reminder = Notice(
            to: .account(consult.patient), .reminder(consult.appointment, sequence: 0, ahead: .hour))
        try await prefer(consult.patient, "reminders", "false")
        _ = try await tell(reminder, box)
        #expect(box.all.isEmpty)
        #expect(try #require(try await delivery(reminder.id)) == ("suppressed", 1))
        _ = try await tell(Notice(to: .account(consult.patient), .appointmentBooked(consult.appointment)), box)
        #expect(box.all.count == 1)

        let silent = try await Seed.account(vault)
        try await prefer(silent, "email", "false")
        let caseID = try await Seed.openCase(of: silent, vault)
        _ = try await tell(Notice(to: .account(silent), try await .message(in: caseID)), box)
        #expect(box.all.count == 1)
        _ = try await tell(Notice(to: .account(silent), .passwordChanged), box)
        #expect(box.all.count == 2)
    }

    @Test("In quiet hours what can wait waits until they end, in the recipient's zone")
    func keepsQuiet() async throws {
        let consult = try await Consult(vault, startsAt: Self.inTwoDays, zone: "Asia/Kathmandu")
        // From an hour ago to an hour from now by her wall clock, over midnight or not.
        try await prefer(
            consult.patient, "quiet_from, quiet_to",
            """
            date_trunc('minute', now() AT TIME ZONE 'Asia/Kathmandu' - interval '1 hour')::time,
            date_trunc('minute', now() AT TIME ZONE 'Asia/Kathmandu' + interval '1 hour')::time
            """)
        let box = Letterbox()
        let outcome = try await tell(Notice(to: .account(consult.patient), try await .message(in: consult.caseID)), box)
        guard case .postponed(let end) = outcome else {
            Issue.record("not postponed: \(outcome)")
            return
        }
        #expect(abs(end.timeIntervalSinceNow - 3600) <= 61)
        #expect(box.all.isEmpty)
        let urgent = try await Notice.Template.message(in: consult.caseID, urgent: true)
        #expect(try await tell(Notice(to: .account(consult.patient), urgent), box) == .done)
        #expect(box.texts.last?.contains("Subject: An urgent message\n") == true)
        _ = try await tell(Notice(to: .account(consult.patient), .appointmentBooked(consult.appointment)), box)
        _ = try await tell(Notice(to: .account(consult.patient), .emailChanged), box)
        #expect(box.all.count == 3)
    }

    @Test("A message that was read meanwhile is not told any more")
    func readMeanwhile() async throws {
        let patient = try await Seed.account(vault)
        let caseID = try await Seed.openCase(of: patient, vault)
        let message = try await Notice.Template.message(in: caseID, seq: 2)
        let box = Letterbox()
        for (seq, count) in [(1, 1), (2, 1)] {
            try await owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    """
                    INSERT INTO consilium.mark (thread_id, account_id, case_id, seq)
                    SELECT t.id, \(patient), t.case_id, \(seq) FROM consilium.thread t
                    WHERE t.case_id = \(caseID) AND t.kind = 'care'
                    ON CONFLICT (thread_id, account_id) DO UPDATE SET seq = excluded.seq
                    """)
            }
            #expect(try await tell(Notice(to: .account(patient), message), box) == .done)
            #expect(box.all.count == count)
        }
    }

    @Test("Outside of quiet hours nothing waits")
    func speaksOtherwise() async throws {
        let patient = try await Seed.account(vault, timeZone: "Asia/Kathmandu")
        let caseID = try await Seed.openCase(of: patient, vault)
        try await prefer(
            patient, "quiet_from, quiet_to",
            """
            (now() AT TIME ZONE 'Asia/Kathmandu' + interval '1 hour')::time,
            (now() AT TIME ZONE 'Asia/Kathmandu' + interval '3 hours')::time
            """)
        let box = Letterbox()
        #expect(try await tell(Notice(to: .account(patient), try await .message(in: caseID)), box) == .done)
        #expect(box.all.count == 1)
    }

    @Test("An envelope reaches an address that has no account, with its secret in the fragment")
    func opensEnvelopes() async throws {
        let id = NoticeID.random()
        let token = Vault.newToken()
        let envelope = MailEnvelope(address: "new@example.org", token: token, language: "en")
        let notice = Notice(to: .envelope(try vault.sealEnvelope(envelope, for: id)), .confirmEmail, id: id)
        let box = Letterbox()
        #expect(try await tell(notice, box) == .done)
        #expect(box.all.first?.recipient.text == "new@example.org")
        #expect(box.texts.first?.contains("\nhttps://c.example/confirm#token=\(token)\n") == true)
        #expect(try await delivery(id) == nil)
    }

    @Test("An attempt that died after the server took the mail sends it again under the same id")
    func repeatsUnderOneID() async throws {
        let patient = try await Seed.account(vault)
        let notice = Notice(to: .account(patient), .passwordChanged)
        let box = Letterbox()
        let job = try await claim(notice)
        struct Killed: Error {}
        let dying = try postman(
            MailChannel { mail, _ in
                box.take(mail)
                throw Killed()
            })
        await #expect(throws: Killed.self) { try await dying.deliver(job) }
        #expect(try #require(try await delivery(notice.id)) == ("pending", 1))
        let living = try postman(
            MailChannel { mail, mayGo in
                try await mayGo()
                box.take(mail)
            })
        #expect(try await living.deliver(job) == .done)
        #expect(box.texts.count == 2)
        let ids = box.texts.compactMap { $0.firstMatch(of: /Message-ID: (.*)\n/)?.1 }
        #expect(Set(ids).count == 1 && ids.count == 2)
        #expect(try #require(try await delivery(notice.id)) == ("sent", 2))

        // Once it is noted as sent, no later attempt sends anything.
        #expect(try await living.deliver(job) == .done)
        #expect(box.texts.count == 2)
    }

    @Test("A worker that lost its lease sends nothing")
    func asksForItsLease() async throws {
        let patient = try await Seed.account(vault)
        let job = try await claim(Notice(to: .account(patient), .passwordChanged))
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.job SET fence = fence + 1 WHERE id = \(job.id)")
        }
        let box = Letterbox()
        await #expect(throws: LeaseLost()) {
            try await postman(
                MailChannel { mail, mayGo in
                    try await mayGo()
                    box.take(mail)
                }
            ).deliver(job)
        }
        #expect(box.all.isEmpty)
    }

    @Test(
        "What a server refuses for good ends the job, what it refuses for now or to us does not",
        arguments: [
            (MailFailure.refused("smtp_rcpt_550"), JobFailure.permanent("smtp_rcpt_550")),
            (.transient("smtp_rcpt_451"), .transient("smtp_rcpt_451")),
            (.refusesUs("smtp_refuses_us:x"), .needsOperator("smtp_refuses_us:x")),
        ])
    func passesFailuresOn(failure: MailFailure, expected: JobFailure) async throws {
        let patient = try await Seed.account(vault)
        let notice = Notice(to: .account(patient), .passwordChanged)
        let job = try await claim(notice)
        await #expect(throws: expected) { try await postman(MailChannel { _, _ in throw failure }).deliver(job) }
        #expect(try await delivery(notice.id)?.state == "pending")
    }

    @Test("A buried job's delivery has failed; revived, both live again, and the mail goes out under its old id")
    func revives() async throws {
        let patient = try await Seed.account(vault)
        let notice = Notice(to: .account(patient), .passwordChanged)
        let kind = JobKind(rawValue: "test.revived")
        try await owner.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(Job(kind, payload: notice, id: JobID(rawValue: notice.id.rawValue)), in: tx)
        }
        let job = try await claimAgain(kind)
        let refused = MailFailure.refused("smtp_rcpt_550_5.1.1")
        await #expect(throws: JobFailure.permanent("smtp_rcpt_550_5.1.1")) {
            try await postman(MailChannel { _, _ in throw refused }).deliver(job)
        }
        try await worker.withTransaction(as: .nobody) {
            try await outbox.bury(job, because: "smtp_rcpt_550_5.1.1", in: $0)
        }
        #expect(try #require(try await delivery(notice.id)) == ("failed", 1))
        let stuck = try await worker.withTransaction(as: .nobody) { try await outbox.stuck(limit: 1000, in: $0) }
        #expect(stuck.first { $0.id == job.id }?.cause == "smtp_rcpt_550_5.1.1")

        let count = try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.revive(.ids([job.id]), in: tx)
        }
        #expect(count == 1)
        #expect(try #require(try await delivery(notice.id)) == ("pending", 1))
        let box = Letterbox()
        let again = try await claimAgain(kind)
        #expect(again.attempt == 1)
        let living = try postman(MailChannel { mail, _ in box.take(mail) })
        #expect(try await living.deliver(again) == .done)
        try await worker.withTransaction(as: .nobody) { try await outbox.finish(again, in: $0) }
        #expect(box.texts.first?.contains("Message-ID: <\(notice.id)@consilium.example>\n") == true)
        #expect(try #require(try await delivery(notice.id)) == ("sent", 2))
    }

    @Test("Whatever ends a job ends its delivery: the last attempt, a worker's death at it, a job done without a mail")
    func endsTogether() async throws {
        let patient = try await Seed.account(vault)
        func begun() async throws -> (notice: Notice, job: ClaimedJob) {
            let notice = Notice(to: .account(patient), .passwordChanged)
            let kind = JobKind(rawValue: "test.\(notice.id.description.replacing("-", with: ""))")
            try await owner.withTransaction(as: .nobody) { tx in
                try await outbox.enqueue(
                    Job(kind, payload: notice, maxAttempts: 1, id: JobID(rawValue: notice.id.rawValue)), in: tx)
            }
            let job = try await claimAgain(kind)
            await #expect(throws: JobFailure.transient("away")) {
                try await postman(MailChannel { _, _ in throw MailFailure.transient("away") }).deliver(job)
            }
            return (notice, job)
        }
        let last = try await begun()
        try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.retry(last.job, after: .zero, because: "away", in: tx)
        }
        #expect(try await delivery(last.notice.id)?.state == "failed")

        let died = try await begun()
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.job SET lease_until = now() WHERE id = \(died.job.id)")
        }
        try await worker.withTransaction(as: .nobody) { try await outbox.recover(in: $0) }
        #expect(try await delivery(died.notice.id)?.state == "failed")

        let done = try await begun()
        try await worker.withTransaction(as: .nobody) { try await outbox.finish(done.job, in: $0) }
        #expect(try await delivery(done.notice.id)?.state == "dropped")
    }

    @Test("Somebody whose account is closed, or whose key is destroyed, is told nothing")
    func forgets() async throws {
        let closed = try await Seed.account(vault)
        let shredded = try await Seed.account(vault)
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.account SET state = 'closed' WHERE id = \(closed)")
            try await vault.destroyPersonKey(shredded, in: tx)
        }
        let box = Letterbox()
        #expect(try await tell(Notice(to: .account(closed), .passwordChanged), box) == .done)
        #expect(try await tell(Notice(to: .account(shredded), .passwordChanged), box) == .done)
        #expect(box.all.isEmpty)
    }
}
