package import Clinic
import FoundationEssentials
package import Postgres

/// What a person's part lets them do in a case right now: what every service asks first. Row-level security checks it a
/// second time.
package struct CaseAccess: Sendable, Hashable {
    package let caseID: CaseID
    package let account: AccountID
    package let part: CasePart
    package let readsCase: Bool
    package let seesPrior: Bool
    package let readsOpinion: Bool
    package let state: CaseState
    package let blinded: Bool
    package let lane: Lane
    package let version: Int
    package let patient: AccountID
    /// Whether a specialist ever accepted the case, and so may have read its files.
    package let wasAccepted: Bool

    /// What the caller may do in a case.
    /// - Throws: `CaseRefusal.notFound` when they have no part in it.
    package static func look(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws -> CaseAccess {
        guard let row = try await tx.first(partIn(id, of: caller.account)) else { throw CaseRefusal.notFound }
        return try CaseAccess(id, caller.account, row)
    }

    /// As `look`, with the case locked, for an act that changes it.
    /// - Throws: `CaseRefusal.notFound`, `.notYourPart`, `.wrongState`.
    package static func lock(
        _ id: CaseID, for act: CasePermission, by caller: Caller, in tx: Transaction
    ) async throws -> CaseAccess {
        let locked = tx.enqueue(lockCase(id))
        let access = try await look(id, by: caller, in: tx)
        try act.check(access)
        // A part that may not change the case locks no row: then the act's table and the policy disagree.
        guard try await locked.rows().count == 1 else { throw CaseRefusal.notYourPart }
        return access
    }

    /// As `look`, for an act that leaves the case's own row alone.
    /// - Throws: `CaseRefusal.notFound`, `.notYourPart`, `.wrongState`.
    package static func check(
        _ id: CaseID, for act: CasePermission, by caller: Caller, in tx: Transaction
    ) async throws -> CaseAccess {
        let access = try await look(id, by: caller, in: tx)
        try act.check(access)
        return access
    }

    private static func partIn(_ id: CaseID, of account: AccountID) -> SQL {
        """
        SELECT p.part, p.reads_case, p.sees_prior, p.reads_opinion, c.state, c.blinded, c.lane, c.version,
            c.patient_id, c.first_accepted_at IS NOT NULL AS was_accepted
        FROM consilium.clinical_case c, LATERAL (
            SELECT m.part::text AS part, m.reads_case, m.sees_prior, m.reads_opinion FROM consilium.case_part m
            WHERE m.case_id = c.id AND m.account_id = \(account) AND m.until IS NULL
            UNION ALL
            -- Without a part, during an emergency access.
            SELECT 'emergency', true, true, true WHERE c.id IN (SELECT consilium.emergency_cases())
            LIMIT 1) p
        WHERE c.id = \(id)
        """
    }

    /// Locks the case for a change of its records. A treating clinician, who may not change the case, can do so too.
    /// - Throws: `CaseRefusal.notYourPart` for other parts.
    static func lockForRecords(_ id: CaseID, in tx: Transaction) async throws {
        if try await tx.first(lockCase(id)) != nil { return }
        guard try await tx.first("SELECT consilium.lock_case_for_clinician(\(id))")?.decode(Bool.self) == true else {
            throw CaseRefusal.notYourPart
        }
    }

    private static func lockCase(_ id: CaseID) -> SQL {
        "SELECT c.id FROM consilium.clinical_case c WHERE c.id = \(id) FOR NO KEY UPDATE"
    }
}

extension CaseAccess {
    private init(_ id: CaseID, _ account: AccountID, _ row: Row) throws {
        self.init(
            caseID: id, account: account, part: try row.decode("part"), readsCase: try row.decode("reads_case"),
            seesPrior: try row.decode("sees_prior"), readsOpinion: try row.decode("reads_opinion"),
            state: try row.decode("state"), blinded: try row.decode("blinded"), lane: try row.decode("lane"),
            version: try row.decode("version"), patient: try row.decode("patient_id"),
            wasAccepted: try row.decode("was_accepted"))
    }
}
