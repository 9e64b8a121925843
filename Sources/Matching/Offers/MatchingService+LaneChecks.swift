import Clinic
import Postgres

extension MatchingService {
    /// The lane of a case with a specialist, now.
    func laneCheck(
        of specialist: AccountID, in caseID: CaseID, in tx: Transaction
    ) async throws -> LaneCheck {
        let consult: SQL = """
            (SELECT \(caseID)::uuid AS case_id, \(specialist)::uuid AS specialist_id,
                (SELECT p.account_id FROM consilium.case_part p
                    WHERE p.case_id = \(caseID) AND p.part = 'treating_clinician' AND p.reads_case AND p.until IS NULL
                    ORDER BY p.since LIMIT 1) AS party_id,
                clock_timestamp() AS at)
            """
        guard let row = try await tx.first(LaneFacts.read(of: consult)) else { throw MatchingRefusal.notFound }
        return LaneCheck(try LaneFacts(row), at: .match)
    }
}
