package import Clinic
import FoundationEssentials
package import Postgres
import Vault

/// Opens, reads and edits cases.
package struct CaseStore: Sendable {
    let vault: Vault

    /// Opens a case as a draft, with its key, for the caller or for a patient for whom they act. From then on the
    /// patient and their caregivers have parts in it.
    /// - Parameter id: the case's, where the caller derives it from something else.
    /// - Throws: `FieldRefusal`; `CaseRefusal.quota`.
    package func open(
        _ draft: CaseDraft, as id: CaseID = .random(), by caller: Caller, in tx: Transaction
    ) async throws -> CaseView {
        try IntakeRule.check(reason: draft.reason, intake: draft.intake, questions: draft.questions)
        let patient = draft.patient ?? caller.account
        let inserted = try await CaseQuota.held {
            try await tx.execute(insertCase(id, of: patient, draft.lane, blinded: draft.blinded ?? true))
        }
        guard inserted == 1 else {
            throw FieldRefusal("/patient", rule: "not_yours", "must be yourself or a patient for whom you act")
        }
        try await ConditionCodes.check(draft.intake ?? [], in: tx)
        try await tx.execute(openParts(id))
        let key = try await vault.createCaseKey(id, in: tx)
        // The key's row refers to the case, so the reason is sealed in a second step.
        try await tx.execute(try setReason(of: id, to: draft.reason ?? "", with: key))
        let intake = Intake(caseID: id, key: key)
        try await intake.replace(with: draft.intake ?? [], in: tx)
        try await intake.replace(with: draft.questions ?? [], in: tx)
        return try await read(id, by: caller, in: tx)
    }

    /// A case as the caller's part lets them read it.
    /// - Throws: `CaseRefusal.notFound`.
    package func read(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws -> CaseView {
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        guard let row = try await tx.first(selectCase(id)) else { throw CaseRefusal.notFound }
        let key = try await vault.caseKey(id, in: tx)
        let intake = access.readsCase ? try await Intake(caseID: id, key: key).read(in: tx) : nil
        return CaseView(
            id: id, state: access.state, lane: access.lane, blinded: access.blinded,
            jurisdiction: try row.decode("jurisdiction"), language: try row.decode("language"), part: access.part,
            reason: try CaseReason.open(row.decode("reason"), of: id, with: key),
            patient: access.part == .candidate ? nil : access.patient, specialist: try row.decode("specialist_id"),
            intake: intake?.parts, questions: intake?.questions, withheld: try await withheld(from: access, in: tx),
            unableReason: try row.decode("unable_reason"), version: try row.decode("version"),
            createdAt: try row.decode("created_at"), submittedAt: try row.decode("submitted_at"),
            endedAt: try row.decode("ended_at"))
    }

    /// The caller's cases, the latest first.
    /// - Parameters:
    ///   - limit: how many, at most 200.
    ///   - after: `next` of the list before.
    package func list(
        limit: Int, after: CaseID? = nil, by caller: Caller, in tx: Transaction
    ) async throws -> CaseList {
        let (rows, hasMore) = try await tx.page(limit) { selectCases(of: caller.account, before: after, limit: $0) }
        let ids: [CaseID] = try rows.map { try $0.decode("id") }
        let keys = try await vault.caseKeys(ids, in: tx)
        let cases = try zip(ids, rows).compactMap { id, row -> CaseSummary? in
            // A case whose key was destroyed cannot be read: only its id is left.
            guard let key = keys[id] else { return nil }
            return CaseSummary(
                id: id, state: try row.decode("state"), lane: try row.decode("lane"),
                blinded: try row.decode("blinded"), part: try row.decode("part"),
                reason: try CaseReason.open(row.decode("reason"), of: id, with: key),
                specialist: try row.decode("specialist_id"), createdAt: try row.decode("created_at"))
        }
        return CaseList(cases: cases, next: hasMore ? ids.last?.description : nil)
    }

    /// Changes a draft.
    /// - Parameter expected: the version that the caller read.
    /// - Throws: `FieldRefusal`, `CaseRefusal`.
    package func edit(
        _ id: CaseID, _ edit: CaseEdit, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> CaseView {
        try IntakeRule.check(reason: edit.reason, intake: edit.intake, questions: edit.questions)
        let access = try await CaseAccess.lock(id, for: .edit, by: caller, in: tx)
        try expected.check(access.version)
        try await ConditionCodes.check(edit.intake ?? [], in: tx)
        let key = try await vault.caseKey(id, in: tx)
        if let reason = edit.reason { try await tx.execute(try setReason(of: id, to: reason, with: key)) }
        let intake = Intake(caseID: id, key: key)
        if let parts = edit.intake { try await intake.replace(with: parts, in: tx) }
        if let questions = edit.questions { try await intake.replace(with: questions, in: tx) }
        try await tx.execute(
            change(id, lane: edit.lane ?? access.lane, blinded: edit.blinded ?? access.blinded))
        if let lane = edit.lane { try await endConsulting(access, unlessFor: lane, in: tx) }
        return try await read(id, by: caller, in: tx)
    }

    /// Corrects the lane of a submitted case that was offered to nobody yet. The patient's residence is read again,
    /// because it decides the licence. When a case leaves the peer-to-peer lane, the part of the clinician who was to
    /// consult ends.
    /// - Parameter expected: the version that the caller read.
    /// - Throws: `CaseRefusal`, also `.consentMissing` for what the new lane needs.
    package func changeLane(
        _ id: CaseID, to lane: Lane, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> CaseView {
        let access = try await CaseAccess.lock(id, for: .changeLane, by: caller, in: tx)
        try expected.check(access.version)
        try await Consents.require(SubmissionRule.consents(for: lane), for: id, in: tx)
        try await tx.execute(setLane(access, lane))
        try await endConsulting(access, unlessFor: lane, in: tx)
        return try await read(id, by: caller, in: tx)
    }

    /// Outside of the peer-to-peer lane no clinician consults with the specialist.
    private func endConsulting(_ access: CaseAccess, unlessFor lane: Lane, in tx: Transaction) async throws {
        guard access.lane == .peerToPeer, lane != .peerToPeer else { return }
        try await Invitations.endAll(of: access.caseID, onlyConsulting: true, in: tx)
    }

    private func withheld(from access: CaseAccess, in tx: Transaction) async throws -> CaseView.Withheld? {
        guard access.readsCase, !access.seesPrior, let row = try await tx.first(countWithheld(access.caseID)) else {
            return nil
        }
        let (parts, records) = try row.decode(Int?.self, Int?.self)
        guard let parts, let records else { return nil }
        return CaseView.Withheld(intakeParts: parts, records: records)
    }
}

/// The sealed reason for review.
enum CaseReason {
    static func open(_ sealed: [UInt8], of id: CaseID, with key: DataKey) throws -> String {
        try key.openText(sealed, as: identity(id))
    }

    static func seal(_ reason: String, of id: CaseID, with key: DataKey) throws -> [UInt8] {
        try key.seal(text: reason, as: identity(id))
    }

    private static func identity(_ id: CaseID) -> RowIdentity { RowIdentity("clinical_case.reason", id.rawValue) }
}

extension CaseStore {
    /// The patient's residence is copied, here and at submission: it decides the licence.
    private func insertCase(_ id: CaseID, of patient: AccountID, _ lane: Lane, blinded: Bool) -> SQL {
        """
        INSERT INTO consilium.clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
        SELECT \(id), \(patient), 'draft', \(blinded), \(lane), r.jurisdiction, r.language, ''
        FROM consilium.residence(\(patient)) r WHERE r.jurisdiction IS NOT NULL
        """
    }

    private func openParts(_ id: CaseID) -> SQL {
        "SELECT consilium.open_parts(\(id))"
    }

    private func setReason(of id: CaseID, to reason: String, with key: DataKey) throws -> SQL {
        "UPDATE consilium.clinical_case SET reason = \(try CaseReason.seal(reason, of: id, with: key)) WHERE id = \(id)"
    }

    private func change(_ id: CaseID, lane: Lane, blinded: Bool) -> SQL {
        """
        UPDATE consilium.clinical_case SET lane = \(lane), blinded = \(blinded), version = version + 1
        WHERE id = \(id)
        """
    }

    private func setLane(_ access: CaseAccess, _ lane: Lane) -> SQL {
        """
        UPDATE consilium.clinical_case c SET lane = \(lane), jurisdiction = r.jurisdiction, version = version + 1
        FROM consilium.residence(\(access.patient)) r WHERE c.id = \(access.caseID)
        """
    }

    private func selectCase(_ id: CaseID) -> SQL {
        """
        SELECT c.jurisdiction, c.language, c.reason, c.specialist_id, c.unable_reason, c.version, c.created_at,
            c.submitted_at, c.ended_at
        FROM consilium.clinical_case c WHERE c.id = \(id)
        """
    }

    private func selectCases(of account: AccountID, before: CaseID?, limit: Int) -> SQL {
        """
        SELECT c.id, c.state, c.lane, c.blinded, p.part, c.reason, c.specialist_id, c.created_at
        FROM consilium.case_part p JOIN consilium.clinical_case c ON c.id = p.case_id
        WHERE p.account_id = \(account) AND p.until IS NULL AND (\(before)::uuid IS NULL OR c.id < \(before))
        ORDER BY c.id DESC LIMIT \(limit)
        """
    }

    private func countWithheld(_ id: CaseID) -> SQL {
        "SELECT w.intake_parts, w.records FROM consilium.withheld(\(id)) w"
    }
}
