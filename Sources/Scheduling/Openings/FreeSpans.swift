package import Clinic
package import FoundationEssentials
package import Postgres

/// The stored index of free time. The database's triggers keep it, the worker moves it on, and operators check and rebuild
/// it. It only says where to look for the soonest of many specialists; what can be booked is always computed.
package struct FreeSpans: Sendable {
    private let database: Database

    /// - Parameter database: as `consilium_worker`.
    package init(database: Database) {
        self.database = database
    }

    /// Free time that is stored and should not be, or that should be and is not.
    package struct Difference: Sendable, Hashable, CustomStringConvertible {
        package let specialist: AccountID
        /// The visit type whose hours they are; `any` for all types without hours of their own.
        package let hours: String
        package let startsAt: Date
        package let endsAt: Date
        package let isStored: Bool

        package var description: String {
            let verdict = isStored ? "stored, and not free" : "free, and not stored"
            return "\(specialist) \(hours) \(startsAt.ISO8601Format())/\(endsAt.ISO8601Format()): \(verdict)"
        }
    }

    /// A page of the specialists who are in the index, by id.
    package func specialists(after last: AccountID?, limit: Int = 500) async throws -> [AccountID] {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT specialist_id FROM consilium.free_horizon
                WHERE \(last)::uuid IS NULL OR specialist_id > \(last) ORDER BY specialist_id LIMIT \(limit)
                """
            ).map { try $0.decode(AccountID.self) }
        }
    }

    /// The differences between one specialist's part of the index and the computed truth, at one instant.
    package func differences(of specialist: AccountID) async throws -> [Difference] {
        try await database.withTransaction(as: .nobody) { tx in
            try await tx.query(
                "SELECT hours, starts_at, ends_at, is_stored FROM consilium.check_free_spans(\(specialist))"
            ).map { row in
                let (hours, starts, ends, isStored) = try row.decode(String.self, Date.self, Date.self, Bool.self)
                return Difference(
                    specialist: specialist, hours: hours, startsAt: starts, endsAt: ends, isStored: isStored)
            }
        }
    }

    /// Writes one specialist's part anew, under the lock of their calendar.
    package func rebuild(_ specialist: AccountID) async throws {
        try await change(specialist, "SELECT consilium.rebuild_free_spans(\(specialist))")
    }

    /// Moves the index on for specialists whose part does not reach as far ahead as can be booked.
    /// - Returns: for how many.
    package func roll(limit: Int = 100) async throws -> Int {
        let due = try await database.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT specialist_id FROM consilium.free_horizon
                WHERE until < clock_timestamp()::date + consilium.free_days() ORDER BY until LIMIT \(limit)
                """
            ).map { try $0.decode(AccountID.self) }
        }
        for specialist in due {
            try await change(specialist, "SELECT consilium.roll_free_spans(\(specialist))")
        }
        return due.count
    }

    private func change(_ specialist: AccountID, _ sql: SQL) async throws {
        try await database.withTransaction(as: .nobody) { tx in
            guard try await CalendarLocks(of: [specialist], in: tx).areHeld() else { return }
            try await tx.execute(sql)
        }
    }
}
