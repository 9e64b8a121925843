import Clinic
import Foundation
import Outbox
import Postgres
import Rig
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("A mail about a consult tells calendars", .database, .timeLimit(.minutes(5)))
struct InvitationTests {
    let vault = Vault(.generate())
    let worker = TestDatabase.current.worker
    let outbox = Outbox()

    /// What a mail program hands to a calendar.
    struct Message: Codable, Equatable {
        var method: String
        var partMethod: String
        var uid: String
        var sequence: Int
        var status: String
        var start: String
        var organizer: String
        var attendee: String
    }

    /// Takes mails apart with Python's own parser, and reads their calendar parts with two parsers that know nothing of
    /// the service or of each other; each must find the same.
    static func read(_ mails: [[UInt8]]) throws -> [Message] {
        let script = """
            import sys, json, base64, email, email.policy, icalendar, vobject
            found = []
            for mail in json.load(sys.stdin):
                message = email.message_from_bytes(base64.b64decode(mail), policy=email.policy.default)
                assert not message.defects, message.defects
                assert message.get_content_type() == "multipart/alternative"
                text, calendar = message.iter_parts()
                assert text.get_content_type() == "text/plain" and "https://c.example/" in text.get_content()
                assert calendar.get_content_type() == "text/calendar" and not calendar.defects
                body = calendar.get_payload(decode=True).decode(calendar.get_content_charset())
                first = icalendar.Calendar.from_ical(body)
                assert not first.errors
                event, = first.walk("VEVENT")
                assert not event.errors
                second = vobject.readOne(body)
                second.validate(raiseException=True)
                one, two = [dict(method=str(first["METHOD"]), partMethod=calendar["content-type"].params["method"],
                    uid=str(event["UID"]), sequence=int(event["SEQUENCE"]), status=str(event["STATUS"]),
                    start=event["DTSTART"].dt.strftime("%Y%m%dT%H%M%SZ"), organizer=str(event["ORGANIZER"]),
                    attendee=str(event["ATTENDEE"])),
                    dict(method=second.method.value, partMethod=calendar["content-type"].params["method"],
                    uid=second.vevent.uid.value, sequence=int(second.vevent.sequence.value),
                    status=second.vevent.status.value,
                    start=second.vevent.dtstart.value.strftime("%Y%m%dT%H%M%SZ"),
                    organizer=second.vevent.organizer.value, attendee=second.vevent.attendee.value)]
                assert one == two, (one, two)
                found.append(one)
            print(json.dumps(found))
            """
        let input = try JSONEncoder().encode(mails.map { Data($0) })
        let output = try command([python, "-c", script], input: String(decoding: input, as: UTF8.self))
        return try JSONDecoder().decode([Message].self, from: Data(output.utf8))
    }

    private func told(_ template: Notice.Template, to account: AccountID) async throws -> Mail {
        try #require(try await mail(template, to: account))
    }

    /// Nil where there is nothing to be told any more.
    private func mail(_ template: Notice.Template, to account: AccountID) async throws -> Mail? {
        let mails = Mutex<[Mail]>([])
        let sender = NotificationSender(
            database: worker, vault: vault, outbox: outbox,
            channel: MailChannel { mail, _ in mails.withLock { $0.append(mail) } },
            settings: try MailSettings(
                sender: "Consilium <no-reply@consilium.example>", linkBase: "https://c.example"))
        let notice = Notice(to: .account(account), template)
        let kind = JobKind(rawValue: "test.\(notice.id.description.replacing("-", with: ""))")
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(Job(kind, payload: notice), in: tx)
        }
        let jobs = try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.claim([kind], limit: 1, lease: .seconds(10), worker: UUID(), in: tx)
        }
        #expect(try await sender.deliver(try #require(jobs.first)) == .done)
        return mails.withLock { $0.first }
    }

    @Test("Booked, moved and cancelled it is one entry: the same UID, a higher sequence, REQUEST and then CANCEL")
    func follows() async throws {
        let start = Date(timeIntervalSince1970: 1_941_300_300)
        let consult = try await Consult(vault, startsAt: start)
        for person in [consult.patient, consult.specialist] {
            try await consult.change("sequence = 0, state = 'booked', ended_at = NULL")
            var mails = [try await told(.appointmentBooked(consult.appointment), to: person)]
            try await consult.change(
                "sequence = 1, starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'")
            mails.append(try await told(.appointmentMoved(consult.appointment, sequence: 1), to: person))
            let messages = try Self.read(mails.map(\.message))
            #expect(
                messages.map(\.method) == ["REQUEST", "REQUEST"]
                    && messages.map(\.partMethod) == ["REQUEST", "REQUEST"])
            #expect(Set(messages.map(\.uid)) == ["\(consult.appointment)@consilium"])
            #expect(messages.map(\.sequence) == [0, 1] && Set(messages.map(\.status)) == ["CONFIRMED"])
            #expect(Set(messages.map(\.attendee)) == ["mailto:\(person)@example.org"])
            #expect(Set(messages.map(\.organizer)) == ["mailto:no-reply@consilium.example"])
            #expect(messages[0].start < messages[1].start)
        }
        try await consult.change("sequence = 2, state = 'cancelled', ended_at = now()")
        let mail = try await told(.appointmentCancelled(consult.appointment), to: consult.patient)
        let last = try #require(try Self.read([mail.message]).first)
        #expect(last.method == "CANCEL" && last.partMethod == "CANCEL" && last.status == "CANCELLED")
        #expect(last.uid == "\(consult.appointment)@consilium" && last.sequence == 2)
        #expect(!String(decoding: mail.message, as: UTF8.self).contains(Consult.specialistName))
    }

    @Test("In a panel it is an entry of each; who leaves it gets a CANCEL alone, and no reminder")
    func panel() async throws {
        let consult = try await Consult(vault, startsAt: Date(timeIntervalSinceNow: 2 * 86_400))
        let colleague = try await consult.colleague(vault)
        let booked = try await told(.appointmentBooked(consult.appointment), to: colleague)
        let entry = try #require(try Self.read([booked.message]).first)
        #expect(entry.method == "REQUEST" && entry.sequence == 0 && entry.attendee == "mailto:\(colleague)@example.org")
        let reminder = Notice.Template.reminder(consult.appointment, sequence: 0, ahead: .hour)
        _ = try await told(reminder, to: colleague)

        try await consult.change("colleagues = '{}', version = version + 1")
        let left = try await told(.panelChanged(consult.appointment), to: colleague)
        let last = try #require(try Self.read([left.message]).first)
        #expect(last.method == "CANCEL" && last.status == "CANCELLED" && last.uid == entry.uid && last.sequence == 1)
        #expect(last.attendee == entry.attendee)
        let text = String(decoding: left.message, as: UTF8.self)
        #expect(text.contains("without you") && !text.contains("/appointments/"))
        for template in [
            reminder, .appointmentBooked(consult.appointment), .appointmentMoved(consult.appointment, sequence: 0),
            .calendarConflict(consult.appointment, sequence: 0),
        ] { #expect(try await mail(template, to: colleague) == nil) }
        // For the others it stands, and they are reminded.
        let others = try await told(.panelChanged(consult.appointment), to: consult.patient)
        #expect(!String(decoding: others.message, as: UTF8.self).contains("text/calendar"))
        _ = try await told(reminder, to: consult.specialist)
    }

    @Test("A reminder says nothing to a calendar")
    func reminders() async throws {
        let consult = try await Consult(vault, startsAt: Date(timeIntervalSinceNow: 2 * 86_400))
        let template = Notice.Template.reminder(consult.appointment, sequence: 0, ahead: .hour)
        let mail = try await told(template, to: consult.patient)
        #expect(!String(decoding: mail.message, as: UTF8.self).contains("text/calendar"))
    }

    @Test(
        "What a line begins with, what looks like a boundary, and what lies beyond ASCII arrive as they were",
        arguments: [
            ["One.\n.\n..two"], ["One.", "--=_consilium\n--=_consilium--"],
            ["One.\n.\n..two", "Grüße = \(String(repeating: "ü", count: 90))"],
        ])
    func isWhole(paragraphs: [String]) throws {
        let calendar = CalendarMessage(text: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", method: "REQUEST")
        let draft = Draft(
            id: .random(), recipient: try #require(MailAddress("ada@example.org")), subject: "Hello",
            paragraphs: paragraphs, unsubscribe: nil, date: "Sun, 22 Nov 2026 16:21:42 +0000", calendar: calendar)
        let settings = try MailSettings(sender: "no-reply@consilium.example", linkBase: "https://c.example")
        let message = try Mail(draft, settings).message
        #expect(message.allSatisfy { $0 < 0x80 })
        let script = """
            import sys, json, base64, email, email.policy
            message = email.message_from_bytes(base64.b64decode(json.load(sys.stdin)), policy=email.policy.default)
            text, calendar = message.iter_parts()
            print(json.dumps([message["subject"], text.get_payload(decode=True).decode(),
                calendar.get_payload(decode=True).decode(), str(len(message.get_all("mime-version")))]))
            """
        let input = String(decoding: try JSONEncoder().encode(Data(message)), as: UTF8.self)
        let output = try command([python, "-c", script], input: input)
        let parts = try JSONDecoder().decode([String].self, from: Data(output.utf8))
        let text = "\(paragraphs.joined(separator: "\n\n"))\n".replacing("\n", with: "\r\n")
        #expect(parts == ["Hello", text, calendar.text, "1"])
    }
}
