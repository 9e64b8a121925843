import Clinic
import Postgres

extension MatchingService {
    /// The parts that order a match, read it and choose from it.
    static let patientSide: Set<CasePart> = [.patient, .caregiver, .coordinator]

    /// - Throws: `MatchingRefusal.notFound` without a part, `.notAllowed` with another one.
    func requirePart(
        of caller: Caller, in caseID: CaseID, oneOf parts: Set<CasePart>, in tx: Transaction
    ) async throws {
        let row = try await tx.first(
            """
            SELECT part FROM consilium.case_part
            WHERE case_id = \(caseID) AND account_id = \(caller.account) AND until IS NULL
            """)
        guard let part = try row?.decode(CasePart.self) else { throw MatchingRefusal.notFound }
        guard parts.contains(part) else { throw MatchingRefusal.notAllowed }
    }

    /// Opens an urgent task for the coordinators to find a specialist in another way.
    func askForRescue(of caseID: CaseID, in tx: Transaction) async throws {
        try await tx.execute(
            """
            INSERT INTO consilium.task (id, case_id, kind, state, due_at)
            VALUES (\(TaskID.random()), \(caseID), \(TaskKind.rescueMenu), 'open', clock_timestamp())
            ON CONFLICT DO NOTHING
            """)
    }
}
