package import Clinic
import FoundationEssentials
package import Postgres

extension Opening {
    /// How far apart the starts of one specialist are that are shown as a choice.
    package static let choicesApart = Duration.seconds(3 * 3600)
}

extension Scheduler {
    /// A choice of the soonest starts that suit the case's party, earliest first. They are of the specialist who
    /// accepted the case, in a panel with the named colleagues. Before that, they are of all whom the case's newest
    /// match found able to take it; of two at the same time the better match comes first. Starts of one specialist are
    /// `choicesApart` from each other: somebody who cannot come at nine cannot come at a quarter past either.
    ///
    /// The stored index of free time says where to look; the one source of openings (P4) says what is free.
    /// - Throws: `FieldRefusal` for an unknown visit type, and for somebody who is no colleague in the case;
    ///   `BookingRefusal.notFound`, `.noParty`; `.caseNotBookable` without a match, and with colleagues before the case
    ///   is accepted.
    package func soonest(
        for case: CaseID, with colleagues: [AccountID] = [], visitType: String = VisitType.usual,
        preference: TimePreference? = nil, limit: Int = 3, by caller: Caller, in tx: Transaction
    ) async throws -> [Opening] {
        let clock = tx.readClock()
        let ranking = tx.enqueue(SoonestSQL.ranking(for: `case`))
        let found = tx.enqueue(ConsultCase.read(`case`, caller: caller))
        try await checkVisitType(visitType, in: tx)
        let consult = try ConsultCase(try await found.rows(), id: `case`)
        // The index has each calendar by itself.
        if !colleagues.isEmpty {
            let now = try await clock.instant()
            var query = OpeningQuery(
                participants: try consult.participants(with: colleagues), visitType: visitType, from: now,
                to: now.addingTimeInterval(366 * 86_400), replacing: `case`, preference: preference, limit: 1)
            var choices: [Opening] = []
            while choices.count < limit, let next = try await openings(query, in: tx).first {
                choices.append(next)
                query.from = next.startsAt.addingTimeInterval(Opening.choicesApart / .seconds(1))
            }
            return choices
        }
        let specialists: [AccountID]
        if consult.acceptedBy != nil {
            specialists = [try consult.participants().specialist]
        } else {
            guard let row = try await ranking.first() else { throw BookingRefusal.caseNotBookable }
            specialists = try row.decode([AccountID].self)
        }
        return try await tx.query(
            SoonestSQL.openings(
                of: specialists, for: try consult.party(), in: `case`, visitType: visitType, preference: preference,
                limit: limit)
        ).map { row in
            let (specialist, starts, ends, local, zone, partyLocal, partyZone) = try row.decode(
                AccountID.self, Date.self, Date.self, LocalTime.self, String.self, LocalTime.self, String.self)
            return Opening(
                specialist: specialist, visitType: visitType, startsAt: starts, endsAt: ends,
                specialistTime: WallClockTime(local: local, timeZone: zone),
                partyTime: WallClockTime(local: partyLocal, timeZone: partyZone))
        }
    }
}

enum SoonestSQL {
    /// All whom the newest match found able to take the case, best first.
    static func ranking(for case: CaseID) -> SQL {
        "SELECT ranking FROM consilium.match WHERE case_id = \(`case`) ORDER BY created_at DESC, id DESC LIMIT 1"
    }

    /// Columns: specialist, start, end, the specialist's local time and zone, the party's local time and zone. The hold
    /// that the case asked for counts as free, because a new hold replaces it.
    static func openings(
        of specialists: [AccountID], for party: AccountID, in case: CaseID, visitType: String,
        preference: TimePreference?, limit: Int
    ) -> SQL {
        let wanted =
            preference?.instants(in: "p.zone", from: "clock_timestamp()", to: "clock_timestamp() + interval '366 days'")
            ?? "NULL::tstzmultirange"
        return """
            WITH mine AS MATERIALIZED (
                SELECT (SELECT h.id FROM consilium.hold h
                    WHERE h.case_id = \(`case`) AND h.kind = 'asked' AND h.state = 'active') AS hold_id
            ), party AS MATERIALIZED (
                SELECT coalesce(consilium.zone_of(\(party)), 'UTC') AS zone,
                    consilium.busy_ranges_of(\(party), clock_timestamp(), clock_timestamp() + interval '366 days', mine.hold_id, NULL)
                        AS taken
                FROM mine
            )
            SELECT o.specialist_id, o.starts_at, o.ends_at, o.wall_clock, o.zone, o.starts_at AT TIME ZONE p.zone, p.zone
            FROM mine, party p, LATERAL consilium.soonest(
                \(specialists), \(visitType), clock_timestamp(), 'infinity', \(Int32(clamping: limit)), p.taken,
                \(fragment: wanted), mine.hold_id, make_interval(secs => \(Opening.choicesApart / .seconds(1)))) o
            ORDER BY o.starts_at
            """
    }
}
