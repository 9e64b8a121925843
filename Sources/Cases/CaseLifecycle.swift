package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import Vault

/// The moves of a case that people make: submit, withdraw, declare unable, close.
package struct CaseLifecycle: Sendable {
    let vault: Vault
    let outbox: Outbox

    /// Hands a draft to the coordinators, with a task to complete it and one for each record that is asked for.
    /// - Throws: `CaseRefusal.incomplete` with all that is missing, and the common ones.
    package func submit(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws -> CaseState {
        let access = try await CaseAccess.lock(id, for: .submit, by: caller, in: tx)
        try await checkComplete(access, in: tx)
        try await tx.execute(submitCase(access))
        let tasks = Worklist()
        let asked = try await tx.query(askedRecords(id)).map { try $0.decode(RecordID.self) }
        if !asked.isEmpty { try await tx.execute(collect(id)) }
        try await tasks.open(.completeCase, of: id, in: tx)
        for record in asked {
            try await tasks.open(.chaseRecord, of: id, about: SubjectID(rawValue: record.rawValue), in: tx)
        }
        try await outbox.tell(.caseSubmitted(id), [.patient, .caregiver, .coordinator], of: id, in: tx)
        return asked.isEmpty ? .submitted : .collecting
    }

    /// Ends a case because the patient wants it. Its holds, appointments and offers are released, and only the
    /// patient's side and the coordinators can still read it.
    package func withdraw(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws {
        try await end(id, as: .withdrawn, for: .withdraw, by: caller, in: tx)
    }

    /// Ends a case for which no opinion can be given, with the reason as a code.
    package func declareUnable(
        _ id: CaseID, because reason: UnableReason, by caller: Caller, in tx: Transaction
    ) async throws {
        try await end(id, as: .unable, because: reason, for: .declareUnable, by: caller, in: tx)
    }

    /// Closes a delivered case. The registry gets its codes; the advice is `unknown` if nobody recorded an outcome.
    /// Closing a closed case changes nothing.
    package func close(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws {
        let access = try await CaseAccess.look(id, by: caller, in: tx)
        if access.state == .closed, CasePermission.close.parts.contains(access.part) { return }
        _ = try await CaseAccess.lock(id, for: .close, by: caller, in: tx)
        try await Outcomes(vault: vault).close(id, in: tx)
    }

    private func checkComplete(_ access: CaseAccess, in tx: Transaction) async throws {
        let id = access.caseID
        let reason = tx.enqueue(selectReason(id))
        let given = Set(try await Consents.inForce(for: id, in: tx))
        guard let sealed = try await reason.first()?.decode([UInt8].self) else { throw CaseRefusal.notFound }
        let key = try await vault.caseKey(id, in: tx)
        let missing = SubmissionRule.missing(
            reason: try CaseReason.open(sealed, of: id, with: key),
            condition: try await ConditionCodes.stated(in: Intake(caseID: id, key: key), in: tx),
            sex: try await sexOfPatient(id, in: tx), lane: access.lane,
            consents: given)
        guard missing.isEmpty else { throw CaseRefusal.incomplete(missing) }
    }

    private func sexOfPatient(_ id: CaseID, in tx: Transaction) async throws -> Sex? {
        guard let row = try await tx.first(selectBirth(id)) else { return nil }
        let (patient, sealed) = try row.decode(AccountID.self, [UInt8].self)
        return try await vault.personKey(patient, in: tx)
            .open(sealed, json: Birth.self, as: .accountParticular(.birth, of: patient)).sex
    }

    private func selectBirth(_ id: CaseID) -> SQL {
        """
        SELECT p.account_id, p.sealed FROM consilium.clinical_case c
        JOIN consilium.account_particular p ON p.account_id = c.patient_id AND p.kind = 'birth' WHERE c.id = \(id)
        """
    }

    private func end(
        _ id: CaseID, as state: CaseState, because reason: UnableReason? = nil, for act: CasePermission,
        by caller: Caller,
        in tx: Transaction
    ) async throws {
        // Calendars are locked before the case; permission is checked again under the case's lock.
        _ = try await CaseAccess.check(id, for: act, by: caller, in: tx)
        let booked = try await tx.query(bookedPeople(id)).map { try $0.decode(AppointmentID.self, AccountID.self) }
        try await tx.execute(release(id))
        _ = try await CaseAccess.lock(id, for: act, by: caller, in: tx)
        try await tx.execute(endCase(id, as: state, because: reason))
        for (appointment, person) in booked {
            try await outbox.tell(.appointmentCancelled(appointment), to: [person], in: tx)
        }
        try await tx.execute(endParts(id))
        try await outbox.tell(.caseEnded(id), Set(CasePart.allCases), of: id, except: caller.account, in: tx)
    }
}

extension CaseLifecycle {
    private func selectReason(_ id: CaseID) -> SQL {
        "SELECT c.reason FROM consilium.clinical_case c WHERE c.id = \(id)"
    }

    private func submitCase(_ access: CaseAccess) -> SQL {
        """
        UPDATE consilium.clinical_case c
        SET state = 'submitted', submitted_at = clock_timestamp(), version = version + 1,
            jurisdiction = r.jurisdiction, language = r.language
        FROM consilium.residence(\(access.patient)) r WHERE c.id = \(access.caseID)
        """
    }

    private func askedRecords(_ id: CaseID) -> SQL {
        "SELECT r.id FROM consilium.record r WHERE r.case_id = \(id) AND r.state = 'asked' ORDER BY r.id"
    }

    private func collect(_ id: CaseID) -> SQL {
        "UPDATE consilium.clinical_case SET state = 'collecting', version = version + 1 WHERE id = \(id)"
    }

    private func bookedPeople(_ id: CaseID) -> SQL {
        """
        SELECT a.id, person FROM consilium.appointment a, unnest(consilium.consult_people(a)) person
        WHERE a.case_id = \(id) AND a.state IN ('booked', 'checked_in') ORDER BY a.id, person
        """
    }

    private func release(_ id: CaseID) -> SQL {
        "SELECT consilium.release_case(\(id))"
    }

    private func endCase(_ id: CaseID, as state: CaseState, because reason: UnableReason?) -> SQL {
        """
        UPDATE consilium.clinical_case
        SET state = \(state), unable_reason = \(reason), ended_at = clock_timestamp(), version = version + 1
        WHERE id = \(id)
        """
    }

    private func endParts(_ id: CaseID) -> SQL {
        """
        UPDATE consilium.case_part SET until = clock_timestamp()
        WHERE case_id = \(id) AND part IN ('candidate', 'specialist', 'colleague', 'treating_clinician') AND until IS NULL
        """
    }
}
