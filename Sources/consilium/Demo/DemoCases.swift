import Cases
import Clinic
import Crypto
import Foundation
import Matching
import Outbox
import Postgres
import Scheduling
import Vault

/// The demo's cases, each played through the services by the people in it, as far as its state says.
struct DemoCases {
    let file: DemoFile
    let vault: Vault
    let outbox: Outbox
    let matching: Matching
    let scheduler: Scheduler
    let thread: DemoThread

    /// Whether the case is new.
    func load(_ entry: DemoFile.Case, on stage: DemoStage) async throws -> Bool {
        let id = CaseID(demo: "case", entry.key)
        guard try await stage.tx.first("SELECT FROM clinical_case WHERE id = \(id)") == nil else { return false }
        let acts = Acts(state: entry.state)
        try await open(entry, id, on: stage)
        if acts.reaches(.submitted) { try await submit(entry, id, on: stage) }
        if entry.treatingClinician != nil { try await bringClinician(of: entry, id, on: stage) }
        if acts.reaches(.ready) { try await complete(id, on: stage) }
        if acts.reaches(.offered) { try await offer(entry, id, on: stage) }
        if acts.reaches(.accepted) { try await accept(entry, id, on: stage) }
        if let appointment = entry.appointment { try await meet(appointment, entry, id, on: stage) }
        if entry.opinion != nil { try await DemoOpinion(vault: vault, outbox: outbox).write(entry, id, on: stage) }
        try await thread.post(entry, id, on: stage)
        try await stage.leave()
        try await backdate(entry, id, in: stage.tx)
        return true
    }

    private func open(_ entry: DemoFile.Case, _ id: CaseID, on stage: DemoStage) async throws {
        let patient = try await stage.enter(entry.patient, .patient)
        let parts = entry.intake.filter { $0.kind != .question }.map { IntakePartDraft($0.kind, $0.text) }
        let title = try await stage.tx.first("SELECT title FROM condition WHERE code = \(entry.conditionCode)")
        let condition = IntakePartDraft(
            .condition, try title?.decode(String.self) ?? entry.conditionCode, code: entry.conditionCode)
        let draft = CaseDraft(
            lane: entry.lane, blinded: entry.blinded, reason: entry.reason, intake: [condition] + parts,
            questions: entry.intake.filter { $0.kind == .question }.map { QuestionDraft($0.text) })
        _ = try await CaseStore(vault: vault).open(draft, as: id, by: patient, in: stage.tx)
        // Of a case that was just submitted the coordinators have still to ask for the records.
        guard entry.state != .submitted else { return }
        let records = Records(vault: vault, outbox: outbox)
        for record in entry.records {
            let added = try await records.add(
                RecordDraft(kind: record.kind, title: record.title), to: id, by: patient, in: stage.tx)
            switch record.state {
            case "received": try await upload(record, to: added.id, of: id, by: patient, in: stage.tx)
            case "waived":
                _ = try await records.edit(
                    added.id, of: id, RecordEdit(state: .waived), expecting: ExpectedVersion(added.version),
                    by: patient, in: stage.tx)
            default: break
            }
        }
    }

    private func upload(
        _ record: DemoFile.Record, to recordID: RecordID, of id: CaseID, by patient: Caller, in tx: Transaction
    ) async throws {
        let bytes = Array(record.text.utf8)
        let digest = SHA256.hash(data: bytes).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        let uploads = Uploads(vault: vault, outbox: outbox)
        let file = try await uploads.announce(
            FileDraft(
                name: "\(record.kind.rawValue).txt", mediaType: "text/plain", length: bytes.count, sha256: digest),
            for: recordID, of: id, by: patient, in: tx)
        _ = try await uploads.append(bytes, at: 0, to: file.id, of: recordID, in: id, by: patient, in: tx)
        guard try await uploads.finish(file.id, of: recordID, in: id, by: patient, in: tx) else {
            throw DemoFault("a file of \(record.kind.rawValue) is damaged")
        }
    }

    private func submit(_ entry: DemoFile.Case, _ id: CaseID, on stage: DemoStage) async throws {
        let patient = try await stage.enter(entry.patient, .patient)
        var kinds = SubmissionRule.consents(for: entry.lane)
        if entry.treatingClinician != nil { kinds.append(.treatingClinician) }
        for kind in kinds {
            _ = try await Consents(outbox: outbox).give(
                ConsentDraft(kind: kind, wording: "\(kind.rawValue).2026-01"), for: id, by: patient, in: stage.tx)
        }
        _ = try await CaseLifecycle(vault: vault, outbox: outbox).submit(id, by: patient, in: stage.tx)
    }

    /// The treating clinician has accepted her invitation. It is written here, because its token is in a mail alone.
    private func bringClinician(of entry: DemoFile.Case, _ id: CaseID, on stage: DemoStage) async throws {
        guard let clinician = file.treatingClinicians.first(where: { $0.key == entry.treatingClinician }) else {
            throw DemoFault("\(entry.key) names a treating clinician whom the file does not have")
        }
        let patient = try await stage.enter(entry.patient, .patient)
        let account = AccountID(demo: "account", clinician.key)
        let invitation = InvitationID(demo: "invitation", entry.key)
        let email = try await vault.caseKey(id, in: stage.tx).seal(
            Array(clinician.email.utf8), as: RowIdentity("invitation.email", invitation))
        try await stage.tx.execute(
            """
            INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults, state,
                invited_by, accepted_by, expires_at)
            VALUES (\(invitation), \(id), \(Vault.digest(secret: Vault.newToken(), for: .invitation)), \(email), true, true,
                \(entry.lane == .peerToPeer), 'accepted', \(patient.account), \(account),
                clock_timestamp() + interval '14 days')
            """)
        try await stage.tx.execute(
            "INSERT INTO case_part (case_id, account_id, part) VALUES (\(id), \(account), 'treating_clinician')")
    }

    private func complete(_ id: CaseID, on stage: DemoStage) async throws {
        let coordinator = try await enterCoordinator(stage)
        let task = try await stage.tx.first(
            "SELECT id FROM task WHERE case_id = \(id) AND kind = 'complete_case' AND state = 'open'")
        guard let task = try task?.decode(TaskID.self) else { throw DemoFault("a submitted case has no task") }
        _ = try await Worklist().done(task, by: coordinator, in: stage.tx)
    }

    private func offer(_ entry: DemoFile.Case, _ id: CaseID, on stage: DemoStage) async throws {
        let coordinator = try await enterCoordinator(stage)
        let match = try await matching.makeMatch(for: id, by: coordinator, in: stage.tx)
        let specialist = entry.specialist.map { AccountID(demo: "account", $0) }
        do {
            _ = try await matching.makeOffer(
                OfferRequest(match: match.id, specialist: specialist), for: id, by: coordinator, in: stage.tx)
        } catch MatchingRefusal.notOnMenu {
            throw DemoFault("\(entry.key): its specialist is not on the menu that the rules make")
        }
    }

    private func accept(_ entry: DemoFile.Case, _ id: CaseID, on stage: DemoStage) async throws {
        guard let key = entry.specialist else { throw DemoFault("\(entry.key) names no specialist") }
        let specialist = try await stage.enter(key, .specialist)
        let offer = try await stage.tx.first("SELECT id FROM offer WHERE case_id = \(id) AND state = 'waiting'")
        guard let offer = try offer?.decode(OfferID.self) else { throw DemoFault("\(entry.key) has no offer") }
        _ = try await matching.accept(offer, by: specialist, in: stage.tx)
    }

    func enterCoordinator(_ stage: DemoStage) async throws -> Caller {
        guard let person = file.staff.first(where: { $0.role == .coordinator }) else {
            throw DemoFault("the file has no coordinator")
        }
        return try await stage.enter(person.key, .coordinator)
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
private struct Acts {
    let state: CaseState
    private static let way: [CaseState] = [
        .draft, .submitted, .collecting, .ready, .offered, .accepted, .reviewing, .opined, .delivered, .followUp,
        .closed,
    ]

    func reaches(_ milestone: CaseState) -> Bool {
        guard let here = Acts.way.firstIndex(of: state), let there = Acts.way.firstIndex(of: milestone) else {
            return false
        }
        return here >= there
    }
}

/// The demo's file says what the programme does not allow.
struct DemoFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
