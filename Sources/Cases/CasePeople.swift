import Clinic
import Outbox
import Postgres

/// Telling the people of a case.
enum CasePeople {
    /// Enqueues a notice for everyone who has one of these parts now.
    static func tell(
        _ template: Notice.Template, _ parts: Set<CasePart>, of id: CaseID, except: AccountID? = nil,
        by outbox: Outbox, in tx: Transaction
    ) async throws {
        for row in try await tx.query(people(of: id, parts.map(\.rawValue))) {
            let account = try row.decode(AccountID.self)
            if account != except { try await outbox.enqueue(Notice(to: .account(account), template), in: tx) }
        }
    }

    private static func people(of id: CaseID, _ parts: [String]) -> SQL {
        """
        SELECT p.account_id FROM consilium.case_part p
        WHERE p.case_id = \(id) AND p.part = ANY (\(parts)) AND p.until IS NULL ORDER BY p.account_id
        """
    }
}
