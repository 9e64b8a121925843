import Clinic
import FoundationEssentials
import Postgres

/// A search of the one source of openings (P4), for the people of one consult.
struct OpeningQuery: Sendable {
    var participants: ConsultParticipants
    var visitType: String
    var from: Date
    var to: Date
    /// The case whose asked hold counts as free, because the new hold replaces it; unused while an appointment moves.
    var replacing: CaseID?
    var moving: AppointmentID?
    var preference: TimePreference?
    var limit: Int?

    /// The starts that are free in all calendars. A row is a run of starts at even distances, of which the times are
    /// those of the first; where the party's clock changes within a run, each start has a row.
    ///
    /// Hold and appointment are looked up by the caller's own rights, so that nobody else's can be made to count as free.
    var sql: SQL {
        let asked: SQL =
            moving == nil
            ? """
            (SELECT h.id FROM consilium.hold h WHERE h.case_id = \(replacing) AND h.kind = 'asked' AND h.state = 'active')
            """ : "NULL::uuid"
        let wanted =
            preference?.instants(in: "p.zone", from: "\(from)::timestamptz", to: "\(to)::timestamptz")
            ?? "NULL::tstzmultirange"
        return """
            WITH mine AS MATERIALIZED (
                SELECT \(fragment: asked) AS hold_id,
                    (SELECT a.id FROM consilium.appointment a WHERE a.id = \(moving)) AS appointment_id
            ), party AS MATERIALIZED (
                SELECT coalesce(consilium.zone_of(\(participants.party)), 'UTC') AS zone,
                    consilium.busy_ranges_of(\(participants.party), \(from), \(to) + interval '10 hours', mine.hold_id,
                        mine.appointment_id) AS taken
                FROM mine
            )
            SELECT at AS starts_at, o.ends_at + (at - o.starts_at) AS ends_at,
                CASE WHEN k.is_even THEN o.last_at ELSE at END AS last_at, o.step,
                o.wall_clock + (at - o.starts_at) AS local, o.zone, at AT TIME ZONE p.zone AS party_local,
                p.zone AS party_zone
            FROM mine, party p, LATERAL consilium.common_openings(
                \(participants.specialist) || \(participants.colleagues)::uuid[], \(visitType), \(from), \(to),
                \(limit.map { Int32(clamping: $0) }), p.taken, \(fragment: wanted), mine.hold_id,
                mine.appointment_id) o,
                LATERAL (SELECT (o.last_at AT TIME ZONE p.zone) - (o.starts_at AT TIME ZONE p.zone)
                    = o.last_at - o.starts_at AS is_even) k,
                generate_series(o.starts_at, o.last_at,
                    CASE WHEN k.is_even THEN o.last_at - o.starts_at + o.step ELSE o.step END) at
            ORDER BY 1
            """
    }

    /// - Parameter rows: of ``sql``.
    func openings(_ rows: [Row]) throws -> [Opening] {
        try rows.flatMap { row in
            let startsAt: Date = try row.decode("starts_at")
            let endsAt: Date = try row.decode("ends_at")
            let lastAt: Date = try row.decode("last_at")
            let step: Duration = try row.decode("step")
            let (local, partyLocal): (LocalTime, LocalTime) = (
                try row.decode("local"), try row.decode("party_local")
            )
            let (zone, partyZone): (String, String) = (try row.decode("zone"), try row.decode("party_zone"))
            let offsets = stride(
                from: 0, through: Int(lastAt.timeIntervalSince(startsAt)), by: max(1, Int(step / .seconds(1))))
            return offsets.map { seconds in
                Opening(
                    specialist: participants.specialist, visitType: visitType,
                    startsAt: startsAt.addingTimeInterval(Double(seconds)),
                    endsAt: endsAt.addingTimeInterval(Double(seconds)),
                    specialistTime: WallClockTime(local: local.adding(minutes: seconds / 60), timeZone: zone),
                    partyTime: WallClockTime(local: partyLocal.adding(minutes: seconds / 60), timeZone: partyZone))
            }
        }
    }

    /// The next five starts from an instant on, within two weeks of it.
    static func next(
        _ start: Date, of participants: ConsultParticipants, visitType: String, replacing: CaseID? = nil,
        moving: AppointmentID? = nil
    ) -> OpeningQuery {
        OpeningQuery(
            participants: participants, visitType: visitType, from: start,
            to: start.addingTimeInterval(14 * 86_400), replacing: replacing, moving: moving, limit: 5)
    }
}

extension Scheduler {
    func openings(_ query: OpeningQuery, in tx: Transaction) async throws -> [Opening] {
        try query.openings(try await tx.query(query.sql))
    }

    /// - Parameter found: the openings from the start on.
    /// - Throws: `BookingRefusal.taken` with them when the first is not at the start itself.
    @discardableResult
    func checkFree(_ start: Date, of found: Pending, _ query: OpeningQuery) async throws -> Opening {
        let openings = try query.openings(try await found.rows())
        guard let opening = openings.first, opening.startsAt == start else {
            throw BookingRefusal.taken(next: openings)
        }
        return opening
    }
}
