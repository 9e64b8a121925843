import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

@Suite("Who may do what, in every operation", .database, .timeLimit(.minutes(5)))
struct RightsMatrixTests {
    @Test(
        "What is a stranger's answers exactly as what is not there, and what one's part does not grant is refused",
        .timeLimit(.minutes(20)))
    func matrix() async throws {
        let services = try await TestServices.make()
        let strangers = RightsMatrix.Strangers()
        try await Scenario.begin(in: services) { beginning in
            var scenario = beginning
            scenario.replay.watcher = { await strangers.note($0) }
            try await scenario.playAll()
            await strangers.meet([
                .init(name: "other_patient", person: scenario.patient),
                .init(name: "other_specialist", person: scenario.specialist),
                .init(name: "operator", person: scenario.actors.operator), .init(name: "signed_out", person: nil),
            ])
        }
        let theirs = try await RightsMatrix.endStrangersScenario()
        let participants = try await CaseParticipants.make(services.vault, strangers: theirs)
        try await RightsMatrix.takeBackProbes()
        let outsiders = await strangers.people
        let requests = await strangers.requests
        try await Scenario.begin(in: services) { beginning in
            let people = outsiders.compactMap(\.person) + beginning.actors.people + participants.people
            try await RightsMatrix.withProbes(of: services, people: people) { gateway in
                let probe = RightsProbe(
                    gateway,
                    participants: {
                        try await participants.join()
                        let specialist = try await participants.specialist(of: beginning.actors.specialists)
                        return participants.actors + [
                            .init(name: "specialist", person: specialist ?? beginning.actors.specialists[0]),
                            .init(name: "coordinator", person: beginning.actors.coordinator),
                        ]
                    },
                    outsiders: outsiders, strangers: requests, published: try await Self.published(),
                    reach: RightsTable.reach)
                var scenario = beginning
                scenario.replay.watcher = {
                    try await probe.look(at: $0)
                    try await RightsMatrix.forgetCounts()
                }
                try await scenario.playAll()
                #expect(scenario.replay.unplayed == [])
                let leaks = await probe.leaks.sorted()
                #expect(leaks == [])
                let found = Set(Self.lines(await probe.cells))
                let expected = Set(RightsTable.cells.split(separator: "\n").map(String.init))
                #expect(found.subtracting(expected).sorted() == [], "found, and not in the table")
                #expect(expected.subtracting(found).sorted() == [], "in the table, and not found")
                #expect(await probe.unmet.sorted() == [], "nothing of a stranger's was asked for")
            }
        }
    }

    @Test("Control: a leak is found, by status, body or header, in a filter, or because an id is told")
    func control() async throws {
        let theirs = CaseID.random()
        let filter = Query<CaseID>("case", "Only those of a case")
        func route(_ path: String, _ answer: @escaping @Sendable (HandlerContext) throws -> [String]) -> Endpoint {
            .read(
                .get, path, .ops, "A leak", parameters: [.query(filter)], returns: .ok("Ids", example: ["x"]),
                refusals: [.notAllowed], audits: .nothing(because: "it is a test"), handler: answer)
        }
        func named(_ path: String, _ refusal: Problem) -> Endpoint {
            route(path) { call in throw try call.id("id", as: CaseID.self) == theirs ? refusal : Problem(.notFound) }
        }
        let routes = [
            named("/v1/status/{id}", Problem(.notAllowed)), named("/v1/body/{id}", Problem(.notFound, "Not yours.")),
            named("/v1/header/{id}", Problem(.notFound, headers: [.allow: "GET"])),
            named("/v1/honest/{id}", Problem(.notFound)), route("/v1/told") { _ in ["\(theirs)"] },
            route("/v1/filter") { try $0.query(filter) == theirs ? ["x"] : [] },
        ]
        let (anna, berta) = (try await TestPerson.signedUp(), try await TestPerson.signedUp())
        try await TestGateway.with(routes, people: [anna, berta]) { gateway in
            let asked = routes.map { endpoint in
                let target = endpoint.template.text.replacing("{id}", with: "\(theirs)")
                return PlayedRequest(
                    operation: endpoint.route, method: .get, target: target, body: nil, headers: [:], person: anna,
                    path: target == endpoint.template.text ? [:] : ["id": "\(theirs)"], world: [:])
            }
            let probe = RightsProbe(
                gateway, outsiders: [.init(name: "berta", person: berta)],
                strangers: Array(asked.prefix(1)), published: [])
            for request in asked.reversed() { try await probe.look(at: request) }
            // What the scenario has not named yet is no secret of it.
            try await probe.look(at: asked[4])
            let leaks = await probe.leaks
            #expect(leaks.contains("GET /v1/status/{id} as berta: 403 for a stranger's, 404 for none"))
            #expect(leaks.contains("GET /v1/body/{id} as berta: another body for a stranger's than for none"))
            #expect(leaks.contains("GET /v1/header/{id} as berta: other headers for a stranger's than for none"))
            #expect(leaks.contains("GET /v1/filter with case: another body for a stranger's than for none"))
            #expect(leaks.contains { $0.hasPrefix("GET /v1/told tells berta of") })
            #expect(!leaks.contains { $0.contains("honest") })
        }
    }

    /// The directory says itself that its specialists and organisations exist.
    private static func published() async throws -> Set<String> {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            Set(
                try await tx.query("SELECT id FROM consilium.specialist UNION SELECT id FROM consilium.organisation")
                    .map {
                        try $0.decode(AccountID.self).description
                    })
        }
    }

    private static func lines(_ cells: [String: [String: String]]) -> [String] {
        cells.keys.sorted().map { operation in
            let row = RightsTable.people.map { cells[operation]?[$0] ?? "-" }
            return operation + " | " + row.joined(separator: " ")
        }
    }
}
