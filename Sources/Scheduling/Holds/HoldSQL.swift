import Clinic
import FoundationEssentials
import Postgres

enum HoldSQL {
    /// The people of a hold, as expressions.
    static func party(_ id: HoldID) -> SQL { "(SELECT party_id FROM consilium.hold WHERE id = \(id))" }
    static func specialists(_ id: HoldID) -> SQL {
        "(SELECT specialist_id || colleagues FROM consilium.hold WHERE id = \(id))"
    }

    /// For ``LaneFacts/read(of:said:)``: each of its specialists, at its start.
    static func lane(_ id: HoldID) -> SQL {
        """
        (SELECT case_id, unnest(specialist_id || colleagues) AS specialist_id, party_id, starts_at AS at
            FROM consilium.hold WHERE id = \(id))
        """
    }

    static func lock(_ id: HoldID, caller: Caller) -> SQL {
        read(id, caller: caller) + " FOR NO KEY UPDATE OF h"
    }

    static func read(_ id: HoldID, caller: Caller) -> SQL { select(caller) + " WHERE h.id = \(id)" }

    /// The active holds of one case, or of all the caller's cases.
    static func list(of case: CaseID?, caller: Caller) -> SQL {
        select(caller) + """
             WHERE h.state = 'active' AND h.expires_at > clock_timestamp() AND mine.part <> 'candidate'
                AND (\(`case`)::uuid IS NULL OR h.case_id = \(`case`))
            ORDER BY h.expires_at, h.id LIMIT 200
            """
    }

    /// How many other holds a party asked for, over all cases. The party's calendar is locked.
    static func count(of party: AccountID, besides case: CaseID) -> SQL {
        """
        SELECT count(*)::integer FROM consilium.hold
        WHERE party_id = \(party) AND state = 'active' AND kind = 'asked' AND case_id <> \(`case`)
            AND expires_at > clock_timestamp()
        """
    }

    private static func select(_ caller: Caller) -> SQL {
        """
        SELECT h.id, h.kind, h.appointment_id, h.waitlist_id, h.case_id, h.party_id, h.specialist_id, h.colleagues,
            c.lane, h.visit_type,
            CASE WHEN h.state = 'active' AND h.expires_at <= clock_timestamp() THEN 'lapsed' ELSE h.state END AS state,
            h.starts_at, h.ends_at, h.starts_at AT TIME ZONE s.time_zone AS local, s.time_zone AS zone,
            h.starts_at AT TIME ZONE p.zone AS party_local, p.zone AS party_zone, h.expires_at, h.renewals, h.token_digest, mine.part
        FROM consilium.hold h JOIN consilium.clinical_case c ON c.id = h.case_id JOIN consilium.specialist s ON s.id = h.specialist_id
            JOIN consilium.case_part mine
                ON mine.case_id = h.case_id AND mine.account_id = \(caller.account) AND mine.until IS NULL
            CROSS JOIN LATERAL (SELECT coalesce(consilium.zone_of(h.party_id), 'UTC') AS zone) p
        """
    }

    /// Releases the hold that the case asked for before.
    static func releaseAsked(of case: CaseID) -> SQL {
        "UPDATE consilium.hold SET state = 'released' WHERE case_id = \(`case`) AND kind = 'asked' AND state = 'active'"
    }

    /// Writes a hold under the current version of its visit type. It expires at its own start at the latest.
    static func insert(
        _ id: HoldID, _ request: HoldRequest, participants: ConsultParticipants, tokenDigest: [UInt8], by caller: Caller
    ) -> SQL {
        """
        INSERT INTO consilium.hold (id, case_id, specialist_id, colleagues, party_id, visit_type, visit_version, kind,
            state, starts_at, ends_at, token_digest, made_by, created_at, expires_at)
        SELECT \(id), \(request.case), \(participants.specialist), \(participants.colleagues), \(participants.party),
            v.id, v.version, 'asked', 'active', s.at, s.at + make_interval(mins => v.duration_minutes),
            \(tokenDigest), \(caller.account), now.at, least(now.at + make_interval(mins => v.hold_minutes), s.at)
        FROM consilium.visit_type v, (SELECT clock_timestamp() AS at) now, (SELECT \(request.startsAt) AS at) s
        WHERE v.id = \(request.visitType) AND v.current
        RETURNING ends_at, expires_at
        """
    }

    static func extend(_ id: HoldID) -> SQL {
        """
        UPDATE consilium.hold h SET renewals = h.renewals + 1, expires_at = least(
            clock_timestamp() + make_interval(mins => v.hold_minutes), h.starts_at)
        FROM consilium.visit_type v
        WHERE h.id = \(id) AND v.id = h.visit_type AND v.version = h.visit_version
        RETURNING h.expires_at
        """
    }

    static func release(_ id: HoldID) -> SQL { "UPDATE consilium.hold SET state = 'released' WHERE id = \(id)" }
}
