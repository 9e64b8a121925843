import Clinic
import FoundationEssentials
import Postgres

/// An appointment with the part that its reader has in the case.
struct AppointmentRow: Sendable {
    let appointment: Appointment
    /// Who may change it, by the policy that applies to it.
    let rescheduledBy: [ConsultSide]
    let cancelledBy: [ConsultSide]
    /// Whether the party's side has joined since it was last moved.
    let partyCame: Bool
    let part: CasePart

    /// - Throws: `BookingRefusal.notAllowed` when the caller's side is not among these.
    func check(_ caller: Caller, isAmong sides: [ConsultSide]) throws {
        guard let side = role(of: caller).side, sides.contains(side) else { throw BookingRefusal.notAllowed }
    }

    func isParty(_ caller: Caller) -> Bool { role(of: caller) == .party }

    func role(of caller: Caller) -> ConsultRole {
        ConsultRole(
            of: caller.account, part: part, lane: appointment.lane, party: appointment.party,
            specialist: appointment.specialist, colleagues: appointment.colleagues.ids)
    }

    /// - Parameter row: of ``select(by:)``.
    init(_ row: Row) throws {
        appointment = Appointment(
            id: try row.decode("id"), case: try row.decode("case_id"), specialist: try row.decode("specialist_id"),
            colleagues: Colleagues(try row.decode("colleagues")), party: try row.decode("party_id"),
            lane: try row.decode("lane"), visitType: try row.decode("visit_type"),
            policyVersion: try row.decode("visit_version"), state: try row.decode("state"),
            startsAt: try row.decode("starts_at"), endsAt: try row.decode("ends_at"),
            specialistTime: WallClockTime(local: try row.decode("local"), timeZone: try row.decode("zone")),
            partyTime: WallClockTime(local: try row.decode("party_local"), timeZone: try row.decode("party_zone")),
            sequence: try row.decode("sequence"), version: try row.decode("version"),
            bookedAt: try row.decode("booked_at"), endedAt: try row.decode("ended_at"),
            consequence: try row.decode("consequence"), rescheduleUntil: try row.decode("reschedule_until"),
            cancelUntil: try row.decode("cancel_until"),
            lateCancelConsequence: try row.decode("late_cancel_consequence"),
            noShowConsequence: try row.decode("no_show_consequence"), noShowFrom: try row.decode("no_show_from"),
            joinOpensAt: try row.decode("join_opens_at"),
            room: ConsultRoom(state: try row.decode("room_state"), waitingSince: try row.decode("waiting_since")))
        rescheduledBy = try row.decode("rescheduled_by")
        cancelledBy = try row.decode("cancelled_by")
        partyCame = try row.decode("party_came")
        part = try row.decode("part")
    }

    /// Every appointment of the caller's cases, with both people's clocks and the policy that applies.
    static func select(by caller: Caller) -> SQL {
        """
        SELECT a.id, a.case_id, a.specialist_id, a.colleagues, a.party_id, a.lane, a.visit_type, a.visit_version,
            a.state, a.starts_at, a.ends_at, a.sequence, a.version, a.booked_at, a.ended_at, a.consequence,
            a.starts_at AT TIME ZONE s.time_zone AS local, s.time_zone AS zone,
            a.starts_at AT TIME ZONE p.zone AS party_local, p.zone AS party_zone,
            a.starts_at - make_interval(mins => v.reschedule_until_minutes) AS reschedule_until,
            a.starts_at - make_interval(mins => v.cancel_until_minutes) AS cancel_until,
            a.starts_at - make_interval(mins => v.join_before_minutes) AS join_opens_at,
            a.starts_at + make_interval(mins => v.no_show_grace_minutes) AS no_show_from,
            CASE WHEN a.state IN ('booked', 'checked_in') THEN coalesce(r.state, 'closed') ELSE 'closed' END
                AS room_state,
            CASE WHEN a.state IN ('booked', 'checked_in') THEN r.waiting_since END AS waiting_since,
            r.party_came_at IS NOT NULL AS party_came, v.rescheduled_by, v.cancelled_by, v.late_cancel_consequence,
            v.no_show_consequence, mine.part
        FROM consilium.appointment a JOIN consilium.specialist s ON s.id = a.specialist_id
            JOIN consilium.visit_type v ON v.id = a.visit_type AND v.version = a.visit_version
            JOIN consilium.case_part mine ON mine.case_id = a.case_id AND mine.account_id = \(caller.account)
                AND mine.until IS NULL AND mine.part <> 'candidate'
            CROSS JOIN LATERAL (SELECT coalesce(consilium.zone_of(a.party_id), 'UTC') AS zone) p
            LEFT JOIN consilium.consult_room r ON r.appointment_id = a.id
        """
    }
}
