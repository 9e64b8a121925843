import Clinic
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

/// One run through the whole service that plays every operation: its people, and what they have come to so far. Each
/// chapter is a file beside this one.
struct Scenario: Sendable {
    let services: TestServices
    let actors: ScenarioActors
    var replay: Replay
    /// Who signs up in the first chapter, with the session that they have now.
    var patient = TestPerson(token: "", caller: Seed.caller(.random()))
    /// The case that goes through all chapters.
    var caseID = ""
    /// The specialist who accepts it.
    var specialist = TestPerson(token: "", caller: Seed.caller(.random()))

    /// Everybody but the patient.
    struct ScenarioActors: Sendable {
        let coordinator: TestPerson
        let `operator`: TestPerson
        let secondOperator: TestPerson
        let clinician: TestPerson
        let caregiver: TestPerson
        /// Three make a menu, the fourth comes behind them, and the last has no licence where the patient lives.
        let specialists: [TestPerson]

        var people: [TestPerson] { [coordinator, `operator`, secondOperator, clinician, caregiver] + specialists }

        static func gather(in services: TestServices) async throws -> ScenarioActors {
            func person(_ role: Role, _ id: AccountID) -> TestPerson {
                TestPerson(token: "\(role)-\(id)", caller: Seed.caller(id, roles: [role]))
            }
            var specialists: [TestPerson] = []
            for places in [["US-OH"], ["US-OH"], ["US-OH"], ["US-OH"], ["US-TX"]] {
                specialists.append(
                    person(.specialist, try await Seed.specialist(services.vault, licensedIn: places)))
            }
            return ScenarioActors(
                coordinator: person(.coordinator, try await Seed.account(services.vault, roles: [.coordinator])),
                operator: person(.operator, try await Seed.account(services.vault, roles: [.operator])),
                secondOperator: person(.operator, try await Seed.account(services.vault, roles: [.operator])),
                // Invitations serve the addresses that the examples show.
                clinician: person(
                    .treatingClinician,
                    try await Seed.account(services.vault, roles: [], email: "clinician@example.org")),
                caregiver: person(
                    .caregiver, try await Seed.account(services.vault, roles: [], email: "ana.lopez@example.org")),
                specialists: specialists)
        }
    }

    /// Runs the service with everybody in it, and hands over the scenario at its beginning.
    static func begin(
        in services: TestServices? = nil, _ body: @Sendable (Scenario) async throws -> Void
    ) async throws {
        let services = if let services { services } else { try await TestServices.make() }
        let actors = try await ScenarioActors.gather(in: services)
        try await publishDirectory(of: actors)
        try await services.open(to: actors.people) { gateway in
            let document = try await gateway.send(.get, "/openapi.json").json
            try await body(Scenario(services: services, actors: actors, replay: Replay(gateway, document)))
        }
    }

    /// All chapters, in their order.
    mutating func playAll() async throws {
        try await people()
        try await otherEnds()
        try await openCase()
        try await tasks()
        try await match()
        try await firstRead()
        try await time()
        try await opinion()
        try await notifications()
        try await accessLog()
        try await directory()
        try await caregivers()
        try await programme()
        try await endings()
    }

    /// What the service imports: who treats a condition, and how often each specialist sees it.
    private static func publishDirectory(of actors: ScenarioActors) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.taxonomy VALUES ('207RH0003X', 'Physicians', 'Internal Medicine',
                    'Hematology & Oncology', 'Hematology & Oncology Physician')
                ON CONFLICT DO NOTHING
                """)
            for (specialist, volume) in zip(actors.specialists, [200, 150, 100, 50, 50]) {
                try await tx.execute(
                    "INSERT INTO consilium.specialist_condition VALUES (\(specialist.caller.account), 'C50', \(volume))"
                )
            }
        }
    }

    /// The `If-Match` that names the version of an answer, as it is behind a proxy that compresses: the tag weakened.
    func ifMatch(_ reply: TestReply) throws -> [String: String] {
        ["If-Match": "W/" + (try #require(reply.header("ETag")))]
    }

    /// A text of an answer by its JSON pointer.
    func text(_ reply: TestReply, _ pointer: String) throws -> String {
        try #require(reply.json.value(at: pointer)?.asString, "no \(pointer)")
    }
}
