import Clinic
import FoundationEssentials
import Postgres

/// A hold as its transaction finds it.
struct HoldRow: Sendable {
    let id: HoldID
    let kind: HoldKind
    let appointment: AppointmentID?
    /// The place on the waitlist to which it is offered.
    let waitlist: WaitlistID?
    let `case`: CaseID
    let participants: ConsultParticipants
    let lane: Lane
    let visitType: String
    /// By the database's clock: an active one whose time is over counts as lapsed.
    let state: HoldState
    let startsAt: Date
    let endsAt: Date
    let specialistTime: WallClockTime
    let partyTime: WallClockTime
    let expiresAt: Date
    let renewals: Int
    let tokenDigest: [UInt8]
    let callerPart: CasePart

    /// - Throws: `BookingRefusal.notFound` when the caller may not know of it.
    init(_ rows: [Row]) throws {
        guard let row = rows.first else { throw BookingRefusal.notFound }
        try self.init(row)
    }

    /// - Parameter row: of `HoldSQL`.
    init(_ row: Row) throws {
        id = try row.decode("id")
        kind = try row.decode("kind")
        appointment = try row.decode("appointment_id")
        waitlist = try row.decode("waitlist_id")
        self.case = try row.decode("case_id")
        participants = ConsultParticipants(
            party: try row.decode("party_id"), specialist: try row.decode("specialist_id"),
            colleagues: try row.decode("colleagues"))
        lane = try row.decode("lane")
        visitType = try row.decode("visit_type")
        state = try row.decode("state")
        startsAt = try row.decode("starts_at")
        endsAt = try row.decode("ends_at")
        specialistTime = WallClockTime(local: try row.decode("local"), timeZone: try row.decode("zone"))
        partyTime = WallClockTime(local: try row.decode("party_local"), timeZone: try row.decode("party_zone"))
        expiresAt = try row.decode("expires_at")
        renewals = try row.decode("renewals")
        tokenDigest = try row.decode("token_digest")
        callerPart = try row.decode("part")
    }

    /// - Throws: `BookingRefusal.notAllowed` for all but the party's side and the coordinator.
    func checkBooks(_ caller: Caller) throws {
        let role = ConsultRole(of: caller.account, part: callerPart, lane: lane, party: participants.party)
        guard role.changesTimes else { throw BookingRefusal.notAllowed }
    }

    /// - Throws: `BookingRefusal.holdOver` unless it is active and not expired by the database's clock.
    func checkActive(at now: Date) throws {
        guard state == .active, now < expiresAt else { throw BookingRefusal.holdOver }
    }
}

extension Hold {
    /// What is shown of a hold that was made before: everything but its token.
    /// - Parameters:
    ///   - expiresAt: where it was just renewed.
    ///   - renewals: where it was just renewed.
    init(_ row: HoldRow, expiresAt: Date? = nil, renewals: Int? = nil) {
        let renewals = renewals ?? row.renewals
        self.init(
            id: row.id, case: row.case, kind: row.kind, appointment: row.appointment,
            specialist: row.participants.specialist, colleagues: Colleagues(row.participants.colleagues),
            visitType: row.visitType, state: row.state, startsAt: row.startsAt, endsAt: row.endsAt,
            specialistTime: row.specialistTime, partyTime: row.partyTime, expiresAt: expiresAt ?? row.expiresAt,
            renewalsLeft: row.kind == .asked && row.state == .active ? Self.mostRenewals - renewals : 0, token: nil)
    }
}
