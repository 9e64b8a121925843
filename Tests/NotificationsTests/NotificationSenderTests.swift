import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("The sender of notifications", .database, .timeLimit(.minutes(5)))
struct NotificationSenderTests {
    private let fixture = NotificationFixture()
    private var vault: Vault { fixture.vault }
    private var owner: Database { fixture.owner }

    private static let inTwoDays = Date(timeIntervalSinceNow: 2 * 86_400)

    @Test("A booking is told with the time in the recipient's zone, and noted under the notice's id")
    func tellsBooking() async throws {
        // 2031-07-08 18:05 UTC: summer time on both coasts.
        let consult = try await Consult(vault, startsAt: Date(timeIntervalSince1970: 1_941_300_300))
        let box = NotificationFixture.MailRecorder()
        let notice = Notice(to: .account(consult.patient), .appointmentBooked(consult.appointment))
        #expect(try await fixture.tell(notice, box) == .done)
        let text = try #require(box.texts.first)
        #expect(text.contains("Tuesday, 8 July 2031, 2:05 PM (America/New_York)"))
        #expect(text.contains("To: \(consult.patient)@example.org\n"))
        #expect(text.contains("Message-ID: <\(notice.id)@consilium.example>\n"))
        #expect(text.contains("https://c.example/appointments/\(consult.appointment)\n"))
        #expect(!text.contains(Consult.specialistName) && !text.contains("List-Unsubscribe"))
        #expect(try #require(try await fixture.delivery(notice.id)) == ("sent", 1))

        _ = try await fixture.tell(
            Notice(to: .account(consult.specialist), .appointmentBooked(consult.appointment)), box)
        #expect(box.texts.last?.contains("Tuesday, 8 July 2031, 11:05 AM (America/Los_Angeles)") == true)
    }

    @Test("A specialist is named to those who asked for names, and to nobody else")
    func showsNames() async throws {
        let consult = try await Consult(vault, startsAt: Self.inTwoDays)
        try await fixture.prefer(consult.patient, "show_names", "true")
        try await fixture.prefer(consult.specialist, "show_names", "true")
        let box = NotificationFixture.MailRecorder()
        for person in [consult.patient, consult.specialist] {
            _ = try await fixture.tell(
                Notice(to: .account(person), .appointmentMoved(consult.appointment, sequence: 0)), box)
        }
        #expect(box.texts.map { $0.contains("with \(Consult.specialistName) is now") } == [true, false])
    }

    @Test("A reminder follows the appointment: moved, cancelled or past, it falls silent")
    func followsAppointment() async throws {
        let consult = try await Consult(vault, startsAt: Self.inTwoDays)
        let box = NotificationFixture.MailRecorder()
        func remind(_ sequence: Int, _ ahead: Notice.Ahead = .day) async throws {
            let template = Notice.Template.reminder(consult.appointment, sequence: sequence, ahead: ahead)
            #expect(try await fixture.tell(Notice(to: .account(consult.patient), template), box) == .done)
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
        let box = NotificationFixture.MailRecorder()
        let reminder = Notice(
            to: .account(consult.patient), .reminder(consult.appointment, sequence: 0, ahead: .hour))
        try await fixture.prefer(consult.patient, "reminders", "false")
        _ = try await fixture.tell(reminder, box)
        #expect(box.all.isEmpty)
        #expect(try #require(try await fixture.delivery(reminder.id)) == ("suppressed", 1))
        _ = try await fixture.tell(Notice(to: .account(consult.patient), .appointmentBooked(consult.appointment)), box)
        #expect(box.all.count == 1)

        let silent = try await Seed.account(vault)
        try await fixture.prefer(silent, "email", "false")
        let caseID = try await Seed.openCase(of: silent, vault)
        _ = try await fixture.tell(Notice(to: .account(silent), try await .message(in: caseID)), box)
        #expect(box.all.count == 1)
        _ = try await fixture.tell(Notice(to: .account(silent), .passwordChanged), box)
        #expect(box.all.count == 2)
    }

    @Test("In quiet hours what can wait waits until they end, in the recipient's zone")
    func keepsQuiet() async throws {
        let consult = try await Consult(vault, startsAt: Self.inTwoDays, zone: "Asia/Kathmandu")
        // From an hour ago to an hour from now by the recipient's clock, over midnight or not.
        try await fixture.prefer(
            consult.patient, "quiet_from, quiet_to",
            """
            date_trunc('minute', now() AT TIME ZONE 'Asia/Kathmandu' - interval '1 hour')::time,
            date_trunc('minute', now() AT TIME ZONE 'Asia/Kathmandu' + interval '1 hour')::time
            """)
        let box = NotificationFixture.MailRecorder()
        let outcome = try await fixture.tell(
            Notice(to: .account(consult.patient), try await .message(in: consult.caseID)), box)
        guard case .postponed(let end) = outcome else {
            Issue.record("not postponed: \(outcome)")
            return
        }
        #expect(abs(end.timeIntervalSinceNow - 3600) <= 61)
        #expect(box.all.isEmpty)
        let urgent = try await Notice.Template.message(in: consult.caseID, urgent: true)
        #expect(try await fixture.tell(Notice(to: .account(consult.patient), urgent), box) == .done)
        #expect(box.texts.last?.contains("Subject: An urgent message\n") == true)
        _ = try await fixture.tell(Notice(to: .account(consult.patient), .appointmentBooked(consult.appointment)), box)
        _ = try await fixture.tell(Notice(to: .account(consult.patient), .emailChanged), box)
        #expect(box.all.count == 3)
    }

    @Test("A message that was read meanwhile is not told any more")
    func readMeanwhile() async throws {
        let patient = try await Seed.account(vault)
        let caseID = try await Seed.openCase(of: patient, vault)
        let message = try await Notice.Template.message(in: caseID, seq: 2)
        let box = NotificationFixture.MailRecorder()
        for (seq, count) in [(1, 1), (2, 1)] {
            try await owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    """
                    INSERT INTO consilium.read_marker (thread_id, account_id, case_id, seq)
                    SELECT t.id, \(patient), t.case_id, \(seq) FROM consilium.thread t
                    WHERE t.case_id = \(caseID) AND t.kind = 'care'
                    ON CONFLICT (thread_id, account_id) DO UPDATE SET seq = excluded.seq
                    """)
            }
            #expect(try await fixture.tell(Notice(to: .account(patient), message), box) == .done)
            #expect(box.all.count == count)
        }
    }

    @Test("Outside of quiet hours nothing waits")
    func speaksOtherwise() async throws {
        let patient = try await Seed.account(vault, timeZone: "Asia/Kathmandu")
        let caseID = try await Seed.openCase(of: patient, vault)
        try await fixture.prefer(
            patient, "quiet_from, quiet_to",
            """
            (now() AT TIME ZONE 'Asia/Kathmandu' + interval '1 hour')::time,
            (now() AT TIME ZONE 'Asia/Kathmandu' + interval '3 hours')::time
            """)
        let box = NotificationFixture.MailRecorder()
        #expect(try await fixture.tell(Notice(to: .account(patient), try await .message(in: caseID)), box) == .done)
        #expect(box.all.count == 1)
    }

    @Test("An envelope reaches an address that has no account, with its secret in the fragment")
    func opensEnvelopes() async throws {
        let id = NoticeID.random()
        let token = Vault.newToken()
        let envelope = MailEnvelope(address: "new@example.org", token: token, language: "en")
        let notice = Notice(to: .envelope(try vault.sealEnvelope(envelope, for: id)), .confirmEmail, id: id)
        let box = NotificationFixture.MailRecorder()
        #expect(try await fixture.tell(notice, box) == .done)
        #expect(box.all.first?.recipient.text == "new@example.org")
        #expect(box.texts.first?.contains("\nhttps://c.example/confirm#token=\(token)\n") == true)
        #expect(try await fixture.delivery(id) == nil)
    }

    @Test("Somebody whose account is closed, or whose key is destroyed, is told nothing")
    func forgets() async throws {
        let closed = try await Seed.account(vault)
        let shredded = try await Seed.account(vault)
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.account SET state = 'closed' WHERE id = \(closed)")
            try await vault.destroyPersonKey(shredded, in: tx)
        }
        let box = NotificationFixture.MailRecorder()
        #expect(try await fixture.tell(Notice(to: .account(closed), .passwordChanged), box) == .done)
        #expect(try await fixture.tell(Notice(to: .account(shredded), .passwordChanged), box) == .done)
        #expect(box.all.isEmpty)
    }
}
