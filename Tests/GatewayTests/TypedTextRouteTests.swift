import Cases
import Clinic
import Crypto
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
import Identity
@testable import JSON
import Messaging
import Outbox
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

@Suite("Text that people type, over HTTP", .database, .timeLimit(.minutes(5)))
struct TypedTextRouteTests {
    private static let services = CaseRoutesFixture()
    private static var vault: Vault { services.vault }
    private let secrets = IssuedSecrets(vault: Self.vault)

    /// A gateway with the routes of accounts, cases and messages, and a patient.
    /// - Parameter signsIn: whether it knows those who signed in over it, in place of the patient.
    private func gateway(
        signsIn: Bool = false, _ body: @Sendable (TestGateway, TestPerson) async throws -> Void
    ) async throws {
        var settings = IdentitySettings(blocklist: PasswordBlocklist([]), requireSecondFactorForStaff: false)
        settings.scrypt = ScryptCost(checking: 4, 1, 1) ?? .standard
        let identity = IdentityService(
            database: TestDatabase.current.app, vault: Self.vault, outbox: Outbox(), settings: settings)
        let patient = try await Self.services.person(.patient)
        try await TestGateway.with(
            identityEndpoints(identity) + Self.services.endpoints, people: [patient],
            identity: signsIn ? Authenticator(identity) : nil
        ) { try await body($0, patient) }
    }

    private func text(_ text: String) -> String {
        "\"" + text.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 ? String($0) : Self.escaped($0) }.joined()
            + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map {
            "\\u" + String(repeating: "0", count: 4 - String($0, radix: 16).count) + String($0, radix: 16)
        }
        .joined()
    }

    private func signUp(
        _ email: String, name: String = "Maria Lopez", place: String = "US-OH", language: String = "en",
        _ gateway: TestGateway
    ) async throws -> TestReply {
        try await gateway.send(
            .post, "/v1/accounts",
            json: """
                {"email":\(text(email)),"name":\(text(name)),"birthDate":"1961-04-02","sex":"female",
                "jurisdiction":"\(place)","language":"\(language)","timeZone":"America/New_York"}
                """)
    }

    private func address() -> String { "p\(UUID().uuidString.prefix(13).lowercased())" }

    private func signedIn(_ email: String, _ gateway: TestGateway) async throws -> String {
        #expect(try await signUp(email, gateway).status == 202)
        let link = try await secrets.token(to: email, .confirmEmail)
        let confirmed = try await gateway.send(
            .post, "/v1/accounts/confirm", json: #"{"token":"\#(link)","password":"violet harbour candle"}"#)
        #expect(confirmed.status == 204)
        let session = try await gateway.send(
            .post, "/v1/sessions", json: #"{"email":"\#(email)","password":"violet harbour candle"}"#)
        return try #require(session.text(at: "token"))
    }

    /// The accounts of an address, each with its place and language.
    private func accounts(_ email: String) async throws -> [[String]] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT ARRAY[jurisdiction::text, language::text] FROM consilium.account
                WHERE email_digest = \(Self.vault.digest(email, for: .email))
                """
            ).map { try $0.decode([String].self) }
        }
    }

    @Test("A name that shows nothing, or shows another, is refused with its rule")
    func names() async throws {
        try await gateway { gateway, _ in
            let refused = [
                ("\u{200B}", "visible"), ("\u{2800}", "visible"), ("\u{3164}", "visible"), ("\u{FEFF}", "visible"),
                ("Ana\u{202E} ,leumaS", "no_direction_controls"), ("Ana\u{2067}x\u{2069}", "no_direction_controls"),
                ("Ana\u{200B}Samuel", "no_invisible_characters"), ("Ana\nSamuel", "one_line"),
            ]
            for (name, rule) in refused {
                let reply = try await signUp("\(address())@example.org", name: name, gateway)
                #expect(reply.status == 422 && reply.errors == ["/name \(rule)"])
            }
            for name in ["O'Brien-D\u{2019}Arcy", "محمد", "X", "N\u{303}un\u{303}ez", "علی\u{200C}رضا"] {
                #expect(try await signUp("\(address())@example.org", name: name, gateway).status == 202)
            }
        }
    }

    @Test("A message that shows nothing is refused, and one is found however it is written")
    func messages() async throws {
        let specialistID = try await Seed.specialist(Self.vault)
        let patientID = try await Seed.account(Self.vault)
        let caseID = try await Seed.acceptedCase(of: patientID, with: specialistID, Self.vault)
        let patient = TestPerson(token: "p-\(patientID)", caller: Seed.caller(patientID))
        let messenger = Messenger(
            vault: Self.vault, outbox: Outbox(),
            notifier: ThreadNotifier(TestDatabase.current.app, longestDelay: .seconds(1)))
        try await TestGateway.with(messageRoutes(messenger), people: [patient]) { gateway in
            let path = "/v1/cases/\(caseID)/messages"
            for invisible in ["\u{200B}", "\u{2800}\u{2800}"] {
                let reply = try await gateway.send(.post, path, as: patient, json: #"{"text":\#(text(invisible))}"#)
                #expect(reply.status == 422 && reply.errors == ["/text visible"])
            }
            let written = #"{"text":\#(text("Frau Mu\u{308}ller, Große Straße 3"))}"#
            #expect(try await gateway.send(.post, path, as: patient, json: written).status == 201)
            for words in ["MÜLLER", "muller", "GROSSE STRASSE", "ｍｕｌｌｅｒ"] {
                let found = try await gateway.send(
                    .post, "\(path)/search", as: patient, json: #"{"text":\#(text(words))}"#)
                #expect(found.json["messages"]?.firstElement?["seq"] == .number("1"), "\(words)")
            }
            let other = try await gateway.send(.post, "\(path)/search", as: patient, json: #"{"text":"moller"}"#)
            #expect(other.status == 200 && other.json["messages"]?.firstElement == nil)
        }
    }

    @Test("A file's name shows what it is")
    func files() async throws {
        try await gateway { gateway, patient in
            let id = try await Self.services.opened(by: patient, gateway)
            let records = "/v1/cases/\(id)/records"
            let hidden = try await gateway.send(
                .post, records, as: patient, json: #"{"kind": "imaging", "title": \#(text("\u{3164}"))}"#)
            #expect(hidden.status == 422 && hidden.errors == ["/title visible"])
            let added = try await gateway.send(
                .post, records, as: patient, json: #"{"kind": "imaging", "title": "Scan"}"#)
            let path = "\(records)/\(try #require(added.text(at: "id")))/files"
            func announce(_ name: String) async throws -> TestReply {
                let digest = String(repeating: "0", count: 64)
                return try await gateway.send(
                    .post, path, as: patient,
                    json: """
                        {"name": \(text(name)), "mediaType": "application/pdf", "length": 5, "sha256": "\(digest)"}
                        """)
            }
            let refused = [
                ("scan\u{202E}fdp.exe", "no_direction_controls"), ("\u{200B}", "visible"), ("..", "format"),
                (".", "format"), ("a/b.pdf", "format"), ("a\\\\b.pdf", "format"), ("scan.pdf.", "format"),
                ("scan.pdf ", "format"), ("scan.pdf\u{A0}", "format"), ("sc\u{200B}an.pdf", "no_invisible_characters"),
                ("scan\u{2028}.pdf", "one_line"),
            ]
            for (name, rule) in refused {
                let reply = try await announce(name)
                #expect(reply.status == 422 && reply.errors == ["/name \(rule)"], "\(rule)")
            }
            for name in [".profile", "Scan 1.pdf", "دوسیه\u{200C}ها.pdf", "O\u{308}lbild.pdf"] {
                let reply = try await announce(name)
                #expect(reply.status == 201)
            }
            #expect(try await announce("O\u{308}lbild.pdf").text(at: "name") == "Ölbild.pdf")
        }
    }

    @Test("A language and a place are kept by one code, whichever way they are written")
    func codes() async throws {
        try await gateway { gateway, _ in
            let kept = [
                ("iw", "he"), ("nb-NO", "nb-NO"), ("tl", "fil"), ("spa", "es"), ("EN-us-U-HC-H12", "en-US-u-hc-h12"),
                ("de-x-formal", "de-x-formal"), ("zh-cmn-hans", "zh-Hans"), ("i-klingon", "tlh"),
            ]
            for (typed, language) in kept {
                let email = "\(address())@example.org"
                #expect(try await signUp(email, language: typed, gateway).status == 202)
                #expect(try await accounts(email) == [["US-OH", language]])
            }
            let email = "\(address())@example.org"
            #expect(try await signUp(email, place: "US-PR", gateway).status == 202)
            #expect(try await accounts(email) == [["PR", "en"]])
            let bad = try await signUp("\(address())@example.org", language: "en_US", gateway)
            #expect(bad.status == 422 && bad.errors == ["/language format"])
        }
    }

    @Test("A domain beyond ASCII is written to in ASCII, and both of its spellings are one account")
    func domains() async throws {
        try await gateway { gateway, _ in
            let local = address()
            #expect(try await signUp("\(local)@b\u{FC}cher.example", gateway).status == 202)
            let ascii = "\(local)@xn--bcher-kva.example"
            let token = try await secrets.token(to: ascii, .confirmEmail)
            let confirmed = try await gateway.send(
                .post, "/v1/accounts/confirm", json: #"{"token":"\#(token)","password":"violet harbour candle"}"#)
            #expect(confirmed.status == 204)
            for spelling in [ascii, "\(local)@bu\u{308}cher.example", "\(local)@B\u{DC}CHER.example"] {
                #expect(try await signUp(spelling, gateway).status == 202)
                let signedIn = try await gateway.send(
                    .post, "/v1/sessions", json: #"{"email":\#(text(spelling)),"password":"violet harbour candle"}"#)
                #expect(signedIn.status == 201)
            }
            #expect(try await accounts(ascii).count == 1)
        }
    }

    @Test("An address with letters beyond ASCII before the @ is refused by every operation that takes one")
    func localParts() async throws {
        try await gateway(signsIn: true) { gateway, _ in
            let email = "\(address())@example.org"
            let token = try await signedIn(email, gateway)
            let typed = text("j\u{FC}rgen@example.org")
            let operations = [
                ("/v1/me/caregivers", #"{"email":\#(typed),"kind":"grant"}"#),
                ("/v1/me/email", #"{"email":\#(typed),"password":"violet harbour candle"}"#),
                ("/v1/cases/\(CaseID.random())/invitations", #"{"email":\#(typed),"readsOpinion":true}"#),
                ("/v1/password-resets", #"{"email":\#(typed)}"#),
                ("/v1/sessions", #"{"email":\#(typed),"password":"violet harbour candle"}"#),
            ]
            let reply = try await signUp("j\u{FC}rgen@example.org", gateway)
            #expect(reply.status == 422 && reply.errors == ["/email ascii"])
            for (path, json) in operations {
                let reply = try await gateway.send(
                    .post, path, json: json, headers: ["Authorization": "Bearer \(token)"])
                #expect(reply.status == 422 && reply.errors == ["/email ascii"], "\(path): \(reply.text)")
            }
        }
    }
}
