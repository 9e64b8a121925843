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
    /// What was asked for is booked by its token; what is offered is accepted.
    package let kind: HoldKind
    /// Of an offered one: the consult that it is instead of. If that stands, accepting moves it.
    package let appointment: AppointmentID?
    package let specialist: AccountID
    /// Who sits in the panel with her.
    package let colleagues: Colleagues
    package let visitType: String
    /// Whether it still keeps its range, and else what became of it.
    package let state: HoldState
    package let startsAt: Date
    package let endsAt: Date
    /// When it starts by the specialist's clock.
    package let specialistTime: WallTime
    /// When it starts by the party's.
    package let partyTime: WallTime
    /// From this instant on the range is free again, whoever notices.
    package let expiresAt: Date
    /// How often it can still be renewed.
    package let renewalsLeft: Int
    /// The secret that books it; only in the answer to the request that made the hold.
    package let token: String?

    package init(
        id: HoldID, case: CaseID, kind: HoldKind = .asked, appointment: AppointmentID? = nil, specialist: AccountID,
        colleagues: Colleagues = Colleagues([]), visitType: String, state: HoldState = .active, startsAt: Date,
        endsAt: Date, specialistTime: WallTime, partyTime: WallTime, expiresAt: Date, renewalsLeft: Int,
        token: String?
    ) {
        self.id = id
        self.case = `case`
        self.kind = kind
        self.appointment = appointment
        self.specialist = specialist
        self.colleagues = colleagues
        self.visitType = visitType
        self.state = state
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.specialistTime = specialistTime
        self.partyTime = partyTime
        self.expiresAt = expiresAt
        self.renewalsLeft = renewalsLeft
        self.token = token
    }

    /// How often a hold can be renewed.
    package static let mostRenewals = 3

    /// How many a party keeps at once that she asked for: one a case, and so many over all her cases.
    package static let mostAtOnce = 3
}

/// A hold's row as its own transaction finds it.
struct HoldRow: Sendable {
    let id: HoldID
    let kind: HoldKind
    let appointment: AppointmentID?
    /// In the waitlist.
    let place: WaitlistID?
    let `case`: CaseID
    let pair: ConsultParticipants
    let lane: Lane
    let visitType: String
    /// By the database's clock: an active one whose time is over has lapsed, whoever noticed.
    let state: HoldState
    let startsAt: Date
    let endsAt: Date
    let specialistTime: WallTime
    let partyTime: WallTime
    let expiresAt: Date
    let renewals: Int
    let tokenDigest: [UInt8]
    let callerPart: CasePart

    /// - Throws: `BookingRefusal.notFound` when the caller may not know of it.
    init(_ rows: [Row]) throws {
        guard let row = rows.first else { throw BookingRefusal.notFound }
        try self.init(row)
    }

    init(_ row: Row) throws {
        let caseID: CaseID
        let (party, specialist, colleagues): (AccountID, AccountID, [AccountID])
        let (wall, zone, partyWall, partyZone): (LocalTime, String, LocalTime, String)
        (
            id, kind, appointment, place, caseID, party, specialist, colleagues, lane, visitType, state, startsAt,
            endsAt, wall, zone, partyWall, partyZone, expiresAt, renewals, tokenDigest, callerPart
        ) = try row.decode(
            HoldID.self, HoldKind.self, AppointmentID?.self, WaitlistID?.self, CaseID.self, AccountID.self,
            AccountID.self, [AccountID].self, Lane.self, String.self, HoldState.self, Date.self, Date.self,
            LocalTime.self, String.self, LocalTime.self, String.self, Date.self, Int.self, [UInt8].self, CasePart.self)
        self.case = caseID
        pair = ConsultParticipants(party: party, specialist: specialist, colleagues: colleagues)
        specialistTime = WallTime(local: wall, timeZone: zone)
        partyTime = WallTime(local: partyWall, timeZone: partyZone)
    }

    /// - Throws: `BookingRefusal.notAllowed` for all but the party's side and the coordinator.
    func checkBooks(_ caller: Caller) throws {
        let side = ConsultRole(of: caller.account, part: callerPart, lane: lane, party: pair.party)
        guard side.changesTimes else { throw BookingRefusal.notAllowed }
    }

    /// - Throws: `BookingRefusal.holdOver` unless it is active and not expired by the database's clock.
    func checkActive(at now: Date) throws {
        guard state == .active, now < expiresAt else { throw BookingRefusal.holdOver }
    }
}

extension Hold {
    /// What is shown of a hold that was made before: all but its token.
    init(_ row: HoldRow, expiresAt: Date, renewals: Int) {
        self.init(
            id: row.id, case: row.case, kind: row.kind, appointment: row.appointment, specialist: row.pair.specialist,
            colleagues: Colleagues(row.pair.colleagues), visitType: row.visitType, state: row.state,
            startsAt: row.startsAt, endsAt: row.endsAt, specialistTime: row.specialistTime, partyTime: row.partyTime,
            expiresAt: expiresAt,
            renewalsLeft: row.kind == .asked && row.state == .active ? Self.mostRenewals - renewals : 0, token: nil)
    }
}

extension HoldRequest: Ruled {
    package static let colleaguesRule = FieldRule.list(0...ConsultParticipants.mostColleagues)
    package static let rules: [String: FieldRule] = [
        "visitType": .text(.form(.word)), "colleagues": colleaguesRule,
    ]
}
