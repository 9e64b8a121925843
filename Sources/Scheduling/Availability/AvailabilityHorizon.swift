import Clinic
import FoundationEssentials
import ICalendar
package import Postgres

/// How far ahead the dates of the rules are kept, and what keeps them there as time goes on.
package struct AvailabilityHorizon: Sendable {
    /// So many days ahead they are written. No visit type can be booked further ahead than 365.
    package static let days = 430
    /// Once fewer than so many are left, the worker writes those that follow.
    package static let leastDays = 400
    /// So long they are kept: it is yesterday somewhere, and a consult that began then may not be over.
    static let pastDays = 2

    private let database: Database

    /// - Parameter database: as `consilium_worker`.
    package init(database: Database) {
        self.database = database
    }

    /// From the first date that is kept to the last, by the database's clock.
    static func window(in tx: Transaction) async throws -> ClosedRange<CivilDate> {
        let today = try await tx.first("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")?.decode(CivilDate.self)
        guard let today, let first = today.adding(days: -pastDays), let last = today.adding(days: days) else {
            throw AvailabilityRefusal.notFound
        }
        return first...last
    }

    /// Writes the dates that follow for specialists whose horizon comes near, and removes those that are past.
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
                // One specialist's fault is not the next one's.
                failure = error
            }
        }
        if let failure { throw failure }
        return due.count
    }

    private static func extend(_ specialist: AccountID, in tx: Transaction) async throws {
        // Whoever books her, and she who edits her rules, looks at the hours under this lock.
        let locked = try await tx.query(
            "SELECT FROM consilium.calendar WHERE person_id = \(specialist) FOR NO KEY UPDATE")
        let until = try await tx.first(
            "SELECT until FROM consilium.availability_horizon WHERE specialist_id = \(specialist)"
        )?.decode(CivilDate.self)
        let window = try await window(in: tx)
        guard locked.count == 1, let next = until?.adding(days: 1), next <= window.upperBound else { return }
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

/// A rule as its row says it.
struct StoredRule {
    let id: UUID
    let set: UUID
    let rule: HoursRule

    init(_ row: Row) throws {
        let (id, set, rrule, start, starts, ends, exdates, rdates) = try row.decode(
            UUID.self, UUID.self, String?.self, CivilDate.self, String.self, String.self, [CivilDate].self,
            [CivilDate].self)
        self.id = id
        self.set = set
        rule = HoursRule(
            rrule, from: start, starts: starts, ends: ends, exdates: exdates.isEmpty ? nil : exdates,
            rdates: rdates.isEmpty ? nil : rdates)
    }

    var recurrence: Recurrence {
        get throws {
            try Recurrence(
                try rule.rrule.map { try RecurrenceRule($0) }, from: rule.startDate, adding: rule.rdates ?? [],
                excluding: rule.exdates ?? [])
        }
    }
}
