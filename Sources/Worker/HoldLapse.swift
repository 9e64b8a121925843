import Clinic
import Postgres

/// Sets holds whose time is over to lapsed. Nothing depends on it: their range is free from that instant on. It only changes
/// the state that is shown.
struct HoldLapse: Sendable {
    let database: Database

    private struct People: Hashable {
        let party: AccountID
        let specialists: [AccountID]
    }

    /// - Returns: how many lapsed.
    func run(limit: Int = 100) async throws -> Int {
        let due = try await database.withTransaction(as: .nobody) { tx in try await Self.due(limit, in: tx) }
        var count = 0
        for people in Set(due) {
            count += try await database.withTransaction(as: .nobody) { tx in
                let locks = CalendarLocks(party: people.party, specialists: people.specialists, in: tx)
                guard try await locks.areHeld() else { return 0 }
                return try await tx.first("SELECT consilium.lapse_holds(\([people.party] + people.specialists))")?
                    .decode(Int.self) ?? 0
            }
        }
        return count
    }

    private static func due(_ limit: Int, in tx: Transaction) async throws -> [People] {
        try await tx.query(
            """
            SELECT party_id, specialist_id || colleagues FROM consilium.hold
            WHERE state = 'active' AND expires_at <= now() ORDER BY expires_at LIMIT \(limit)
            """
        ).map { row in
            let (party, specialists) = try row.decode(AccountID.self, [AccountID].self)
            return People(party: party, specialists: specialists)
        }
    }
}
