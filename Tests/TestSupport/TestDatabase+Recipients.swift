package import Clinic
import Postgres

extension TestDatabase {
    /// Whom a notice about a case was enqueued for, by their parts in it.
    /// - Parameter template: its name in the job's payload, as `caseSubmitted`.
    package func parts(told template: String, of id: CaseID) async throws -> Set<CasePart> {
        let rows = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT p.part FROM consilium.job j JOIN consilium.case_part p ON p.case_id = \(id)
                    AND p.account_id = (j.payload -> 'recipient' -> 'account' ->> '_0')::uuid
                WHERE j.kind = 'notice' AND j.payload -> 'template' -> \(template) ->> '_0' = \(id.description)
                """)
        }
        return Set(try rows.map { try $0.decode(CasePart.self) })
    }
}
