package import Clinic
package import FoundationEssentials
package import Postgres

/// What openings are asked for.
package struct OpeningSearch: Sendable {
    /// The case for which to book: its specialist, and only what suits both calendars.
    package var `case`: CaseID?
    /// One specialist or a few; without a case, for browsing.
    package var specialists: [AccountID]
    /// Of the case, who are to sit in a panel with its specialist: only what suits every calendar.
    package var colleagues: [AccountID]
    /// From now on where nil.
    package var from: Date?
    /// Fourteen days after `from` where nil.
    package var to: Date?
    package var visitType: String
    /// The appointment to be moved: its own time counts as free.
    package var moving: AppointmentID?
    /// Only what suits the party by her own clock.
    package var preference: Preference?
    /// Only the first so many of each specialist.
    package var limit: Int?

    package init(
        `case`: CaseID? = nil, specialists: [AccountID] = [], colleagues: [AccountID] = [], from: Date? = nil,
        to: Date? = nil, visitType: String = VisitType.usual, moving: AppointmentID? = nil,
        preference: Preference? = nil, limit: Int? = nil
    ) {
        self.case = `case`
        self.specialists = specialists
        self.colleagues = colleagues
        self.from = from
        self.to = to
        self.visitType = visitType
        self.moving = moving
        self.preference = preference
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
        let moved = try await moved(search, by: caller, in: tx)
        let pairs: [ConsultParticipants]
        if let id = search.case, let asked {
            let found = try ConsultCase(try await asked.rows(), id: id)
            let pair = try Self.panel(search, of: found, moving: moved)
            guard search.specialists.isEmpty || search.specialists == [pair.specialist] else {
                throw FieldRefusal("/specialist", rule: "choice", "must be the specialist who accepted the case")
            }
            pairs = [pair]
        } else {
            let specialists = Set(search.specialists)
            guard !specialists.isEmpty else {
                throw FieldRefusal("/case", rule: "missing", "a case or a specialist is needed")
            }
            let known = try await tx.query("SELECT FROM specialist WHERE id = ANY (\(Array(specialists)))")
            guard known.count == specialists.count else { throw BookingRefusal.notFound }
            pairs = specialists.sorted().map { ConsultParticipants(party: caller.account, specialist: $0) }
        }
        guard let now = try await clock.first()?.decode(Date.self) else { return [] }
        let from = search.from ?? now
        let to = search.to ?? from.addingTimeInterval(14 * 86_400)
        guard from < to else { throw FieldRefusal("/to", rule: "range", "must be later than from") }
        guard to.timeIntervalSince(from) <= Double(OpeningSearch.mostDays) * 86_400 else {
            throw FieldRefusal("/to", rule: "range", "must be at most \(OpeningSearch.mostDays) days after from")
        }
        // Nothing is booked in the past, nor beyond the farthest horizon; the years 1 and 9999 are not asked of SQL.
        let farthest = now.addingTimeInterval(Double(VisitPolicy.horizons.upperBound + 1) * 86_400)
        guard now < to, from < farthest else { return [] }
        let found = pairs.map { pair in
            let asking = OpeningQuery(
                pair: pair, visitType: search.visitType, from: from, to: to, replacing: search.case,
                moving: search.moving, preference: search.preference, limit: search.limit)
            return (asking, tx.enqueue(asking.sql))
        }
        var openings: [Opening] = []
        for (asking, rows) in found { openings += try asking.openings(try await rows.rows()) }
        return pairs.count == 1 ? openings : openings.sorted { $0.startsAt < $1.startsAt }
    }

    /// The people of the consult that is to be moved, which must be one of the caller's cases, and of the case that is
    /// asked for: a stranger's consult answers as one that is not there.
    private func moved(_ search: OpeningSearch, by caller: Caller, in tx: Transaction) async throws
        -> ConsultParticipants?
    {
        guard let id = search.moving else { return nil }
        let consult = try await read(id, by: caller, in: tx).appointment
        guard search.case == nil || search.case == consult.case else { throw BookingRefusal.notFound }
        return consult.pair
    }

    /// Whose calendars are asked: those named, or of an appointment that is moved its own panel's.
    private static func panel(_ search: OpeningSearch, of found: ConsultCase, moving: ConsultParticipants?) throws
        -> ConsultParticipants
    {
        let pair = try found.pair(with: search.colleagues)
        return search.colleagues.isEmpty ? moving ?? pair : pair
    }
}

/// One question to P4's source, for a pair of people.
struct OpeningQuery: Sendable {
    var pair: ConsultParticipants
    var visitType: String
    var from: Date
    var to: Date
    /// The case whose asked hold counts as free, because a new pick replaces it; not while an appointment moves.
    var replacing: CaseID?
    var moving: AppointmentID?
    var preference: Preference?
    var limit: Int?

    /// Hold and appointment are looked up by the caller's own rights, so that no other's can be made to count as free.
    /// All calendars' free starts, in runs: columns first start, its end, last start, step between them, specialist's
    /// wall and zone, party's wall and zone, of the first. A run in which the party's clock changes comes start by start.
    var sql: SQL {
        let asked: SQL =
            moving == nil
            ? """
            (SELECT h.id FROM hold h WHERE h.case_id = \(replacing) AND h.kind = 'asked' AND h.state = 'active')
            """ : "NULL::uuid"
        let wanted =
            preference?.instants(in: "p.zone", from: "\(from)::timestamptz", to: "\(to)::timestamptz")
            ?? "NULL::tstzmultirange"
        return """
            WITH mine AS MATERIALIZED (
                SELECT \(fragment: asked) AS hold_id,
                    (SELECT a.id FROM appointment a WHERE a.id = \(moving)) AS appointment_id
            ), party AS MATERIALIZED (
                SELECT coalesce(zone_of(\(pair.party)), 'UTC') AS zone,
                    taken_of(\(pair.party), \(from), \(to) + interval '10 hours', mine.hold_id,
                        mine.appointment_id) AS taken
                FROM mine
            )
            SELECT at, o.ends_at + (at - o.starts_at), CASE WHEN k.is_even THEN o.last_at ELSE at END, o.step,
                o.wall + (at - o.starts_at), o.zone, at AT TIME ZONE p.zone, p.zone
            FROM mine, party p, LATERAL common_openings(
                \(pair.specialist) || \(pair.colleagues)::uuid[], \(visitType), \(from), \(to),
                \(limit.map { Int32(clamping: $0) }), p.taken, \(fragment: wanted), mine.hold_id,
                mine.appointment_id) o,
                LATERAL (SELECT (o.last_at AT TIME ZONE p.zone) - (o.starts_at AT TIME ZONE p.zone)
                    = o.last_at - o.starts_at AS is_even) k,
                generate_series(o.starts_at, o.last_at,
                    CASE WHEN k.is_even THEN o.last_at - o.starts_at + o.step ELSE o.step END) at
            ORDER BY 1
            """
    }

    func openings(_ rows: [Row]) throws -> [Opening] {
        try rows.flatMap { row in
            let (starts, ends, last, step, wall, zone, partyWall, partyZone) = try row.decode(
                Date.self, Date.self, Date.self, Duration.self, LocalTime.self, String.self, LocalTime.self,
                String.self)
            return stride(from: 0, through: Int(last.timeIntervalSince(starts)), by: max(1, Int(step / .seconds(1))))
                .map { seconds in
                    Opening(
                        specialist: pair.specialist, visitType: visitType,
                        startsAt: starts.addingTimeInterval(Double(seconds)),
                        endsAt: ends.addingTimeInterval(Double(seconds)),
                        specialistTime: WallTime(local: wall.adding(minutes: seconds / 60), timeZone: zone),
                        partyTime: WallTime(local: partyWall.adding(minutes: seconds / 60), timeZone: partyZone))
                }
        }
    }

    /// The next five from a start on, within two weeks of it.
    static func next(
        _ start: Date, of pair: ConsultParticipants, visitType: String, replacing: CaseID? = nil,
        moving: AppointmentID? = nil
    ) -> OpeningQuery {
        OpeningQuery(
            pair: pair, visitType: visitType, from: start, to: start.addingTimeInterval(14 * 86_400),
            replacing: replacing, moving: moving, limit: 5)
    }
}
