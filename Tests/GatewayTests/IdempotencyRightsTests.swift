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
import Vault

@Suite("A kept reply is given again only to who still has the right to it", .database, .timeLimit(.minutes(5)))
struct IdempotencyRightsTests {
    /// A patient and their caregiver, a specialist, and the case between them, before the whole service.
    private struct Participants: Sendable {
        let services: TestServices
        let patient: TestPerson
        let caregiver: TestPerson
        let specialist: TestPerson
        let caseID: CaseID

        static func make() async throws -> Participants {
            let services = try await TestServices.make()
            let vault = services.vault
            let specialist = try await Seed.specialist(vault)
            let (patient, caregiver) = (
                try await Seed.account(vault), try await Seed.account(vault, roles: [.caregiver])
            )
            let caseID = try await Seed.acceptedCase(of: patient, with: specialist, vault)
            try await asOwner(
                """
                INSERT INTO consilium.caregiver_grant
                    (id, patient_id, caregiver_id, kind, state, token_digest, email, expires_at)
                VALUES (\(GrantID.random()), \(patient), \(caregiver), 'grant', 'active',
                    \(Vault.digest(secret: "\(caregiver)", for: .caregiver)), '', clock_timestamp() + interval '1 day')
                """)
            func person(_ id: AccountID, _ role: Role) -> TestPerson {
                TestPerson(token: "\(role)-\(id)", caller: Seed.caller(id, roles: [role]))
            }
            return Participants(
                services: services, patient: person(patient, .patient), caregiver: person(caregiver, .caregiver),
                specialist: person(specialist, .specialist), caseID: caseID)
        }

        func run(_ body: @Sendable (TestGateway) async throws -> Void) async throws {
            try await services.run(people: [patient, caregiver, specialist], body)
        }
    }

    private static func asOwner(_ sql: SQL) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { _ = try await $0.execute(sql) }
    }

    private static func endPart(of person: TestPerson, in id: CaseID) async throws {
        try await asOwner(
            """
            UPDATE consilium.case_part SET until = clock_timestamp()
            WHERE case_id = \(id) AND account_id = \(person.caller.account)
            """)
    }

    private static func bare(_ reply: TestReply) -> [UInt8] { reply.json.with("requestId", .null).bytes }

    @Test("It leaves its audit entry each time, and once the part is gone it is not found, as a case that is not there")
    func endedPart() async throws {
        let participants = try await Participants.make()
        try await participants.run { gateway in
            func post(_ id: CaseID, as person: TestPerson, _ key: String) async throws -> TestReply {
                try await gateway.send(
                    .post, "/v1/cases/\(id)/messages", as: person, json: #"{"text":"Bring the slides"}"#,
                    headers: ["Idempotency-Key": key])
            }
            let read = AuditRead(
                .message, UUID(), in: .case(participants.caseID), by: participants.specialist.caller.account)
            func reads() async -> Int {
                await gateway.recorded.entries.count {
                    ($0.noun, $0.chain, $0.actor) == (read.noun, read.chain, read.actor)
                }
            }
            let first = try await post(participants.caseID, as: participants.specialist, "k-1")
            #expect(first.status == 201)
            #expect(await reads() == 0)
            let again = try await post(participants.caseID, as: participants.specialist, "k-1")
            #expect(again.text == first.text && again.header("Idempotency-Replayed") == "true")
            #expect(await reads() == 1)
            _ = try await post(participants.caseID, as: participants.patient, "k-1")

            try await Self.endPart(of: participants.specialist, in: participants.caseID)
            let refused = try await post(participants.caseID, as: participants.specialist, "k-1")
            let missing = try await post(.random(), as: participants.specialist, "k-2")
            #expect(refused.status == 404 && Self.bare(refused) == Self.bare(missing))
            #expect(refused.header("Idempotency-Replayed") == nil)
            #expect(await reads() == 1)
            // Control: who kept the part has the reply.
            #expect(try await post(participants.caseID, as: participants.patient, "k-1").status == 201)
        }
    }

    @Test("A write that changed nothing, and so left no entry, keeps the case of what it told all the same")
    func emptyWrite() async throws {
        let participants = try await Participants.make()
        try await Self.asOwner(
            "UPDATE consilium.clinical_case SET state = 'reviewing' WHERE id = \(participants.caseID)")
        for state in ["opined", "delivered"] {
            try await Self.asOwner(
                "UPDATE consilium.clinical_case SET state = \(state) WHERE id = \(participants.caseID)")
        }
        try await participants.run { gateway in
            func close(_ key: String) async throws -> TestReply {
                try await gateway.send(
                    .post, "/v1/cases/\(participants.caseID)/close", as: participants.caregiver,
                    headers: ["Idempotency-Key": key])
            }
            #expect(try await close("k-1").status == 200)
            #expect(try await close("k-2").status == 200)
            try await Self.endPart(of: participants.caregiver, in: participants.caseID)
            for key in ["k-1", "k-2"] { #expect(try await close(key).status == 404) }
        }
    }

    @Test("A part that reads less than it did is not the part that it was")
    func lesserPart() async throws {
        let participants = try await Participants.make()
        let clinician = try await Seed.consultingClinician(
            participants.services.vault, in: participants.caseID, of: participants.patient.caller.account)
        let person = TestPerson(token: "c-\(clinician)", caller: Seed.caller(clinician, roles: [.treatingClinician]))
        try await participants.services.run(people: [person]) { gateway in
            func add() async throws -> TestReply {
                try await gateway.send(
                    .post, "/v1/cases/\(participants.caseID)/records", as: person,
                    json: #"{"kind":"clinic_note","title":"Last visit"}"#, headers: ["Idempotency-Key": "k-1"])
            }
            #expect(try await add().status == 201)
            #expect(try await add().header("Idempotency-Replayed") == "true")
            try await Self.asOwner("UPDATE consilium.invitation SET consults = false WHERE accepted_by = \(clinician)")
            try await Self.asOwner("UPDATE consilium.case_part SET part = part WHERE account_id = \(clinician)")
            #expect(try await add().status == 404)
        }
    }

    @Test("What the write itself ended is no right that a retry must have")
    func endedByItself() async throws {
        let participants = try await Participants.make()
        let colleague = try await Seed.specialist(participants.services.vault)
        let person = TestPerson(token: "l-\(colleague)", caller: Seed.caller(colleague, roles: [.specialist]))
        try await Seed.part(.colleague, of: colleague, in: participants.caseID)
        try await participants.services.run(people: [person]) { gateway in
            func leave(_ key: String) async throws -> TestReply {
                try await gateway.send(
                    .delete, "/v1/cases/\(participants.caseID)/colleagues/\(colleague)", as: person,
                    headers: ["Idempotency-Key": key])
            }
            #expect(try await leave("k-1").status == 204)
            let again = try await leave("k-1")
            #expect(again.status == 204 && again.header("Idempotency-Replayed") == "true")
            #expect(try await leave("k-2").status == 404)
        }
    }

    @Test("A caregiver's replies about a patient end with the grant, and a case's with its key")
    func grantAndKey() async throws {
        let participants = try await Participants.make()
        try await participants.run { gateway in
            func open(_ key: String) async throws -> TestReply {
                try await gateway.send(
                    .post, "/v1/cases", as: participants.caregiver,
                    json: #"{"lane":"licensed","patient":"\#(participants.patient.caller.account)"}"#,
                    headers: ["Idempotency-Key": key])
            }
            let (kept, shredded) = (try await open("k-1"), try await open("k-2"))
            #expect(kept.status == 201 && shredded.status == 201)
            let id = try #require(shredded.json["id"]?.asString.flatMap { CaseID($0) })
            try await TestDatabase.current.owner.withTransaction(as: .nobody) {
                try await participants.services.vault.destroyCaseKey(id, in: $0)
            }
            #expect(try await open("k-2").status == 404)
            #expect(try await open("k-1").text == kept.text)
            try await Self.asOwner(
                """
                UPDATE consilium.caregiver_grant SET state = 'ended'
                WHERE caregiver_id = \(participants.caregiver.caller.account)
                """)
            #expect(try await open("k-1").status == 404)
        }
    }
}
