import Cases
import Clinic
import Crypto
import Foundation
import Matching
import Postgres
import Scheduling
import Vault

/// The demo's cases, each played through the services by the people in it, as far as its state says.
struct DemoCases {
    let file: DemoFile
    let vault: Vault
    let cases: CaseService
    let matching: MatchingService
    let scheduler: Scheduler
    let thread: DemoThread

    /// Whether the case is new.
    func load(_ entry: DemoFile.Case, in demo: DemoTransaction) async throws -> Bool {
        let id = CaseID(demo: "case", entry.key)
        guard try await demo.tx.first("SELECT FROM clinical_case WHERE id = \(id)") == nil else { return false }
        let progress = CaseProgress(state: entry.state)
        try await open(entry, id, in: demo)
        if progress.reaches(.submitted) { try await submit(entry, id, in: demo) }
        if entry.treatingClinician != nil { try await addTreatingClinician(of: entry, id, in: demo) }
        if progress.reaches(.ready) { try await complete(id, in: demo) }
        if progress.reaches(.offered) { try await offer(entry, id, in: demo) }
        if progress.reaches(.accepted) { try await accept(entry, id, in: demo) }
        if let appointment = entry.appointment { try await addConsult(appointment, entry, id, in: demo) }
        if entry.opinion != nil { try await DemoOpinion(cases: cases).write(entry, id, in: demo) }
        try await thread.post(entry, id, in: demo)
        try await demo.actAsNobody()
        try await backdate(entry, id, in: demo.tx)
        return true
    }

    private func open(_ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction) async throws {
        let patient = try await demo.act(as: entry.patient, .patient)
        let parts = entry.intake.filter { $0.kind != .question }.map { IntakePartDraft($0.kind, $0.text) }
        let title = try await demo.tx.first("SELECT title FROM condition WHERE code = \(entry.conditionCode)")
        let condition = IntakePartDraft(
            .condition, try title?.decode(String.self) ?? entry.conditionCode, code: entry.conditionCode)
        let draft = CaseDraft(
            lane: entry.lane, blinded: entry.blinded, reason: entry.reason, intake: [condition] + parts,
            questions: entry.intake.filter { $0.kind == .question }.map { QuestionDraft($0.text) })
        _ = try await cases.cases.open(draft, as: id, by: patient, in: demo.tx)
        // Of a case that was just submitted the coordinators have still to ask for the records.
        guard entry.state != .submitted else { return }
        for record in entry.records {
            let added = try await cases.records.add(
                RecordDraft(kind: record.kind, title: record.title), to: id, by: patient, in: demo.tx)
            switch record.state {
            case "received": try await upload(record, to: added.id, of: id, by: patient, in: demo.tx)
            case "waived":
                _ = try await cases.records.edit(
                    added.id, of: id, RecordEdit(state: .waived), ifVersion: ExpectedVersion(added.version),
                    by: patient, in: demo.tx)
            default: break
            }
        }
    }

    private func upload(
        _ record: DemoFile.Record, to recordID: RecordID, of id: CaseID, by patient: Caller, in tx: Transaction
    ) async throws {
        let bytes = Array(record.text.utf8)
        let digest = SHA256.hash(data: bytes).hexadecimal
        let uploads = cases.uploads
        let file = try await uploads.announce(
            FileDraft(
                name: "\(record.kind.rawValue).txt", mediaType: "text/plain", length: bytes.count, sha256: digest),
            for: recordID, of: id, by: patient, in: tx)
        _ = try await uploads.append(bytes, at: 0, to: file.id, of: recordID, in: id, by: patient, in: tx)
        guard try await uploads.finish(file.id, of: recordID, in: id, by: patient, in: tx) else {
            throw DemoFault("a file of \(record.kind.rawValue) is damaged")
        }
    }

    private func submit(_ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction) async throws {
        let patient = try await demo.act(as: entry.patient, .patient)
        var kinds = SubmissionRule.consents(for: entry.lane)
        if entry.treatingClinician != nil { kinds.append(.treatingClinician) }
        for kind in kinds {
            _ = try await cases.consents.give(
                ConsentDraft(kind: kind, wording: "\(kind.rawValue).2026-01"), for: id, by: patient, in: demo.tx)
        }
        _ = try await cases.lifecycle.submit(id, by: patient, in: demo.tx)
    }

    /// The treating clinician has accepted their invitation. It is written here, because its token is in a mail alone.
    private func addTreatingClinician(of entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction) async throws {
        guard let clinician = file.treatingClinicians.first(where: { $0.key == entry.treatingClinician }) else {
            throw DemoFault("\(entry.key) names a treating clinician whom the file does not have")
        }
        let patient = try await demo.act(as: entry.patient, .patient)
        let account = AccountID(demo: "account", clinician.key)
        let invitation = InvitationID(demo: "invitation", entry.key)
        let email = try await vault.caseKey(id, in: demo.tx).seal(
            Array(clinician.email.utf8), as: RowIdentity("invitation.email", invitation))
        try await demo.tx.execute(
            """
            INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults, state,
                invited_by, accepted_by, expires_at)
            VALUES (\(invitation), \(id), \(Vault.digest(secret: Vault.newToken(), for: .invitation)), \(email), true, true,
                \(entry.lane == .peerToPeer), 'accepted', \(patient.account), \(account),
                clock_timestamp() + interval '14 days')
            """)
        try await demo.tx.execute(
            "INSERT INTO case_part (case_id, account_id, part) VALUES (\(id), \(account), 'treating_clinician')")
    }

    private func complete(_ id: CaseID, in demo: DemoTransaction) async throws {
        let coordinator = try await actAsCoordinator(in: demo)
        let task = try await demo.tx.first(
            "SELECT id FROM task WHERE case_id = \(id) AND kind = 'complete_case' AND state = 'open'")
        guard let task = try task?.decode(TaskID.self) else { throw DemoFault("a submitted case has no task") }
        _ = try await cases.worklist.done(task, by: coordinator, in: demo.tx)
    }

    private func offer(_ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction) async throws {
        let coordinator = try await actAsCoordinator(in: demo)
        let match = try await matching.makeMatch(for: id, by: coordinator, in: demo.tx)
        let specialist = entry.specialist.map { AccountID(demo: "account", $0) }
        do {
            _ = try await matching.makeOffer(
                OfferRequest(match: match.id, specialist: specialist), for: id, by: coordinator, in: demo.tx)
        } catch MatchingRefusal.notOnMenu {
            throw DemoFault("\(entry.key): its specialist is not on the menu that the rules make")
        }
    }

    private func accept(_ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction) async throws {
        guard let key = entry.specialist else { throw DemoFault("\(entry.key) names no specialist") }
        let specialist = try await demo.act(as: key, .specialist)
        let offer = try await demo.tx.first("SELECT id FROM offer WHERE case_id = \(id) AND state = 'waiting'")
        guard let offer = try offer?.decode(OfferID.self) else { throw DemoFault("\(entry.key) has no offer") }
        _ = try await matching.accept(offer, by: specialist, in: demo.tx)
    }

    func actAsCoordinator(in demo: DemoTransaction) async throws -> Caller {
        guard let person = file.staff.first(where: { $0.role == .coordinator }) else {
            throw DemoFault("the file has no coordinator")
        }
        return try await demo.act(as: person.key, .coordinator)
    }

    /// The case was opened as many days ago as the file says.
    private func backdate(_ entry: DemoFile.Case, _ id: CaseID, in tx: Transaction) async throws {
        try await tx.execute(
            """
            UPDATE clinical_case SET created_at = clock_timestamp() + make_interval(days => \(Int32(entry.openedInDays))),
                submitted_at = submitted_at + make_interval(days => \(Int32(entry.openedInDays)))
            WHERE id = \(id)
            """)
    }
}

/// How far a case goes on its way.
private struct CaseProgress {
    let state: CaseState
    private static let order: [CaseState] = [
        .draft, .submitted, .collecting, .ready, .offered, .accepted, .reviewing, .opined, .delivered, .followUp,
        .closed,
    ]

    func reaches(_ milestone: CaseState) -> Bool {
        guard let here = CaseProgress.order.firstIndex(of: state),
            let there = CaseProgress.order.firstIndex(of: milestone)
        else {
            return false
        }
        return here >= there
    }
}
