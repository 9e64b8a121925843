package import Clinic
import FoundationEssentials
package import Postgres

/// What a person's part lets her do in a case right now: what every service asks first. The database's policies are
/// the second wall behind it.
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
    /// - Throws: `CaseRefusal.notFound` when she has no part in it.
    package static func look(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws -> CaseAccess {
        guard let row = try await tx.first(partIn(id, of: caller.account)) else { throw CaseRefusal.notFound }
        return try CaseAccess(id, caller.account, row)
    }

    /// As `look`, after the case was locked, for an act that changes it.
    /// - Throws: `CaseRefusal.notFound`, `.notYourPart`, `.wrongState`.
    package static func lock(
        _ id: CaseID, for act: CasePermission, by caller: Caller, in tx: Transaction
    ) async throws -> CaseAccess {
        let locked = tx.enqueue(lockCase(id))
        let access = try await look(id, by: caller, in: tx)
        try act.check(access)
        // A part that may not change the case locks no row: the act's table and the policy would disagree.
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

    package init(
        caseID: CaseID, account: AccountID, part: CasePart, readsCase: Bool = true, seesPrior: Bool = true,
        readsOpinion: Bool = true, state: CaseState, blinded: Bool = true, lane: Lane = .licensed, version: Int = 1,
        patient: AccountID, wasAccepted: Bool = false
    ) {
        self.caseID = caseID
        self.account = account
        self.part = part
        self.readsCase = readsCase
        self.seesPrior = seesPrior
        self.readsOpinion = readsOpinion
        self.state = state
        self.blinded = blinded
        self.lane = lane
        self.version = version
        self.patient = patient
        self.wasAccepted = wasAccepted
    }

    private init(_ id: CaseID, _ account: AccountID, _ row: Row) throws {
        let (part, readsCase, seesPrior, readsOpinion, state, blinded, lane, version, patient, wasAccepted) =
            try row.decode(
                CasePart.self, Bool.self, Bool.self, Bool.self, CaseState.self, Bool.self, Lane.self, Int.self,
                AccountID.self, Bool.self)
        self.init(
            caseID: id, account: account, part: part, readsCase: readsCase, seesPrior: seesPrior,
            readsOpinion: readsOpinion, state: state, blinded: blinded, lane: lane, version: version, patient: patient,
            wasAccepted: wasAccepted)
    }

    private static func partIn(_ id: CaseID, of account: AccountID) -> SQL {
        """
        SELECT p.part, p.reads_case, p.sees_prior, p.reads_opinion, c.state, c.blinded, c.lane, c.version,
            c.patient_id, c.first_accepted_at IS NOT NULL
        FROM consilium.clinical_case c, LATERAL (
            SELECT m.part::text, m.reads_case, m.sees_prior, m.reads_opinion FROM consilium.case_part m
            WHERE m.case_id = c.id AND m.account_id = \(account) AND m.until IS NULL
            UNION ALL
            -- Without a part, for the hour of an emergency access.
            SELECT 'emergency', true, true, true WHERE c.id IN (SELECT consilium.emergency_cases())
            LIMIT 1) p
        WHERE c.id = \(id)
        """
    }

    /// Locks the case alone, for what is done to its records: a treating clinician's too, who may not change it.
    /// - Throws: `CaseRefusal.notYourPart` for anybody else.
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
