import Clinic
import FoundationEssentials
import Testing

@testable import Notifications

@Suite("A mail", .timeLimit(.minutes(5)))
struct MailTests {
    let settings: MailSettings

    init() throws {
        settings = try MailSettings(sender: "Consilium <no-reply@consilium.example>", linkBase: "https://c.example/")
    }

    private func draft(_ paragraphs: [String] = ["Hello"], subject: String = "Hello") throws -> Draft {
        Draft(
            id: .random(), recipient: try #require(MailAddress("ada@example.org")), subject: subject,
            paragraphs: paragraphs, unsubscribe: nil, date: "Sun, 22 Nov 2026 16:21:42 +0000")
    }

    @Test("It is a whole message under the notice's id, in plain ASCII where that is enough")
    func isWhole() throws {
        let draft = try draft(["One.", "https://c.example/confirm#token=abc"])
        let text = String(decoding: try Mail(draft, settings).message, as: UTF8.self)
        #expect(
            text == """
                Date: Sun, 22 Nov 2026 16:21:42 +0000\r
                From: Consilium <no-reply@consilium.example>\r
                To: ada@example.org\r
                Subject: Hello\r
                Message-ID: <\(draft.id)@consilium.example>\r
                Auto-Submitted: auto-generated\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                One.\r
                \r
                https://c.example/confirm#token=abc\r

                """)
    }

    @Test("Beyond ASCII it is quoted-printable, lines and headers within their lengths")
    func isQuoted() throws {
        let line = "Ärztin Åse Ødegård = " + String(repeating: "ü", count: 60)
        let message = try Mail(try draft([line], subject: String(repeating: "Grüße ", count: 20)), settings).message
        #expect(message.allSatisfy { $0 < 0x80 })
        let text = String(decoding: message, as: UTF8.self)
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 + "Subject: ".utf8.count })
        #expect(text.contains("Content-Transfer-Encoding: quoted-printable"))
        #expect(text.contains("=C3=84rztin =C3=85se"))
        #expect(text.contains("Subject: =?utf-8?B?R3LDvMOfZSB"))
    }

    @Test("A line break in a header is refused", arguments: ["a\r\nBcc: b@example.org", "a\nb", "a\rb", "a\u{0}b"])
    func refusesBreaks(subject: String) throws {
        #expect(throws: MailFailure.refused("header")) { try Mail(try draft(subject: subject), settings) }
    }

    @Test(
        "An address that could say something else to a server is none",
        arguments: [
            "", "ada", "@example.org", "ada@", "ada@x@y.org", "a da@example.org",
            "ada@example.org\r\nRCPT TO:<b@c.org>",
            "<ada@example.org>", "\"a\"@example.org", "ada@exämple.org", String(repeating: "a", count: 250) + "@b.org",
        ])
    func refusesAddresses(text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test("An ordinary address is one", arguments: ["ada@example.org", "a.b+c_d-e'f@sub.example.org"])
    func takesAddresses(text: String) {
        #expect(MailAddress(text)?.text == text)
    }

    @Test(
        "Settings out of form are refused by name",
        arguments: [
            ("nobody", "https://c.example", "/from"), ("A <a@b.org", "https://c.example", "/from"),
            ("A\r\n <a@b.org>", "https://c.example", "/from"), ("a@b.org", "ftp://c.example", "/linkBase"),
            ("a@b.org", "https://c.example#x", "/linkBase"), ("a@b.org", "https://c.example/\r\n", "/linkBase"),
        ])
    func refusesSettings(sender: String, base: String, pointer: String) {
        let error = #expect(throws: FieldRefusal.self) { try MailSettings(sender: sender, linkBase: base) }
        #expect(error?.pointer == pointer)
    }

    static let templates: [Notice.Template] = [
        .confirmEmail, .accountExists, .resetPassword, .confirmNewEmail, .confirmDevice, .emailChanged,
        .passwordChanged,
        .caregiverInvited(.random()), .clinicianInvited(.random()), .caseSubmitted(.random()),
        .recordsNeeded(.random()),
        .offerWaiting(.random()), .caseAccepted(.random()), .appointmentBooked(.random()),
        .appointmentMoved(.random(), sequence: 1),
        .appointmentCancelled(.random()), .reminder(.random(), sequence: 0, ahead: .day),
        .reminder(.random(), sequence: 0, ahead: .hour),
        .messagePosted(.random(), thread: .random(), seq: 1, urgent: false),
        .messagePosted(.random(), thread: .random(), seq: 1, urgent: true), .recordArrived(.random()),
        .offerPassedOn(.random()), .offerWithdrawn(.random(), .random()), .menuExhausted(.random()),
        .caseReassigned(.random()), .clinicianJoined(.random()),
        .colleagueReleased(.random()), .opinionReady(.random()),
        .caseEnded(.random()), .calendarConflict(.random(), sequence: 0), .panelChanged(.random()),
        .openingOffered(.random()),
        .openingsAvailable(.random()),
        .colleagueBrought(.random()),
        .emailChangeAsked, .secondFactorOn, .secondFactorOff, .recoveryCodesRenewed,
        .proofsGuessed, .calendarFeedMade, .calendarLinked, .calendarFailing(.random()),
        .calendarUnclear(.random()), .caregiverAsked, .clinicianAsked(.random()),
        .factorRecoveryAsked, .factorRecovered, .accountClosed, .roleTaken, .emergencyAccess(.random()),
        .specialistProposed(.random()), .specialistInvited(.random()), .specialistJoined,
    ]

    @Test("Every template says something of its own to each of its readers, and leads somewhere", arguments: templates)
    func hasWords(template: Notice.Template) throws {
        let parts = template.readers.map { $0.map { Optional($0) } } ?? [nil]
        for part in parts {
            let reader = part.map { Reader(part: $0, takesPart: true, readsCase: true) }
            let path = try #require(try template.link(token: "secret", for: reader))
            let link = settings.linkBase + path
            let wording = MessageTemplate.of(
                template, in: "de-CH", MessageTemplate.Facts(time: "TIME", specialist: nil, reader: reader, link: link))
            #expect(!wording.subject.isEmpty && wording.subject.utf8.count < 60)
            #expect(wording.paragraphs.filter { $0 == link }.count == 1)
            #expect(link.hasPrefix("https://c.example/") && !link.contains("?"))
        }
        #expect(template.word.wholeMatch(of: /[a-z_]{1,40}/) != nil)
    }

    @Test("Who takes no part any more is not sent to what they cannot read", arguments: templates)
    func leadsNowhere(template: Notice.Template) throws {
        for part in template.readers ?? [] where template.outlivesPart {
            let reader = Reader(part: part, takesPart: false, readsCase: false)
            let link = try template.link(token: nil, for: reader)
            #expect(link == nil || link == "/appointments")
            let wording = MessageTemplate.of(
                template, in: "en", MessageTemplate.Facts(time: "TIME", reader: reader, link: link))
            #expect(link != nil || !wording.paragraphs.contains { $0.hasSuffix(":") })
        }
    }

    @Test("No two templates share their word or subject")
    func areTold() {
        // An urgent message is a message.
        #expect(Set(Self.templates.map(\.word)).count == Self.templates.count - 1)
        let facts = MessageTemplate.Facts(link: "")
        #expect(
            Set(Self.templates.map { MessageTemplate.of($0, in: "en", facts).subject }).count == Self.templates.count)
    }

    @Test("A link that needs a secret is not written without one")
    func needsSecrets() throws {
        #expect(throws: MailFailure.refused("no_token")) {
            try Notice.Template.resetPassword.link(token: nil, for: nil)
        }
        #expect(try Notice.Template.resetPassword.link(token: "x", for: nil) == "/reset-password#token=x")
    }
}
