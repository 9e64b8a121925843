package import Clinic
import FoundationEssentials
package import Postgres

extension Opening {
    /// How far apart the starts of one specialist are that are offered as a choice.
    package static let choicesApart = Duration.seconds(3 * 3600)
}

extension Scheduler {
    /// A choice of the soonest starts that suit the case's party, earliest first: of the specialist who accepted it, with
    /// colleagues in a panel if any are named; before that, of everybody whom the case's newest match found able to take
    /// it, of two at once the better match first. Those of one specialist are `choicesApart` from each other: who cannot
    /// come at nine is not helped by a quarter past.
    ///
    /// The stored index of free time says where to look, P4's one source what is there.
    /// - Throws: `FieldRefusal` for an unknown visit type and for who is no colleague in the case;
    ///   `BookingRefusal.notFound`, `.noParty`; `.caseNotBookable` without a match, and with colleagues before it is
    ///   accepted.
    package func soonest(
        for case: CaseID, with colleagues: [AccountID] = [], visitType: String = VisitType.usual,
        preference: Preference? = nil, limit: Int = 3, by caller: Caller, in tx: Transaction
    ) async throws -> [Opening] {
        let clock = tx.readClock()
        let ranking = tx.enqueue(SoonestSQL.ranking(for: `case`))
        let found = tx.enqueue(ConsultCase.read(`case`, caller: caller))
        try await checkVisitType(visitType, in: tx)
        let consult = try ConsultCase(try await found.rows(), id: `case`)
        // The index knows one calendar at a time.
        if !colleagues.isEmpty, let now = try await clock.first()?.decode(Date.self) {
            var asking = OpeningQuery(
                pair: try consult.pair(with: colleagues), visitType: visitType, from: now,
                to: now.addingTimeInterval(366 * 86_400), replacing: `case`, preference: preference, limit: 1)
            var choices: [Opening] = []
            while choices.count < limit, let next = try await openings(asking, in: tx).first {
                choices.append(next)
                asking.from = next.startsAt.addingTimeInterval(Opening.choicesApart / .seconds(1))
            }
            return choices
        }
        let specialists: [AccountID]
        if consult.acceptedBy != nil {
            specialists = [try consult.pair().specialist]
        } else {
            guard let row = try await ranking.first() else { throw BookingRefusal.caseNotBookable }
            specialists = try row.decode([AccountID].self)
        }
        return try await tx.query(
            SoonestSQL.openings(
                of: specialists, for: try consult.party(), in: `case`, visitType: visitType, preference: preference,
                limit: limit)
        ).map { row in
            let (specialist, starts, ends, wall, zone, partyWall, partyZone) = try row.decode(
                AccountID.self, Date.self, Date.self, LocalTime.self, String.self, LocalTime.self, String.self)
            return Opening(
                specialist: specialist, visitType: visitType, startsAt: starts, endsAt: ends,
                specialistTime: WallTime(local: wall, timeZone: zone),
                partyTime: WallTime(local: partyWall, timeZone: partyZone))
        }
    }
}

enum SoonestSQL {
    /// Everybody whom the newest match found able to take it, best first.
    static func ranking(for case: CaseID) -> SQL {
        "SELECT ranking FROM match WHERE case_id = \(`case`) ORDER BY created_at DESC, id DESC LIMIT 1"
    }

    /// Columns specialist, start, end, specialist's wall and zone, party's wall and zone. The case's asked hold counts
    /// as free, because a new pick replaces it.
    static func openings(
        of specialists: [AccountID], for party: AccountID, in case: CaseID, visitType: String,
        preference: Preference?, limit: Int
    ) -> SQL {
        let wanted =
            preference?.instants(in: "p.zone", from: "clock_timestamp()", to: "clock_timestamp() + interval '366 days'")
            ?? "NULL::tstzmultirange"
        return """
            WITH mine AS MATERIALIZED (
                SELECT (SELECT h.id FROM hold h
                    WHERE h.case_id = \(`case`) AND h.kind = 'asked' AND h.state = 'active') AS hold_id
            ), party AS MATERIALIZED (
                SELECT coalesce(zone_of(\(party)), 'UTC') AS zone,
                    taken_of(\(party), clock_timestamp(), clock_timestamp() + interval '366 days', mine.hold_id, NULL)
                        AS taken
                FROM mine
            )
            SELECT o.specialist_id, o.starts_at, o.ends_at, o.wall, o.zone, o.starts_at AT TIME ZONE p.zone, p.zone
            FROM mine, party p, LATERAL soonest(
                \(specialists), \(visitType), clock_timestamp(), 'infinity', \(Int32(clamping: limit)), p.taken,
                \(fragment: wanted), mine.hold_id, make_interval(secs => \(Opening.choicesApart / .seconds(1)))) o
            ORDER BY o.starts_at
            """
    }
}
