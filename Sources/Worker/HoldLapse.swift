import Clinic
import Postgres

/// Lets holds lapse whose time is over. Nothing waits for it, for a range counts as free from that instant on; it ends
/// the hold's state, so that whoever looks at the hold sees so.
struct HoldLapse: Sendable {
    let database: Database

    private struct Pair: Hashable {
        let party: AccountID
        let specialist: AccountID
    }

    /// Returns how many lapsed.
    func run(limit: Int = 100) async throws -> Int {
        let due = try await database.withTransaction(as: .nobody) { tx in try await Self.due(limit, in: tx) }
        var count = 0
        for pair in Set(due) {
            count += try await database.withTransaction(as: .nobody) { tx in
                // The lock order of the house: the party's calendar, then the specialist's.
                guard try await Self.lock(pair.party, in: tx), try await Self.lock(pair.specialist, in: tx) else {
                    return 0
                }
                return try await tx.first("SELECT consilium.lapse_holds(\([pair.party, pair.specialist]))")?
                    .decode(Int.self) ?? 0
            }
        }
        return count
    }

    private static func due(_ limit: Int, in tx: Transaction) async throws -> [Pair] {
        try await tx.query(
            """
            SELECT party_id, specialist_id FROM consilium.hold
            WHERE state = 'active' AND expires_at <= now() ORDER BY expires_at LIMIT \(limit)
            """
        ).map { row in
            let (party, specialist) = try row.decode(AccountID.self, AccountID.self)
            return Pair(party: party, specialist: specialist)
        }
    }

    private static func lock(_ person: AccountID, in tx: Transaction) async throws -> Bool {
        try await tx.first(
            "SELECT true FROM consilium.calendar WHERE person_id = \(person) FOR NO KEY UPDATE") != nil
    }
}
