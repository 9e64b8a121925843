import Cases
import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Outbox
import Postgres
@testable import ServiceAPI
import TestSupport
import Vault

/// The case routes over the suite's database, and what a test does past them.
struct CaseRoutesFixture: Sendable {
    let vault = Vault(Keyring.generate())

    var endpoints: [Endpoint] {
        casesEndpoints(CaseService(vault: vault, outbox: Outbox(), fileLimit: GatewaySettings().uploadLimit))
    }

    /// Somebody with an account, its roles in the database too.
    func person(_ roles: Role...) async throws -> TestPerson {
        let person = try await TestPerson.signedUp(Set(roles))
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            for role in roles {
                try await tx.execute(
                    """
                    INSERT INTO consilium.account_role (account_id, role) VALUES (\(person.caller.account), \(role))
                    ON CONFLICT DO NOTHING
                    """)
            }
            guard roles.contains(.patient) else { return }
            let account = person.caller.account
            try await Seed.tell(of: account, vault.createPersonKey(account, in: tx), in: tx)
        }
        return person
    }

    static let draft = """
        {"lane": "licensed", "reason": "A second look",
         "intake": [{"kind": "condition", "text": "Breast cancer", "code": "C50.912"},
                    {"kind": "allergies", "text": "Penicillin"}],
         "questions": [{"text": "Is less as safe?"}]}
        """

    /// A draft, by its id.
    func opened(by patient: TestPerson, _ gateway: TestGateway) async throws -> String {
        let reply = try await gateway.send(.post, "/v1/cases", as: patient, json: Self.draft)
        return reply.text(at: "id") ?? "none: \(reply.text)"
    }

    func submitted(by patient: TestPerson, _ gateway: TestGateway) async throws -> String {
        let id = try await opened(by: patient, gateway)
        try await submit(id, by: patient, gateway)
        return id
    }

    /// With the consents that it needs.
    func submit(_ id: String, by patient: TestPerson, _ gateway: TestGateway) async throws {
        for kind in ["second_opinion", "telehealth", "records_release"] {
            let json = #"{"kind": "\#(kind)", "wording": "\#(kind).2026-01"}"#
            _ = try await gateway.send(.post, "/v1/cases/\(id)/consents", as: patient, json: json)
        }
        _ = try await gateway.send(.post, "/v1/cases/\(id)/submit", as: patient)
    }

    /// As matching does it.
    func assign(_ id: String, to specialist: TestPerson) async throws {
        guard let id = CaseID(id) else { return }
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            for state in ["ready", "offered", "accepted"] {
                try await tx.execute(
                    """
                    UPDATE consilium.clinical_case
                    SET state = \(state), specialist_id = \(specialist.caller.account) WHERE id = \(id)
                    """)
            }
            try await tx.execute(
                """
                INSERT INTO consilium.case_part (case_id, account_id, part)
                VALUES (\(id), \(specialist.caller.account), 'specialist')
                """)
        }
    }
}

extension TestReply {
    /// A text of the body by its name.
    func text(at name: String) -> String? {
        if case .string(let text)? = json[name] { text } else { nil }
    }

    /// A list of the body by its name.
    func list(at name: String) -> [JSONValue] {
        if case .array(let list)? = json[name] { list } else { [] }
    }
}
