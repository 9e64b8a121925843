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

@Suite("A case over HTTP", .database, .timeLimit(.minutes(5)))
struct CaseRouteTests {
    let services = CaseRoutesFixture()

    @Test("A patient opens, reads, changes and lists their cases; a stranger finds none")
    func drafts() async throws {
        let (patient, stranger) = (try await services.person(.patient), try await services.person(.patient))
        try await TestGateway.with(services.endpoints, people: [patient, stranger]) { gateway in
            let opened = try await gateway.send(.post, "/v1/cases", as: patient, json: CaseRoutesFixture.draft)
            #expect(opened.status == 201)
            let location = try #require(opened.header("Location"))
            let read = try await gateway.send(.get, location, as: patient)
            #expect(read.status == 200)
            #expect(read.header("ETag")?.hasPrefix("\"1-") == true)
            #expect(read.text == opened.text)
            let edit = #"{"reason": "Another look"}"#
            #expect(try await gateway.send(.patch, location, as: patient, json: edit).status == 428)
            let changed = try await gateway.send(
                .patch, location, as: patient, json: edit, headers: ["If-Match": "\"1\""])
            #expect(changed.text(at: "reason") == "Another look")
            let late = try await gateway.send(
                .patch, location, as: patient, json: edit, headers: ["If-Match": "\"1\""])
            #expect(late.problem == "changed-meanwhile")
            let hidden = try await gateway.send(.get, location, as: stranger)
            #expect(hidden.problem == "not-found")
            #expect(try await gateway.send(.get, "/v1/cases", as: stranger).list(at: "cases").isEmpty)
            let id = try #require(location.split(separator: "/").last.flatMap { CaseID(String($0)) })
            let noted = await gateway.recorded.entries
            #expect(noted == [AuditRead(.case, id.rawValue, in: .case(id), by: patient.caller.account)])
        }
    }

    @Test("Cases come in pages that link to the next")
    func pages() async throws {
        let patient = try await services.person(.patient)
        try await TestGateway.with(services.endpoints, people: [patient]) { gateway in
            for _ in 1...3 { _ = try await services.opened(by: patient, gateway) }
            let first = try await gateway.send(.get, "/v1/cases?limit=2", as: patient)
            #expect(first.list(at: "cases").count == 2)
            let link = try #require(first.header("Link"))
            let target = String(link.drop { $0 != "/" }.prefix { $0 != ">" })
            let second = try await gateway.send(.get, target, as: patient)
            #expect(second.list(at: "cases").count == 1)
            #expect(second.header("Link") == nil)
            #expect(try await gateway.send(.get, "/v1/cases?after=x", as: patient).status == 400)
        }
    }

    @Test(
        "Bad input is refused with its place, and opens nothing",
        arguments: [
            (#"{"lane": "sideways"}"#, "/lane choice"), (#"{}"#, "/lane missing"),
            (#"{"lane": "licensed", "mood": 1}"#, "/mood unknown"),
            (#"{"lane": "licensed", "reason": 7}"#, "/reason type"),
            (#"{"lane": "licensed", "intake": [{"kind": "goals", "text": " "}]}"#, "/intake/0/text not_blank"),
            (
                #"{"lane": "licensed", "intake": [{"kind": "allergies", "text": "x", "revealsPrior": true}]}"#,
                "/intake/0/revealsPrior safety_fact"
            ),
            (
                #"{"lane": "licensed", "patient": "0192f0c1-7d2e-7a41-9c3b-5f1de0a7b801"}"#, "/patient not_yours"
            ),
        ])
    func badInput(json: String, place: String) async throws {
        let patient = try await services.person(.patient)
        try await TestGateway.with(services.endpoints, people: [patient]) { gateway in
            let reply = try await gateway.send(.post, "/v1/cases", as: patient, json: json)
            #expect(reply.status == 422)
            #expect(reply.errors == [place])
            #expect(try await gateway.send(.get, "/v1/cases", as: patient).list(at: "cases").isEmpty)
        }
    }

    @Test("Submitting names what is missing; a coordinator completes the case from the worklist")
    func submits() async throws {
        let (patient, coordinator) = (try await services.person(.patient), try await services.person(.coordinator))
        try await TestGateway.with(services.endpoints, people: [patient, coordinator]) { gateway in
            let draft = try await services.opened(by: patient, gateway)
            let early = try await gateway.send(.post, "/v1/cases/\(draft)/submit", as: patient)
            #expect(early.problem == "case-incomplete")
            #expect(early.json["missing"] == ["second_opinion", "telehealth", "records_release"])

            let id = try await services.submitted(by: patient, gateway)
            let refused = try await gateway.send(.get, "/v1/tasks", as: patient)
            #expect(refused.problem == "not-allowed")
            let list = try await gateway.send(.get, "/v1/tasks?kind=complete_case", as: coordinator)
            let tasks = list.list(at: "tasks").filter { $0["case"] == .string(id) }
            guard case .string(let task)? = tasks.first?["id"] else { throw Unspeakable() }
            let asked = try await gateway.send(
                .post, "/v1/cases/\(id)/records", as: coordinator, json: #"{"kind": "imaging", "title": "MRI"}"#)
            let record = try #require(asked.text(at: "id"))
            let blocked = try await gateway.send(.post, "/v1/tasks/\(task)/done", as: coordinator)
            #expect(blocked.problem == "records-missing")
            #expect(blocked.json["records"] == [.string(record)])
            let waived = try await gateway.send(
                .patch, "/v1/cases/\(id)/records/\(record)", as: coordinator, json: #"{"state": "waived"}"#,
                headers: ["If-Match": "\"1\""])
            #expect(waived.text(at: "state") == "waived")
            #expect(try await gateway.send(.post, "/v1/tasks/\(task)/done", as: coordinator).status == 200)
            let ready = try await gateway.send(.get, "/v1/cases/\(id)", as: patient)
            #expect(ready.text(at: "state") == "ready")
            let unable = #"{"reason": "no_lane"}"#
            #expect(
                try await gateway.send(.post, "/v1/cases/\(id)/unable", as: patient, json: unable).status == 403)
            let withdrawn = try await gateway.send(.post, "/v1/cases/\(id)/withdraw", as: patient)
            #expect(withdrawn.text(at: "state") == "withdrawn")
        }
    }

    @Test("A blinded specialist reads first, signs, then sees the rest; the patient reads the verified opinion")
    func signs() async throws {
        let (patient, specialist) = (try await services.person(.patient), try await services.person(.specialist))
        try await TestGateway.with(services.endpoints, people: [patient, specialist]) { gateway in
            let id = try await services.submitted(by: patient, gateway)
            try await services.assign(id, to: specialist)
            let path = "/v1/cases/\(id)"
            let before = try await gateway.send(.get, path, as: specialist)
            #expect(before.list(at: "intake").count == 1)
            #expect(before.list(at: "questions").isEmpty)
            #expect(before.json["withheld"]?["intakeParts"] == .number("2"))

            let read = #"{"findings": "Ducts", "impression": "In situ"}"#
            let draft = try await gateway.send(.put, "\(path)/first-read", as: specialist, json: read)
            #expect(draft.header("ETag") == "\"1\"")
            let opinion = #"{"summary": "Too early"}"#
            _ = try await gateway.send(.put, "\(path)/opinion", as: specialist, json: opinion)
            let early = try await gateway.send(
                .post, "\(path)/opinion/sign", as: specialist, headers: ["If-Match": "\"1\""])
            #expect(early.problem == "first-read-needed")
            // Nobody signs, or overwrites, what they do not name.
            for part in ["first-read", "opinion"] {
                let (target, body) = ("\(path)/\(part)", part == "opinion" ? opinion : read)
                let any = ["If-Match": "*", "If-None-Match": "\"99\""]
                for headers in [any, ["If-Match": "*"]] {
                    let sign = try await gateway.send(.post, "\(target)/sign", as: specialist, headers: headers)
                    #expect(sign.status == 428)
                }
                for (headers, status) in [
                    (any, 428), (["If-None-Match": "\"99\""], 428), (["If-None-Match": "*"], 412), ([:], 428),
                ] {
                    let save = try await gateway.send(.put, target, as: specialist, json: body, headers: headers)
                    #expect(save.status == status)
                }
            }
            let signed = try await gateway.send(
                .post, "\(path)/first-read/sign", as: specialist, headers: ["If-Match": "\"1\""])
            #expect(signed.json["signature"]?["verified"] == .bool(true))
            let after = try await gateway.send(.get, path, as: specialist)
            #expect(after.list(at: "intake").count == 2)
            guard case .string(let question)? = after.list(at: "questions").first?["id"] else { throw Unspeakable() }

            let unfinished = try await gateway.send(
                .post, "\(path)/opinion/sign", as: specialist, headers: ["If-Match": "\"1\""])
            #expect(unfinished.json["unfinished"] == ["/diagnosis", "/treatment", "/answers"])
            let whole = """
                {"diagnosis": {"verdict": "clarified", "text": "In situ"}, "summary": "Less is enough",
                 "treatment": {"verdict": "changed", "text": "Excise"},
                 "answers": [{"question": "\(question)", "text": "Yes"}]}
                """
            let saved = try await gateway.send(
                .put, "\(path)/opinion", as: specialist, json: whole, headers: ["If-Match": "\"1\""])
            #expect(saved.status == 200)
            #expect(try await gateway.send(.get, "\(path)/opinion", as: patient).problem == "not-found")
            let delivered = try await gateway.send(
                .post, "\(path)/opinion/sign", as: specialist, headers: ["If-Match": "\"2\""])
            #expect(delivered.status == 200)
            let got = try await gateway.send(.get, "\(path)/opinion", as: patient)
            #expect(got.text(at: "blind") == "kept")
            #expect(got.json["signature"]?["verified"] == .bool(true))
            let again = try await gateway.send(
                .put, "\(path)/opinion", as: specialist, json: whole, headers: ["If-Match": "\"3\""])
            #expect(again.problem == "wrong-state")
            let outcome = try await gateway.send(
                .put, "\(path)/outcome", as: patient, json: #"{"adviceFollowed": "yes"}"#)
            #expect(outcome.text(at: "state") == "closed")
        }
    }

    @Test("A case whose key was destroyed is gone, and stays out of the list")
    func shredded() async throws {
        let patient = try await services.person(.patient)
        try await TestGateway.with(services.endpoints, people: [patient]) { gateway in
            let id = try await services.opened(by: patient, gateway)
            let caseID = try #require(CaseID(id))
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await services.vault.destroyCaseKey(caseID, in: tx)
            }
            let gone = try await gateway.send(.get, "/v1/cases/\(id)", as: patient)
            #expect(gone.status == 410)
            #expect(gone.problem == "shredded")
            #expect(try await gateway.send(.get, "/v1/cases", as: patient).list(at: "cases").isEmpty)
        }
    }

    @Test("A clinician is invited with consent alone, and a wrong token leads nowhere")
    func invites() async throws {
        let patient = try await services.person(.patient)
        try await TestGateway.with(services.endpoints, people: [patient]) { gateway in
            let id = try await services.opened(by: patient, gateway)
            let draft = #"{"email": "clinician@example.org", "readsOpinion": true}"#
            let path = "/v1/cases/\(id)/invitations"
            let early = try await gateway.send(.post, path, as: patient, json: draft)
            #expect(early.problem == "consent-missing")
            #expect(early.text(at: "consent") == "treating_clinician")
            let consent = #"{"kind": "treating_clinician", "wording": "treating_clinician.2026-01"}"#
            _ = try await gateway.send(.post, "/v1/cases/\(id)/consents", as: patient, json: consent)
            let sent = try await gateway.send(.post, path, as: patient, json: draft)
            #expect(sent.status == 201)
            #expect(!sent.text.contains("token"))
            let wrong = try await gateway.send(
                .post, "/v1/invitations/accept", as: patient, json: #"{"token": "nothing"}"#)
            #expect(wrong.problem == "not-found")
            let invitation = try #require(sent.text(at: "id"))
            #expect(try await gateway.send(.delete, "\(path)/\(invitation)", as: patient).status == 204)
            let list = try await gateway.send(.get, path, as: patient).list(at: "invitations")
            #expect(list.first?["state"] == "withdrawn")
        }
    }
}
