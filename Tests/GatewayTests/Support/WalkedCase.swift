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

/// A case that was brought to a state, with a file that was received, a record that is asked for, and somebody in every
/// part that the state has.
struct WalkedCase: Sendable {
    /// Who walks it.
    struct People: Sendable {
        let patient: TestPerson
        let coordinator: TestPerson
        let specialist: TestPerson

        var all: [TestPerson] { [patient, coordinator, specialist] }

        static func gather(_ services: TestServices) async throws -> People {
            func person(_ role: Role, _ id: AccountID) -> TestPerson {
                TestPerson(token: "walks-\(id)", caller: Seed.caller(id, roles: [role]))
            }
            let specialist = try await Seed.specialist(services.vault)
            // Whom a match finds for what the cases are about.
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await tx.execute(
                    """
                    INSERT INTO consilium.taxonomy VALUES ('207RH0003X', 'Physicians', 'Internal Medicine',
                        'Hematology & Oncology', 'Hematology & Oncology Physician')
                    ON CONFLICT DO NOTHING
                    """)
                try await tx.execute(
                    """
                    INSERT INTO consilium.condition
                    VALUES ('C50.911', true, 'Malignant neoplasm of unspecified site of right female breast',
                        'malignant neoplasm of unspecified site of right female breast')
                    ON CONFLICT DO NOTHING
                    """)
                try await tx.execute("INSERT INTO consilium.specialist_condition VALUES (\(specialist), 'C50', 100)")
            }
            return People(
                patient: person(.patient, try await Seed.account(services.vault)),
                coordinator: person(.coordinator, try await Seed.account(services.vault, roles: [.coordinator])),
                specialist: person(.specialist, specialist))
        }
    }

    static let intake = #"{"intake": [{"kind": "condition", "text": "Breast cancer", "code": "C50.911"}]}"#
    static let panel = #"{"kind": "panel", "wording": "panel.2026-01"}"#
    static let file = """
        {"name": "hello.txt", "mediaType": "text/plain", "length": 5,
         "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}
        """

    let id: CaseID
    let people: People
    let record: String
    let asked: String
    let file: String
    let offer: OfferID

    static func bring(
        to state: CaseState, in services: TestServices, _ people: People, _ gateway: TestGateway
    ) async throws -> WalkedCase {
        let text = try await CaseRoutesFixture().opened(by: people.patient, gateway)
        let id = try #require(CaseID(text), "\(text)")
        func made(_ title: String) async throws -> String {
            let json = #"{"kind": "lab_values", "title": "\#(title)"}"#
            let reply = try await gateway.send(.post, "/v1/cases/\(id)/records", as: people.patient, json: json)
            return try #require(reply.text(at: "id"), "\(reply.text)")
        }
        let record = try await made("Received")
        let path = "/v1/cases/\(id)/records/\(record)/files"
        let announced = try await gateway.send(.post, path, as: people.patient, json: file)
        let file = try #require(announced.text(at: "id"), "\(announced.text)")
        let sent = try await gateway.send(
            .patch, "\(path)/\(file)", as: people.patient, json: "hello",
            headers: ["Content-Type": "application/octet-stream", "Upload-Offset": "0"])
        #expect(sent.status == 200, "\(sent.text)")
        let walked = WalkedCase(
            id: id, people: people, record: record, asked: try await made("Asked"), file: file, offer: .random())
        if state != .draft { try await walked.advance(to: state, gateway) }
        return walked
    }

    /// As the services do it, past them.
    private func advance(to state: CaseState, _ gateway: TestGateway) async throws {
        for kind in ["second_opinion", "telehealth", "records_release"] {
            let json = #"{"kind": "\#(kind)", "wording": "\#(kind).2026-01"}"#
            _ = try await gateway.send(.post, "/v1/cases/\(id)/consents", as: people.patient, json: json)
        }
        let submitted = try await gateway.send(.post, "/v1/cases/\(id)/submit", as: people.patient)
        #expect(submitted.text(at: "state") == "collecting", "\(submitted.text)")
        let path: [CaseState] = [.ready, .offered, .accepted, .reviewing, .opined, .delivered, .followUp, .closed]
        switch state {
        case .collecting: break
        // With nothing asked for; what the way asks for is there all the same.
        case .submitted: try await move(to: .submitted)
        case .withdrawn, .unable: try await move(to: state)
        default:
            for next in path {
                try await move(to: next)
                if next == state { break }
            }
        }
    }

    private func move(to state: CaseState) async throws {
        let (specialist, match) = (people.specialist.caller.account, MatchID.random())
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            if state == .submitted {
                // There is no way back to it.
                try await tx.execute("ALTER TABLE consilium.clinical_case DISABLE TRIGGER enforce_transition")
            }
            try await tx.execute(
                """
                UPDATE consilium.clinical_case SET state = \(state), version = version + 1,
                    ended_at = CASE WHEN \(state.isEnded) THEN now() END,
                    specialist_id = CASE WHEN \(state == .accepted) THEN \(specialist) ELSE specialist_id END
                WHERE id = \(id)
                """)
            if state == .submitted {
                // What is checked at the commit is checked before the table changes.
                try await tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
                try await tx.execute("ALTER TABLE consilium.clinical_case ENABLE TRIGGER enforce_transition")
            }
            switch state {
            case .offered:
                try await tx.execute(
                    """
                    INSERT INTO consilium.match (id, case_id, rules_version, input_digest, input, result, ranking)
                    VALUES (\(match), \(id), 1, 'x', 'x', 'x', '{}')
                    """)
                try await tx.execute(
                    "INSERT INTO consilium.match_candidate VALUES (\(match), \(id), 1, \(specialist))")
                try await tx.execute(
                    """
                    INSERT INTO consilium.case_part (case_id, account_id, part)
                    VALUES (\(id), \(specialist), 'candidate')
                    """)
                try await tx.execute(
                    """
                    INSERT INTO consilium.offer (id, case_id, match_id, specialist_id, lane, state, expires_at)
                    VALUES (\(offer), \(id), \(match), \(specialist), 'licensed', 'waiting', now() + interval '1 day')
                    """)
            case .accepted:
                try await tx.execute(
                    "UPDATE consilium.offer SET state = 'accepted', decided_at = now() WHERE id = \(offer)")
                try await tx.execute(
                    """
                    UPDATE consilium.case_part SET part = 'specialist'
                    WHERE case_id = \(id) AND account_id = \(specialist)
                    """)
            default: break
            }
        }
    }

    /// Sends what steps name, as who they name; the first that is refused is the last.
    func take(_ steps: [NextStepTests.Step], _ gateway: TestGateway) async throws -> TestReply {
        var places = ["id": "\(id)", "record": record, "asked": asked, "file": file, "offer": "\(offer)"]
        var last: TestReply?
        for step in steps {
            func filled(_ text: String) -> String {
                places.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
            }
            let words = step.operation.split(separator: " ").map(String.init)
            let (method, target) = (try #require(HTTPRequest.Method(rawValue: words[0])), filled(words[1]))
            let person = who(step.part)
            var headers: [String: String] = [:]
            if method == .patch, target.contains("/files/") {
                headers = ["Content-Type": "application/octet-stream", "Upload-Offset": "0"]
            } else if method == .patch || method == .put {
                headers["If-Match"] = try await gateway.send(.get, "/v1/cases/\(id)", as: person).header("ETag")
            }
            let reply = try await gateway.send(
                method, target, as: person, json: step.body.map(filled), headers: headers)
            guard (200..<300).contains(reply.status) else { return reply }
            if let name = step.names { places[name] = reply.text(at: "id") }
            last = reply
        }
        return try #require(last)
    }

    private func who(_ part: CasePart) -> TestPerson {
        switch part {
        case .coordinator: people.coordinator
        case .candidate, .specialist: people.specialist
        default: people.patient
        }
    }

    /// Whether what the case needed is there.
    func meets(_ need: Need, _ gateway: TestGateway) async throws -> Bool {
        if need == .code {
            let read = try await gateway.send(.get, "/v1/cases/\(id)", as: people.patient)
            return read.list(at: "intake").contains { $0["code"] == "C50.911" }
        }
        let (asked, file): (RecordID, FileID) = (try #require(RecordID(asked)), try #require(FileID(file)))
        let condition: SQL =
            switch need {
            case .code: "false"
            case .consent:
                "EXISTS (SELECT FROM consent WHERE case_id = c.id AND kind = 'panel' AND withdrawn_at IS NULL)"
            case .record: "EXISTS (SELECT FROM record WHERE id = \(asked) AND state = 'received')"
            case .wrongFile:
                """
                NOT EXISTS (SELECT FROM record_file
                    WHERE id = \(file) AND entered_in_error_at IS NULL)
                """
            case .wrongLane: "c.lane = 'peer_to_peer'"
            case .specialist: "EXISTS (SELECT FROM offer WHERE case_id = c.id AND state = 'waiting')"
            case .answer:
                """
                c.specialist_id IS NULL
                    AND NOT EXISTS (SELECT FROM offer WHERE case_id = c.id AND state IN ('waiting', 'accepted'))
                """
            case .end: "c.state IN ('withdrawn', 'unable')"
            case .study: "EXISTS (SELECT FROM record WHERE case_id = c.id AND kind = 'imaging' AND state = 'asked')"
            // Somebody is told of it, or has a task; of a draft nobody knows yet.
            case .message:
                """
                EXISTS (SELECT FROM message WHERE case_id = c.id) AND (c.state = 'draft'
                    OR EXISTS (SELECT FROM task WHERE case_id = c.id AND kind = 'answer_message' AND state = 'open')
                    OR EXISTS (SELECT FROM job
                        WHERE payload -> 'template' -> 'messagePosted' ->> '_0' = \(id.description)
                            AND payload -> 'recipient' -> 'account' ->> '_0' =
                                \(people.specialist.caller.account.description)))
                """
            case .outcome: "EXISTS (SELECT FROM outcome WHERE case_id = c.id)"
            }
        return try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT \(fragment: condition) FROM clinical_case c WHERE c.id = \(id)")?
                .decode(Bool.self) == true
        }
    }
}
