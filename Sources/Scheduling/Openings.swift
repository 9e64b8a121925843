package import Clinic
package import FoundationEssentials
package import Postgres

/// What openings are asked for.
package struct OpeningSearch: Sendable {
    /// The case for which to book: its specialist, and only what suits both calendars.
    package var `case`: CaseID?
    /// The specialist; without a case, for browsing.
    package var specialist: AccountID?
    /// From now on where nil.
    package var from: Date?
    /// Fourteen days after `from` where nil.
    package var to: Date?
    package var visitType: String
    /// The appointment to be moved: its own time counts as free.
    package var moving: AppointmentID?
    /// Only the first so many.
    package var limit: Int?

    package init(
        `case`: CaseID? = nil, specialist: AccountID? = nil, from: Date? = nil, to: Date? = nil,
        visitType: String = VisitType.usual, moving: AppointmentID? = nil, limit: Int? = nil
    ) {
        self.case = `case`
        self.specialist = specialist
        self.from = from
        self.to = to
        self.visitType = visitType
        self.moving = moving
        self.limit = limit
    }

    /// The longest range that is searched at once.
    package static let mostDays = 62
}

extension Scheduler {
    /// The starts that can be booked now, earliest first (P4): the very source that booking asks.
    /// - Throws: `FieldRefusal` for a range that is empty or too long, an unknown visit type, neither case nor
    ///   specialist; `BookingRefusal.notFound`, `.caseNotBookable`, `.noParty`.
    package func openings(_ search: OpeningSearch, by caller: Caller, in tx: Transaction) async throws -> [Opening] {
        let clock = tx.readClock()
        let asked = search.case.map { tx.enqueue(ConsultCase.read($0, caller: caller)) }
        try await checkVisitType(search.visitType, in: tx)
        let pair: Pair
        if let id = search.case, let asked {
            pair = try ConsultCase(try await asked.rows(), id: id).pair()
            guard search.specialist == nil || search.specialist == pair.specialist else {
                throw FieldRefusal("/specialist", rule: "choice", "must be the specialist who accepted the case")
            }
        } else if let specialist = search.specialist {
            guard try await tx.first("SELECT FROM specialist WHERE id = \(specialist)") != nil else {
                throw BookingRefusal.notFound
            }
            pair = Pair(party: caller.account, specialist: specialist)
        } else {
            throw FieldRefusal("/case", rule: "missing", "a case or a specialist is needed")
        }
        guard let now = try await clock.first()?.decode(Date.self) else { return [] }
        let from = search.from ?? now
        let to = search.to ?? from.addingTimeInterval(14 * 86_400)
        guard from < to else { throw FieldRefusal("/to", rule: "range", "must be later than from") }
        guard to.timeIntervalSince(from) <= Double(OpeningSearch.mostDays) * 86_400 else {
            throw FieldRefusal("/to", rule: "range", "must be at most \(OpeningSearch.mostDays) days after from")
        }
        let asking = Asking(
            pair: pair, visitType: search.visitType, from: from, to: to, replacing: search.case,
            moving: search.moving, limit: search.limit)
        return try await openings(asking, in: tx)
    }

    /// The first openings that suit both calendars, within the farthest that can be booked.
    package func soonest(
        for case: CaseID, visitType: String = VisitType.usual, limit: Int = 3, by caller: Caller, in tx: Transaction
    ) async throws -> [Opening] {
        guard let now = try await tx.readClock().first()?.decode(Date.self) else { return [] }
        var search = OpeningSearch(case: `case`, visitType: visitType, limit: limit)
        // A month at a time: mostly the first has some.
        for month in 0..<3 {
            search.from = now.addingTimeInterval(Double(month) * 31 * 86_400)
            search.to = now.addingTimeInterval(Double(month + 1) * 31 * 86_400)
            let found = try await openings(search, by: caller, in: tx)
            if !found.isEmpty { return found }
        }
        return []
    }
}

/// One question to P4's source, for a pair of people.
struct Asking: Sendable {
    var pair: Pair
    var visitType: String
    var from: Date
    var to: Date
    /// The case whose asked hold counts as free, because a new pick replaces it; not while an appointment moves.
    var replacing: CaseID?
    var moving: AppointmentID?
    var limit: Int?

    /// Both calendars' free starts: columns start, end, specialist's wall and zone, party's wall and zone.
    var sql: SQL {
        let asked: SQL =
            moving == nil
            ? """
            (SELECT h.id FROM hold h WHERE h.case_id = \(replacing) AND h.kind = 'asked' AND h.state = 'active')
            """ : "NULL::uuid"
        return """
            WITH mine AS MATERIALIZED (
                SELECT \(fragment: asked) AS hold_id
            ), party AS MATERIALIZED (
                SELECT coalesce((SELECT a.time_zone FROM account a WHERE a.id = \(pair.party)), 'UTC') AS zone,
                    taken_of(\(pair.party), \(from), \(to) + interval '10 hours', mine.hold_id, \(moving)) AS taken
                FROM mine
            )
            SELECT o.starts_at, o.ends_at, to_char(o.wall, \(fragment: WallTime.pattern)), o.zone,
                to_char(o.starts_at AT TIME ZONE p.zone, \(fragment: WallTime.pattern)), p.zone
            FROM mine, party p, LATERAL openings(
                \(pair.specialist), \(visitType), \(from), \(to), mine.hold_id, \(moving)) o
            WHERE NOT p.taken && tstzrange(o.starts_at, o.ends_at)
            ORDER BY o.starts_at LIMIT \(limit)
            """
    }

    func opening(_ row: Row) throws -> Opening {
        let (starts, ends, wall, zone, partyWall, partyZone) = try row.decode(
            Date.self, Date.self, String.self, String.self, String.self, String.self)
        return Opening(
            specialist: pair.specialist, visitType: visitType, startsAt: starts, endsAt: ends,
            specialistTime: WallTime(local: wall, timeZone: zone),
            partyTime: WallTime(local: partyWall, timeZone: partyZone))
    }

    /// The same question about one start alone.
    func about(_ start: Date) -> Asking {
        var one = self
        one.from = start
        one.to = start.addingTimeInterval(0.000_001)
        return one
    }

    /// The same question about so many days from a start, for the next five.
    func after(_ start: Date, days: Double) -> Asking {
        var next = self
        next.from = start
        next.to = start.addingTimeInterval(days * 86_400)
        next.limit = 5
        return next
    }
}
