import Clinic
import FoundationEssentials
package import Postgres

/// How far ahead the dates of the rules are stored, and what extends them as time passes.
package struct AvailabilityHorizon: Sendable {
    /// They are written for so many days ahead. No visit type can be booked more than 365 days ahead.
    package static let days = 430
    /// Once fewer days than this are left, the worker writes those that follow.
    package static let leastDays = 400
    /// For so many days they stay: somewhere it is yesterday, and a consult that began then may not be over.
    static let pastDays = 2

    private let database: Database

    /// - Parameter database: as `consilium_worker`.
    package init(database: Database) {
        self.database = database
    }

    /// From the first stored date to the last, by the database's clock.
    static func window(in tx: Transaction) async throws -> ClosedRange<CivilDate> {
        let today = try await tx.first("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")?.decode(CivilDate.self)
        guard let today, let first = today.adding(days: -pastDays), let last = today.adding(days: days) else {
            throw AvailabilityRefusal.notFound
        }
        return first...last
    }

    /// Writes the following dates for specialists whose horizon is near, and removes those that are past.
    /// - Returns: for how many specialists.
    package func extend(limit: Int = 100) async throws -> Int {
        let due = try await database.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT specialist_id FROM consilium.availability_horizon
                WHERE until < (clock_timestamp() AT TIME ZONE 'UTC')::date + \(Self.leastDays)::integer
                ORDER BY until LIMIT \(limit)
                """
            ).map { try $0.decode(AccountID.self) }
        }
        var failure: (any Error)?
        for specialist in due {
            do {
                try await database.withTransaction(as: .nobody) { tx in try await Self.extend(specialist, in: tx) }
            } catch {
                // One specialist's failure does not stop the others.
                failure = error
            }
        }
        if let failure { throw failure }
        return due.count
    }

    private static func extend(_ specialist: AccountID, in tx: Transaction) async throws {
        // Whoever books the specialist or edits the rules reads the hours under this lock.
        guard try await CalendarLocks(of: [specialist], in: tx).areHeld() else { return }
        let until = try await tx.first(
            "SELECT until FROM consilium.availability_horizon WHERE specialist_id = \(specialist)"
        )?.decode(CivilDate.self)
        let window = try await window(in: tx)
        guard let next = until?.adding(days: 1), next <= window.upperBound else { return }
        let recurrences = try await tx.query(AvailabilitySQL.rules(of: specialist)).map { row in
            let stored = try StoredRule(row)
            return (stored.id, try stored.recurrence)
        }
        _ = tx.enqueue(try RuleDates(recurrences, over: [next...window.upperBound]).insertion)
        _ = tx.enqueue(
            """
            DELETE FROM consilium.availability_date
            WHERE specialist_id = \(specialist) AND on_date < \(window.lowerBound)::text::date
            """)
        try await tx.execute(
            """
            UPDATE consilium.availability_horizon SET until = \(window.upperBound)::text::date
            WHERE specialist_id = \(specialist)
            """)
    }
}
