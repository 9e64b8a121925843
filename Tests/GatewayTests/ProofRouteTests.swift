import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("What a stolen session cannot keep, over a socket", .database, .timeLimit(.minutes(5)))
struct ProofRouteTests {
    /// What lasts longer than a session, and what its owner is told.
    private static let lasting: [(method: HTTPRequest.Method, path: String, json: String?, told: Notice.Template)] = [
        (.post, "/v1/me/calendar-feeds", nil, .calendarFeedMade),
        (
            .post, "/v1/specialists/{me}/calendars", #"{"url":"https://calendar.example.com/private/basic.ics"}"#,
            .calendarLinked
        ),
        (.post, "/v1/me/caregivers", #"{"email":"ana@example.org","kind":"grant"}"#, .caregiverAsked),
    ]

    private func told(_ account: AccountID) async throws -> [Notice.Template] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT payload FROM consilium.job WHERE kind = 'notice' ORDER BY id")
                .map { try $0.decode(JSONColumn<Notice>.self).value }
        }.filter { $0.recipient == .account(account) }.map(\.template)
    }

    private func age(_ account: AccountID, minutes: Int) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.session SET proved_at = clock_timestamp() - make_interval(mins => \(Int32(minutes)))
                WHERE account_id = \(account)
                """)
        }
    }

    @Test("It makes no feed, links no calendar and invites nobody; a proof does, and the owner is told of each")
    func lastingThings() async throws {
        let services = try await TestServices.make()
        let person = try await Seed.signedIn(
            services.vault, try await Seed.specialist(services.vault), roles: [.patient])
        try await services.open(to: []) { gateway in
            let me = TestPerson(token: person.token, caller: person.caller)
            let account = person.caller.account
            for thing in Self.lasting {
                try await age(account, minutes: 11)
                let path = thing.path.replacing("{me}", with: account.description)
                let refused = try await gateway.send(thing.method, path, as: me, json: thing.json)
                #expect(refused.status == 401 && refused.problem == "proof-needed", "\(path)")
                #expect(
                    refused.header("WWW-Authenticate")
                        == #"Bearer error="insufficient_user_authentication", max_age=600"#)
                #expect(try await !told(account).contains(thing.told))
                try await age(account, minutes: 0)
                #expect(try await gateway.send(thing.method, path, as: me, json: thing.json).status == 201, "\(path)")
                #expect(try await told(account).filter { $0 == thing.told }.count == 1)
            }
        }
    }

    @Test("It asks no clinician into a case; a proof does, and the patient is told")
    func invitesNoClinician() async throws {
        let services = try await TestServices.make()
        let patient = try await Seed.account(services.vault)
        let person = try await Seed.signedIn(services.vault, patient)
        let caseID = try await Seed.openCase(of: patient, services.vault)
        try await services.open(to: []) { gateway in
            let me = TestPerson(token: person.token, caller: person.caller)
            let consent = #"{"kind":"treating_clinician","wording":"treating_clinician.2026-01"}"#
            #expect(
                try await gateway.send(.post, "/v1/cases/\(caseID)/consents", as: me, json: consent).status == 201)
            let json = #"{"email":"dr@example.org","sendsRecords":true,"readsOpinion":true,"consults":false}"#
            let path = "/v1/cases/\(caseID)/invitations"
            try await age(patient, minutes: 11)
            #expect(try await gateway.send(.post, path, as: me, json: json).problem == "proof-needed")
            try await age(patient, minutes: 0)
            #expect(try await gateway.send(.post, path, as: me, json: json).status == 201)
            #expect(try await told(patient) == [.clinicianAsked(caseID)])
        }
    }

    @Test("Wrong proofs end the session with 401")
    func guesses() async throws {
        let services = try await TestServices.make()
        let person = try await Seed.signedIn(services.vault, try await Seed.account(services.vault))
        try await services.open(to: []) { gateway in
            let me = TestPerson(token: person.token, caller: person.caller)
            let path = "/v1/sessions/current/proof"
            #expect(try await gateway.send(.post, path, as: me, json: "{}").errors == ["/password missing"])
            for _ in 0..<10 {
                let wrong = try await gateway.send(.post, path, as: me, json: #"{"password":"not the password"}"#)
                #expect(wrong.status == 403 && wrong.problem == "wrong-password")
            }
            let over = try await gateway.send(.post, path, as: me, json: #"{"password":"not the password"}"#)
            #expect(over.status == 401 && over.problem == "sign-in-needed")
            #expect(try await gateway.send(.get, "/v1/me", as: me).problem == "sign-in-needed")
            #expect(try await told(person.caller.account) == [.proofsGuessed])
        }
    }
}
