package import Clinic
package import Postgres

extension Outbox {
    /// Adds a notice to everybody who has one of these parts in a case, or had it until this transaction ended it, also to
    /// those whom the caller may not see.
    /// - Parameter seeingPrior: only those who may see what reveals the earlier opinion.
    package func tell(
        _ template: Notice.Template, _ parts: Set<CasePart>, of id: CaseID, seeingPrior: Bool = false,
        except: AccountID? = nil, in tx: Transaction
    ) async throws {
        let people = try await tx.query(
            "SELECT person FROM consilium.people_of(\(id), \(parts.map(\.rawValue).sorted()), \(seeingPrior)) person")
        for row in people {
            let person = try row.decode(AccountID.self)
            if person != except { try await enqueue(Notice(to: .account(person), template), in: tx) }
        }
    }
}
