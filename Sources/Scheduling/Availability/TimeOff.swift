package import Clinic
package import FoundationEssentials
package import Postgres

/// A range in which a specialist is away.
package struct TimeOffRequest: Codable, Sendable, Hashable {
    package let startsAt: Date
    package let endsAt: Date

    /// - Throws: `FieldRefusal` for a range that is empty or too long.
    func check(mostDays: Int) throws(FieldRefusal) {
        guard startsAt < endsAt else {
            throw FieldRefusal("/endsAt", rule: "range", "must be later than startsAt")
        }
        guard endsAt.timeIntervalSince(startsAt) <= Double(mostDays) * 86_400 else {
            throw FieldRefusal("/endsAt", rule: "range", "must be at most \(mostDays) days after startsAt")
        }
    }
}

/// A specialist's absence. It removes openings; a consult that is already booked stays.
package struct TimeOff: Codable, Sendable, Hashable {
    package let id: TimeOffID
    package let startsAt: Date
    package let endsAt: Date
}

/// New time off, and the booked consults that lie in it or outside the hours.
package struct TimeOffChange: Codable, Sendable, Hashable {
    package let timeOff: TimeOff
    package let outside: [Appointment]
}

extension TimeOffRequest {
    package static let example = TimeOffRequest(startsAt: TimeOff.example.startsAt, endsAt: TimeOff.example.endsAt)
}

extension TimeOff {
    package static let example = TimeOff(
        id: ExampleValues.id(6, .consults), startsAt: ExampleValues.Consult.start,
        endsAt: ExampleValues.Consult.start.addingTimeInterval(604_800))
}

extension TimeOffChange {
    package static let example = TimeOffChange(timeOff: .example, outside: [.example])
}

extension Scheduler {
    /// The specialist's own time off that is not over, earliest first.
    /// - Throws: `AvailabilityRefusal.notFound` for anybody else's.
    package func timeOff(of specialist: AccountID, by caller: Caller, in tx: Transaction) async throws -> [TimeOff] {
        try checkOwn(specialist, caller)
        return try await tx.query(
            """
            SELECT id, lower(during), upper(during) FROM consilium.time_off
            WHERE specialist_id = \(specialist) AND upper(during) > clock_timestamp() ORDER BY lower(during), id
            """
        ).map { row in
            let (id, starts, ends) = try row.decode(TimeOffID.self, Date.self, Date.self)
            return TimeOff(id: id, startsAt: starts, endsAt: ends)
        }
    }

    /// Adds a specialist's own time off.
    /// - Throws: `FieldRefusal` for a range that is empty or longer than 366 days; `AvailabilityRefusal.notFound`.
    package func takeTimeOff(
        _ request: TimeOffRequest, of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> TimeOffChange {
        try checkOwn(specialist, caller)
        try request.check(mostDays: 366)
        try await lockCalendar(of: specialist, in: tx)
        let id = TimeOffID.random()
        _ = tx.enqueue(TimeOffSQL.insert(id, request.startsAt..<request.endsAt, of: specialist))
        return TimeOffChange(
            timeOff: TimeOff(id: id, startsAt: request.startsAt, endsAt: request.endsAt),
            outside: try await outside(hoursOf: caller, in: tx))
    }

    /// Ends time off, so that its hours can be booked again.
    /// - Throws: `AvailabilityRefusal.notFound`.
    package func endTimeOff(
        _ id: TimeOffID, of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws {
        try checkOwn(specialist, caller)
        try await lockCalendar(of: specialist, in: tx)
        guard
            try await tx.execute("DELETE FROM consilium.time_off WHERE id = \(id) AND specialist_id = \(specialist)")
                == 1
        else {
            throw AvailabilityRefusal.notFound
        }
    }

    private func checkOwn(_ specialist: AccountID, _ caller: Caller) throws {
        guard specialist == caller.account, caller.roles.contains(.specialist) else {
            throw AvailabilityRefusal.notFound
        }
    }
}

enum TimeOffSQL {
    static func insert(_ id: TimeOffID, _ during: Range<Date>, of specialist: AccountID) -> SQL {
        "INSERT INTO consilium.time_off (id, specialist_id, during) VALUES (\(id), \(specialist), \(during))"
    }
}
