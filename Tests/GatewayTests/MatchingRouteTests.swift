import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Matching
import Outbox
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

// A database a test: each has a directory of two.
@Suite("Matching over HTTP", .timeLimit(.minutes(30)))
struct MatchingRouteTests {
    private static let vault = Vault(.generate())
    private static let matching = MatchingService(vault: vault, outbox: Outbox(), offersLast: .seconds(3600))
    private static let endpoints =
        conditionRoutes(matching) + specialistRoutes(matching) + matchRoutes(matching) + offerRoutes(matching)

    /// A patient with a case that is ready, a coordinator, and two specialists who could take it.
    private struct Scenario {
        let patient: TestPerson
        let coordinator: TestPerson
        let first: TestPerson
        let second: TestPerson
        let caseID: CaseID

        var people: [TestPerson] { [patient, coordinator, first, second] }

        init() async throws {
            patient = try await .signedUp([.patient])
            coordinator = try await .signedUp([.coordinator])
            first = try await .signedUp([.specialist])
            second = try await .signedUp([.specialist])
            caseID = try await Seed.openCase(of: patient.caller.account, vault, state: .ready)
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { [self] tx in
                try await tx.execute(
                    """
                    INSERT INTO case_part (case_id, account_id, part)
                    VALUES (\(caseID), \(coordinator.caller.account), 'coordinator')
                    """)
                try await tx.execute(
                    "INSERT INTO account_role (account_id, role) VALUES (\(coordinator.caller.account), 'coordinator')")
                for kind in ["second_opinion", "telehealth", "records_release"] {
                    try await tx.execute(
                        """
                        INSERT INTO consent (id, case_id, kind, wording, given_by)
                        VALUES (\(ConsentID.random()), \(caseID), \(kind), \("\(kind).2026-01"),
                            \(patient.caller.account))
                        """)
                }
                let part = IntakePartID.random()
                let body = try await vault.caseKey(caseID, in: tx).seal(
                    json: ["text": "canary", "code": "C50.412"], as: RowIdentity("intake_part.body", part))
                try await tx.execute(
                    """
                    INSERT INTO intake_part (id, case_id, kind, reveals_prior, body)
                    VALUES (\(part), \(caseID), 'condition', true, \(body))
                    """)
                let organisation = UUID()
                try await tx.execute(
                    "INSERT INTO organisation VALUES (\(organisation), \(organisation.uuidString), 'Cleveland', 'US-OH')"
                )
                for (specialist, volume) in [(first, 200), (second, 100)] {
                    let id = specialist.caller.account
                    try await tx.execute(
                        """
                        INSERT INTO specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes,
                            languages, peer_to_peer, weekly_capacity)
                        VALUES (\(id), \("Dr. \(id)"), 'MD', \(organisation), 'America/New_York', '{207RX0202X}', '{en}',
                            false, 9)
                        """)
                    try await tx.execute("INSERT INTO licence VALUES (\(id), 'US-OH', 'L', '2999-12-31')")
                    try await tx.execute("INSERT INTO specialist_condition VALUES (\(id), 'C50', \(volume))")
                }
            }
        }
    }

    private func string(_ value: JSONValue?) -> String? {
        if case .string(let text)? = value { text } else { nil }
    }

    private func list(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements)? = value { elements } else { [] }
    }

    @Test("From a match to an offer that is declined and another that is accepted", .database)
    func scenario() async throws {
        let scenario = try await Scenario()
        let stranger = try await TestPerson.signedUp()
        try await TestGateway.with(Self.endpoints, people: scenario.people + [stranger]) { gateway in
            let cases = "/v1/cases/\(scenario.caseID)"
            let hidden = try await gateway.send(.post, "\(cases)/matches", as: stranger)
            #expect(hidden.status == 404)
            let made = try await gateway.send(.post, "\(cases)/matches", as: scenario.patient)
            #expect(made.status == 201)
            let candidates = list(made.json["candidates"])
            #expect(
                candidates.prefix(2).map { string($0["specialist"]) }
                    == [scenario.first, scenario.second].map(\.caller.account.description))
            let location = try #require(made.header("Location"))
            let read = try await gateway.send(.get, location, as: scenario.coordinator)
            #expect(read.status == 200 && read.json["candidates"] == made.json["candidates"])
            #expect(await gateway.recorded.entries.map(\.noun) == [.match])
            #expect(try await gateway.send(.get, location, as: scenario.first).status == 404)
            let verdict = try await gateway.send(.get, "\(location)/replay", as: scenario.patient)
            #expect(verdict.json["faithful"] == .bool(true))

            let match = try #require(string(made.json["id"]))
            let offered = try await gateway.send(
                .post, "\(cases)/offers", as: scenario.coordinator, json: #"{"match":"\#(match)"}"#)
            #expect(offered.status == 201)
            let again = try await gateway.send(
                .post, "\(cases)/offers", as: scenario.coordinator, json: #"{"match":"\#(match)"}"#)
            #expect(again.status == 409 && again.problem == "wrong-state" && again.json["state"] == "offered")

            let waiting = try await gateway.send(.get, "/v1/offers", as: scenario.first)
            let offer = try #require(list(waiting.json["offers"]).first)
            #expect(offer["reason"] == "a second look" && offer["jurisdiction"] == "US-OH")
            let path = "/v1/offers/\(try #require(string(offer["id"])))"
            #expect(try await gateway.send(.post, "\(path)/accept", as: scenario.second).status == 404)
            #expect(try await gateway.send(.post, "\(path)/accept", as: scenario.patient).status == 403)
            let unknown = try await gateway.send(
                .post, "\(path)/decline", as: scenario.first, json: #"{"reason":"tired"}"#)
            #expect(unknown.status == 422 && unknown.errors == ["/reason choice"])
            let declined = try await gateway.send(
                .post, "\(path)/decline", as: scenario.first, json: #"{"reason":"capacity"}"#)
            #expect(declined.status == 204)

            let next = list(try await gateway.send(.get, "/v1/offers", as: scenario.second).json["offers"])
            let second = "/v1/offers/\(try #require(string(next.first?["id"])))"
            let key = ["Idempotency-Key": "accept-once"]
            let accepted = try await gateway.send(.post, "\(second)/accept", as: scenario.second, headers: key)
            #expect(accepted.status == 200 && accepted.json["state"] == "accepted")
            let retried = try await gateway.send(.post, "\(second)/accept", as: scenario.second, headers: key)
            #expect(retried.status == 200 && retried.json == accepted.json)
            let closed = try await gateway.send(.post, "\(second)/accept", as: scenario.second)
            #expect(closed.status == 409 && closed.problem == "offer-closed" && closed.json["state"] == "accepted")

            let offers = list(try await gateway.send(.get, "\(cases)/offers", as: scenario.patient).json["offers"])
            #expect(offers.map { string($0["state"]) } == ["accepted", "declined"])
            #expect(try await gateway.send(.post, "\(cases)/reassign", as: scenario.patient).status == 403)
            #expect(try await gateway.send(.post, "\(cases)/reassign", as: scenario.coordinator).status == 204)
        }
    }

    @Test("An entry is edited by its ETag, by the right people", .database)
    func entries() async throws {
        let scenario = try await Scenario()
        try await TestGateway.with(Self.endpoints, people: scenario.people) { gateway in
            let path = "/v1/specialists/\(scenario.first.caller.account)"
            let read = try await gateway.send(.get, path, as: scenario.patient)
            let tag = try #require(read.header("ETag"))
            func patch(_ json: String, _ tag: String?) async throws -> TestReply {
                try await gateway.send(
                    .patch, path, as: scenario.first, json: json, headers: tag.map { ["If-Match": $0] } ?? [:])
            }
            #expect(try await patch(#"{"accepting":false}"#, nil).problem == "match-needed")
            #expect(try await patch(#"{"accepting":false}"#, "\"99\"").problem == "changed-meanwhile")
            let bad = try await patch(#"{"weeklyCapacity":101}"#, tag)
            #expect(bad.status == 422 && bad.errors == ["/weeklyCapacity range"])
            let edited = try await patch(#"{"weeklyCapacity":7}"#, tag)
            #expect(edited.status == 200 && edited.header("ETag") != tag)
            let newTag = try #require(edited.header("ETag"))

            let licences = #"{"licences":[{"jurisdiction":"US-TX","number":"T-1","expiresOn":"2031-01-31"}]}"#
            let headers = ["If-Match": newTag]
            let refused = try await gateway.send(
                .put, "\(path)/licences", as: scenario.first, json: licences, headers: headers)
            #expect(refused.status == 403)
            let verified = try await gateway.send(
                .put, "\(path)/licences", as: scenario.coordinator, json: licences, headers: headers)
            #expect(verified.status == 200)
            #expect(list(verified.json["licences"]).map { string($0["jurisdiction"]) } == ["US-TX"])
            let malformed = try await gateway.send(
                .put, "\(path)/conditions", as: scenario.first,
                json: #"{"conditions":[{"codePrefix":"x","yearlyVolume":1}]}"#,
                headers: ["If-Match": try #require(verified.header("ETag"))])
            #expect(malformed.status == 422 && malformed.errors == ["/conditions/0/codePrefix format"])
        }
    }

    @Test("The directory pages by Link, and a search takes a body", .database)
    func lists() async throws {
        let scenario = try await Scenario()
        try await TestGateway.with(Self.endpoints, people: scenario.people) { gateway in
            var path: String? = "/v1/specialists?jurisdiction=US-OH&limit=1"
            var seen: [String] = []
            while let page = path {
                let reply = try await gateway.send(.get, page, as: scenario.patient)
                #expect(reply.status == 200)
                seen += list(reply.json["specialists"]).compactMap { string($0["id"]) }
                path = reply.header("Link").map { String($0.dropFirst().prefix { $0 != ">" }) }
            }
            #expect(Set(seen).isSuperset(of: [scenario.first, scenario.second].map(\.caller.account.description)))
            #expect(Set(seen).count == seen.count)
            let badCursor = try await gateway.send(.get, "/v1/specialists?after=x", as: scenario.patient)
            #expect(badCursor.status == 400 && badCursor.errors == ["after format"])
            let badPlace = try await gateway.send(.get, "/v1/specialists?jurisdiction=Ohio", as: scenario.patient)
            #expect(badPlace.status == 400 && badPlace.errors == ["jurisdiction format"])

            let search = try await gateway.send(
                .post, "/v1/conditions/search", as: scenario.patient, json: #"{"text":"breast"}"#)
            #expect(search.status == 200)
            let short = try await gateway.send(
                .post, "/v1/conditions/search", as: scenario.patient, json: #"{"text":"b"}"#)
            #expect(short.status == 422 && short.errors == ["/text min_length"])
            #expect(try await gateway.send(.post, "/v1/conditions/search", json: #"{"text":"breast"}"#).status == 401)
        }
    }

    @Test("The routes' part of the OpenAPI document is whole")
    func document() throws {
        let document = try OpenAPIDocument(Self.endpoints, settings: GatewaySettings())
        #expect(OpenAPIChecks.faults(in: document.json) == [])
    }
}
