package import Clinic
package import FoundationEssentials
import Postgres

/// What is asked to be kept for a while.
package struct HoldRequest: Codable, Sendable, Hashable {
    package let `case`: CaseID
    package let startsAt: Date
    package let visitType: String
    /// Colleagues in the case who sit in a panel with its specialist; nobody where nil.
    package let colleagues: Colleagues?

    package init(case: CaseID, startsAt: Date, visitType: String, colleagues: [AccountID]? = nil) {
        self.case = `case`
        self.startsAt = startsAt
        self.visitType = visitType
        self.colleagues = colleagues.map { Colleagues($0) }
    }
}

/// An opening that is kept for one case until it expires.
package struct Hold: Codable, Sendable, Hashable {
    package let id: HoldID
    package let `case`: CaseID
    package let specialist: AccountID
    /// Who sits in the panel with her.
    package let colleagues: Colleagues
    package let visitType: String
    package let startsAt: Date
    package let endsAt: Date
    /// From this instant on the range is free again, whoever notices.
    package let expiresAt: Date
    /// How often it can still be renewed.
    package let renewalsLeft: Int
    /// The secret that books it; only in the answer to the request that made the hold.
    package let token: String?

    package init(
        id: HoldID, case: CaseID, specialist: AccountID, colleagues: Colleagues = Colleagues([]), visitType: String,
        startsAt: Date, endsAt: Date, expiresAt: Date, renewalsLeft: Int, token: String?
    ) {
        self.id = id
        self.case = `case`
        self.specialist = specialist
        self.colleagues = colleagues
        self.visitType = visitType
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.expiresAt = expiresAt
        self.renewalsLeft = renewalsLeft
        self.token = token
    }

    /// How often a hold can be renewed.
    package static let mostRenewals = 3
}

/// A hold's row as its own transaction finds it.
struct HoldRow: Sendable {
    let `case`: CaseID
    let pair: Pair
    let lane: Lane
    let visitType: String
    let state: HoldState
    let startsAt: Date
    let endsAt: Date
    let expiresAt: Date
    let renewals: Int
    let tokenDigest: [UInt8]
    let callerPart: CasePart

    /// - Throws: `BookingRefusal.notFound` when the caller may not know of it.
    init(_ rows: [Row]) throws {
        guard let row = rows.first else { throw BookingRefusal.notFound }
        let (
            id, party, specialist, colleagues, lane, type, state, starts, ends, expires, renewals, digest, part
        ) = try row.decode(
            CaseID.self, AccountID.self, AccountID.self, [AccountID].self, Lane.self, String.self, HoldState.self,
            Date.self, Date.self, Date.self, Int.self, [UInt8].self, CasePart.self)
        self.case = id
        pair = Pair(party: party, specialist: specialist, colleagues: colleagues)
        self.lane = lane
        visitType = type
        self.state = state
        startsAt = starts
        endsAt = ends
        expiresAt = expires
        self.renewals = renewals
        tokenDigest = digest
        callerPart = part
    }

    /// - Throws: `BookingRefusal.notAllowed` for all but the party's side and the coordinator.
    func checkBooks(_ caller: Caller) throws {
        let side = Side(of: caller.account, part: callerPart, lane: lane, party: pair.party)
        guard side.changesTimes else { throw BookingRefusal.notAllowed }
    }

    /// - Throws: `BookingRefusal.holdOver` unless it is active and not expired by the database's clock.
    func checkActive(at now: Date) throws {
        guard state == .active, now < expiresAt else { throw BookingRefusal.holdOver }
    }
}

extension Hold {
    /// What is shown of a hold that was made before: all but its token.
    init(_ id: HoldID, _ row: HoldRow, expiresAt: Date, renewals: Int) {
        self.init(
            id: id, case: row.case, specialist: row.pair.specialist, colleagues: Colleagues(row.pair.colleagues),
            visitType: row.visitType, startsAt: row.startsAt, endsAt: row.endsAt, expiresAt: expiresAt, renewalsLeft: Self.mostRenewals - renewals, token: nil)
    }
}

enum HoldSQL {
    /// The calendars that a hold takes, as expressions.
    static func party(_ id: HoldID) -> SQL { "(SELECT party_id FROM hold WHERE id = \(id))" }
    static func specialists(_ id: HoldID) -> SQL { "(SELECT specialist_id || colleagues FROM hold WHERE id = \(id))" }

    /// What a lane is looked at for, of each of its specialists.
    static func lane(_ id: HoldID) -> SQL {
        """
        (SELECT case_id, unnest(specialist_id || colleagues) AS specialist_id, party_id, starts_at AS at
            FROM hold WHERE id = \(id))
        """
    }

    static func lock(_ id: HoldID, caller: Caller) -> SQL {
        read(id, caller: caller) + " FOR NO KEY UPDATE OF h"
    }

    static func read(_ id: HoldID, caller: Caller) -> SQL {
        """
        SELECT h.case_id, h.party_id, h.specialist_id, h.colleagues, c.lane, h.visit_type, h.state, h.starts_at, h.ends_at,
            h.expires_at, h.renewals, h.token_digest, mine.part
        FROM hold h JOIN clinical_case c ON c.id = h.case_id JOIN case_part mine
            ON mine.case_id = h.case_id AND mine.account_id = \(caller.account) AND mine.until IS NULL
        WHERE h.id = \(id)
        """
    }

    /// Gives back what the case's last pick keeps.
    static func freeAsked(of case: CaseID) -> SQL {
        """
        DELETE FROM busy WHERE hold_id = (
            SELECT id FROM hold WHERE case_id = \(`case`) AND kind = 'asked' AND state = 'active')
        """
    }

    static func releaseAsked(of case: CaseID) -> SQL {
        "UPDATE hold SET state = 'released' WHERE case_id = \(`case`) AND kind = 'asked' AND state = 'active'"
    }

    /// Writes an asked hold under the current version of its visit type. It never outlives its own start.
    static func insert(
        _ id: HoldID, _ request: HoldRequest, pair: Pair, tokenDigest: [UInt8], by caller: Caller
    ) -> SQL {
        """
        INSERT INTO hold (id, case_id, specialist_id, colleagues, party_id, visit_type, visit_version, kind, state, starts_at,
            ends_at, token_digest, made_by, created_at, expires_at)
        SELECT \(id), \(request.case), \(pair.specialist), \(pair.colleagues), \(pair.party), v.id, v.version, 'asked', 'active', s.at,
            s.at + make_interval(mins => v.duration_minutes), \(tokenDigest), \(caller.account), now.at,
            least(now.at + make_interval(mins => v.hold_minutes), s.at)
        FROM visit_type v, (SELECT clock_timestamp() AS at) now, (SELECT \(request.startsAt) AS at) s
        WHERE v.id = \(request.visitType) AND v.current
        RETURNING ends_at, expires_at
        """
    }

    /// Takes all calendars for the hold: padded by the buffers for each specialist, bare for the party.
    static func takeCalendars(_ id: HoldID) -> SQL {
        """
        INSERT INTO busy (person_id, during, hold_id, lapses_at)
        SELECT w.person_id, w.during, h.id, h.expires_at
        FROM hold h JOIN visit_type v ON v.id = h.visit_type AND v.version = h.visit_version, LATERAL (
            SELECT s.id, tstzrange(h.starts_at - make_interval(mins => v.buffer_before_minutes),
                h.ends_at + make_interval(mins => v.buffer_after_minutes))
            FROM unnest(h.specialist_id || h.colleagues) s (id)
            UNION ALL SELECT h.party_id, tstzrange(h.starts_at, h.ends_at)) w (person_id, during)
        WHERE h.id = \(id)
        """
    }

    static func extend(_ id: HoldID) -> SQL {
        """
        UPDATE hold h SET renewals = h.renewals + 1, expires_at = least(
            clock_timestamp() + make_interval(mins => v.hold_minutes), h.starts_at)
        FROM visit_type v
        WHERE h.id = \(id) AND v.id = h.visit_type AND v.version = h.visit_version
        RETURNING h.expires_at
        """
    }

    static func lapseLater(_ id: HoldID) -> SQL {
        "UPDATE busy SET lapses_at = (SELECT expires_at FROM hold WHERE id = \(id)) WHERE hold_id = \(id)"
    }

    static func free(_ id: HoldID) -> SQL { "DELETE FROM busy WHERE hold_id = \(id)" }

    static func release(_ id: HoldID) -> SQL { "UPDATE hold SET state = 'released' WHERE id = \(id)" }
}
