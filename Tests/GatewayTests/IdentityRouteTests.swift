import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
import Identity
@testable import JSON
import Outbox
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

@Suite("The routes of accounts and sign-in, over a socket", .database, .timeLimit(.minutes(5)))
struct IdentityRouteTests {
    static let vault = Vault(.generate())
    static let password = "violet harbour candle"
    private let secrets = IssuedSecrets(vault: vault)

    /// Runs a gateway with the routes of accounts and a caller for them.
    private func gateway(_ body: @Sendable (TestGateway) async throws -> Void) async throws {
        var settings = IdentitySettings(
            blocklist: PasswordBlocklist(["correct horse battery staple"]), requireSecondFactorForStaff: false)
        settings.scrypt = ScryptCost(checking: 4, 1, 1) ?? .standard
        let identity = IdentityService(
            database: TestDatabase.current.app, vault: Self.vault, outbox: Outbox(), settings: settings)
        try await TestGateway.with(
            identityEndpoints(identity), identity: Authenticator(identity), body)
    }

    private func address() -> String { "p\(UUID().uuidString.prefix(13).lowercased())@example.org" }

    private func signUp(_ email: String, _ gateway: TestGateway) async throws -> TestReply {
        try await gateway.send(
            .post, "/v1/accounts",
            json: #"""
                {"email":"\#(email)","name":"Maria Lopez","birthDate":"1961-04-02","sex":"female",
                "jurisdiction":"US-OH","language":"en","timeZone":"America/New_York"}
                """#)
    }

    private func signIn(
        _ email: String, _ gateway: TestGateway, password: String = password, code: String? = nil
    ) async throws -> TestReply {
        let code = code.map { #","code":"\#($0)""# } ?? ""
        return try await gateway.send(
            .post, "/v1/sessions", json: #"{"email":"\#(email)","password":"\#(password)"\#(code)}"#)
    }

    /// The bearer headers of a patient who signed up, confirmed and signed in over the socket.
    private func patient(_ email: String, _ gateway: TestGateway) async throws -> [String: String] {
        #expect(try await signUp(email, gateway).status == 202)
        #expect(try await confirm(email, Self.password, gateway).status == 204)
        return try bearer(await signIn(email, gateway))
    }

    private func confirm(_ email: String, _ password: String, _ gateway: TestGateway) async throws -> TestReply {
        let token = try await secrets.token(to: email, .confirmEmail)
        return try await gateway.send(
            .post, "/v1/accounts/confirm", json: #"{"token":"\#(token)","password":"\#(password)"}"#)
    }

    private func bearer(_ reply: TestReply) throws -> [String: String] {
        #expect(reply.status == 201)
        return ["Authorization": "Bearer \(try text(reply, "token"))"]
    }

    private func text(_ reply: TestReply, _ name: String) throws -> String {
        guard case .string(let text)? = reply.json[name] else {
            Issue.record("no \(name)")
            return ""
        }
        return text
    }

    @Test("Every example is what its route reads and answers")
    func document() async throws {
        try await gateway { gateway in
            #expect(OpenAPIChecks.faults(in: gateway.gateway.openAPI.json).isEmpty)
        }
    }

    @Test("From sign-up to sign-out")
    func scenario() async throws {
        try await gateway { gateway in
            let email = address()
            let me = try await patient(email, gateway)
            let profile = try await gateway.send(.get, "/v1/me", headers: me)
            #expect(try text(profile, "email") == email)
            #expect(profile.status == 200 && profile.header("ETag")?.hasPrefix("\"1-") == true)
            // What one knows is nothing that another knows, though both are of one version at one address.
            let known = ["If-None-Match": profile.header("ETag") ?? ""]
            let other = try await patient(address(), gateway)
            #expect(try await gateway.send(.get, "/v1/me", headers: me.merging(known) { $1 }).status == 304)
            #expect(try await gateway.send(.get, "/v1/me", headers: other.merging(known) { $1 }).status == 200)
            #expect(try await gateway.send(.get, "/v1/sessions", headers: me).status == 200)
            #expect(try await gateway.send(.delete, "/v1/sessions/current", headers: me).status == 204)
            #expect(try await gateway.send(.get, "/v1/me", headers: me).problem == "sign-in-needed")
        }
    }

    @Test("Whether an address has an account shows in no answer")
    func hidesAccounts() async throws {
        try await gateway { gateway in
            let (known, unknown) = (address(), address())
            _ = try await patient(known, gateway)
            for (path, json) in [
                ("/v1/password-resets", #"{"email":"EMAIL"}"#),
                ("/v1/sessions", #"{"email":"EMAIL","password":"not the password"}"#),
            ] {
                let replies = try await [known, unknown].asyncMap { email in
                    try await gateway.send(.post, path, json: json.replacing("EMAIL", with: email))
                }
                #expect(replies[0].status == replies[1].status)
                #expect(Self.anonymous(replies[0]) == Self.anonymous(replies[1]))
            }
            let again = try await signUp(known, gateway)
            let fresh = try await signUp(address(), gateway)
            #expect(again.status == 202)
            #expect(Self.anonymous(again) == Self.anonymous(fresh))
        }
    }

    /// A reply without what differs between any two requests.
    private static func anonymous(_ reply: TestReply) -> [String] {
        let headers = reply.headers.filter { !["date", "x-request-id"].contains($0.key) }
        let id = reply.header("X-Request-Id") ?? "-"
        return headers.map { "\($0.key): \($0.value)" }.sorted() + [reply.text.replacing(id, with: "")]
    }

    @Test("Wrong guesses are refused with 401, and then with 429 and when to come again")
    func throttles() async throws {
        try await gateway { gateway in
            let email = address()
            _ = try await patient(email, gateway)
            for _ in 0..<6 {
                let wrong = try await signIn(email, gateway, password: "not the password")
                #expect(wrong.status == 401 && wrong.problem == "wrong-credentials")
                #expect(wrong.header("WWW-Authenticate") == "Bearer")
            }
            // The wait begins at a second and doubles: a slow machine may outlast the first ones.
            let wrong = { try await signIn(email, gateway, password: "not the password") }
            var refused = try await wrong()
            for _ in 0..<8 where refused.status == 401 { refused = try await wrong() }
            #expect(refused.status == 429)
            #expect(refused.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
        }
    }

    @Test("A password that breaks a rule is refused by its field")
    func fields() async throws {
        try await gateway { gateway in
            let email = address()
            #expect(try await signUp(email, gateway).status == 202)
            let reply = try await confirm(email, "correct horse battery staple", gateway)
            let early = try await gateway.send(
                .post, "/v1/accounts",
                json: #"""
                    {"email":"\#(email)","password":"\#(Self.password)","name":"Maria Lopez",
                    "birthDate":"1961-04-02","jurisdiction":"US-OH","language":"en","timeZone":"America/New_York"}
                    """#)
            #expect(early.status == 422 && early.errors == ["/password unknown"])
            #expect(reply.status == 422)
            #expect(reply.errors == ["/password not_common"])
            let many = try await gateway.send(
                .post, "/v1/accounts", json: #"{"email":1,"birthDate":"1961-02-30"}"#)
            #expect(many.status == 422)
            #expect(
                many.errors.isSuperset(of: ["/email type", "/birthDate format", "/name missing"]))
        }
    }

    @Test("Particulars change by If-Match alone")
    func profile() async throws {
        try await gateway { gateway in
            let me = try await patient(address(), gateway)
            let json = #"{"name":"Maria Stone"}"#
            #expect(try await gateway.send(.patch, "/v1/me", json: json, headers: me).status == 428)
            let stale = me.merging(["If-Match": "\"7\""]) { $1 }
            #expect(try await gateway.send(.patch, "/v1/me", json: json, headers: stale).status == 412)
            let fresh = me.merging(["If-Match": "\"1\""]) { $1 }
            let changed = try await gateway.send(.patch, "/v1/me", json: json, headers: fresh)
            #expect(changed.status == 200)
            #expect(changed.header("ETag") == "\"2\"")
            #expect(try text(changed, "name") == "Maria Stone")
            let bare = try await gateway.send(
                .patch, "/v1/me", json: #"{"phone":null}"#, headers: me.merging(["If-Match": "*"]) { $1 })
            #expect(bare.status == 200 && bare.json["phone"] == nil)
        }
    }

    @Test("A reset password ends every session")
    func reset() async throws {
        try await gateway { gateway in
            let email = address()
            let me = try await patient(email, gateway)
            _ = try await gateway.send(.post, "/v1/password-resets", json: #"{"email":"\#(email)"}"#)
            let link = try await secrets.token(to: email, .resetPassword)
            let done = try await gateway.send(
                .post, "/v1/password-resets/confirm",
                json: #"{"token":"\#(link)","password":"marble falcon orchard"}"#)
            #expect(done.status == 204)
            #expect(try await gateway.send(.get, "/v1/me", headers: me).status == 401)
            #expect(try await signIn(email, gateway).status == 401)
            #expect(try await signIn(email, gateway, password: "marble falcon orchard").status == 201)
        }
    }

    @Test("An enrolled second factor is asked for, and a retried enrolment shows the same secret")
    func secondFactor() async throws {
        try await gateway { gateway in
            let email = address()
            let me = try await patient(email, gateway)
            let keyed = me.merging(["Idempotency-Key": "enrol-1"]) { $1 }
            let enrolled = try await gateway.send(.post, "/v1/me/second-factor", headers: keyed)
            #expect(enrolled.status == 201)
            #expect(try await gateway.send(.post, "/v1/me/second-factor", headers: keyed).text == enrolled.text)
            let wrong = try await gateway.send(
                .post, "/v1/me/second-factor/confirm", json: #"{"code":"abcdef"}"#, headers: me)
            #expect(wrong.problem == "wrong-code")
            let code = try await secrets.code(of: email)
            let confirmed = try await gateway.send(
                .post, "/v1/me/second-factor/confirm", json: #"{"code":"\#(code)"}"#, headers: me)
            guard case .array(let recovery)? = confirmed.json["recoveryCodes"],
                case .string(let spare)? = recovery.first
            else {
                Issue.record("no recovery codes")
                return
            }
            #expect(recovery.count == 10)
            let asked = try await signIn(email, gateway)
            #expect(asked.status == 401 && asked.problem == "code-needed")
            #expect(try await signIn(email, gateway, code: code).problem == "wrong-code")
            #expect(try await signIn(email, gateway, code: spare).status == 201)
            #expect(try await signIn(email, gateway, code: spare).problem == "wrong-code")
        }
    }

    @Test("A caregiver is invited, accepts, and leaves")
    func caregivers() async throws {
        try await gateway { gateway in
            let email = address()
            let (patient, caregiver) = (
                try await patient(address(), gateway), try await patient(email, gateway)
            )
            let invited = try await gateway.send(
                .post, "/v1/me/caregivers", json: #"{"email":"\#(email)","kind":"grant"}"#, headers: patient)
            #expect(invited.status == 201)
            let id = try #require(try GrantID(text(invited, "id")))
            let link = #"{"token":"\#(try await secrets.token(to: email, .caregiverInvited(id)))"}"#
            let accept = "/v1/caregiver-invitations/accept"
            #expect(try await gateway.send(.post, accept, json: link, headers: caregiver).status == 200)
            #expect(try await gateway.send(.post, accept, json: link, headers: caregiver).problem == "link-invalid")
            let path = "/v1/me/caregivers/\(id)"
            #expect(try await gateway.send(.delete, path, headers: caregiver).status == 204)
            #expect(try await gateway.send(.delete, path, headers: caregiver).status == 404)
        }
    }

    @Test("The patient sees who looked, this look included; a stranger finds no such case")
    func accessLog() async throws {
        try await gateway { gateway in
            let email = address()
            let (me, stranger) = (try await patient(email, gateway), try await patient(address(), gateway))
            let id = try #require(try AccountID(text(try await gateway.send(.get, "/v1/me", headers: me), "id")))
            let path = "/v1/cases/\(try await Seed.openCase(of: id, Self.vault))/access-log"
            _ = try await gateway.send(.get, path, headers: me)
            let page = try await gateway.send(.get, "\(path)?limit=1", headers: me)
            #expect(page.status == 200)
            guard case .array(let entries)? = page.json["entries"], let entry = entries.first else {
                Issue.record("no entry")
                return
            }
            #expect(entry["action"] == "read.access_log")
            #expect(entry["actor"]?["name"] == "Maria Lopez")
            let link = try #require(page.header("Link")?.split(separator: ">").first?.dropFirst())
            #expect(try await gateway.send(.get, String(link), headers: me).status == 200)
            #expect(try await gateway.send(.get, path, headers: stranger).status == 404)
            #expect(try await gateway.send(.get, "\(path)?after=x", headers: me).status == 400)
        }
    }
}

extension Array {
    fileprivate func asyncMap<Other>(_ transform: (Element) async throws -> Other) async rethrows -> [Other] {
        var results: [Other] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
