import Cases
import Clinic
import HTTPServer
import HTTPTypes
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `POST /v1/cases/{id}/records` | the patient's side, coordinators, the specialist, a clinician who was asked for records |
/// | `GET /v1/cases/{id}/records`, `…/{record}` | everyone who reads the case; a clinician sees those that they sent |
/// | `PATCH /v1/cases/{id}/records/{record}` | the patient's side, coordinators, a clinician their own |
func recordRoutes(_ records: Records) -> [Endpoint] {
    let details = """
        A record is `asked` until its first file is complete, which makes it `received`; one that will not come is \
        `waived`. Left out, `revealsPrior` is true for what a clinician wrote, and false for imaging, slides, lab \
        values and the medication list; the last can never be withheld. Asking for a record in a submitted case makes \
        it `collecting` while no specialist has it. A case has at most \(CaseQuota.records.most) records.
        """
    return [
        .write(
            .post, "/v1/cases/{id}/records", .cases, "Add a record, or ask for one", details: details,
            body: .json(example: RecordDraft.example),
            returns: .created(
                "The record", example: RecordView.asked, full: .example, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .listFull],
            replays: .entries { $1.readsOfPath(.record, $0.id.rawValue) }
        ) { draft, call in
            let id = try call.id("id", as: CaseID.self)
            let record = try await records.add(draft, to: id, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/cases/\(id)/records/\(record.id)"], etag: String(record.version))
            return record
        },
        .read(
            .get, "/v1/cases/{id}/records", .cases, "The records of a case that you may read, at most 200",
            returns: .ok("All of them", example: RecordList.example),
            refusals: [.notFound, .notYourPart],
            audits: .entries { list, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [
                    AuditRead(.record, id.rawValue, in: .case(id), by: call.caller.account, items: list.records.count)
                ]
            }
        ) { call in
            try await records.list(of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/records/{record}", .cases, "A record",
            returns: .ok("The record", example: RecordView.example, headers: ["ETag": "Its version"]),
            refusals: [.notFound],
            audits: .entries { record, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [AuditRead(.record, record.id.rawValue, in: .case(id), by: call.caller.account)]
            }
        ) { call in
            let record = try await records.read(
                call.id("record", as: RecordID.self), of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
            call.tag(record.version)
            return record
        },
        .write(
            .patch, "/v1/cases/{id}/records/{record}", .cases, "Change or waive a record",
            details: "What is named replaces what was there. What a record reveals, its files reveal.",
            body: .json(example: RecordEdit.example),
            returns: .ok("The record", example: RecordView.waived, full: .example, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .changedMeanwhile, .matchNeeded],
            replays: .entries { $1.readsOfPath(.record, $0.id.rawValue) }
        ) { edit, call in
            let record = try await records.edit(
                call.id("record", as: RecordID.self), of: call.id("id", as: CaseID.self), edit,
                ifVersion: call.requiredVersion(), by: call.caller, in: call.tx)
            call.tag(record.version)
            return record
        },
    ]
}
