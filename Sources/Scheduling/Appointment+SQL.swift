import Clinic
import FoundationEssentials
import Postgres

/// An appointment with the part that its reader has in the case.
struct AppointmentRow: Sendable {
    let appointment: Appointment
    let policy: HeldPolicy
    let part: CasePart

    /// Who may change it, of the policy under which it was booked.
    struct HeldPolicy: Sendable {
        let rescheduledBy: [ConsultSide]
        let cancelledBy: [ConsultSide]
    }

    /// Whether the party's side has joined at this time of it.
    let partyCame: Bool

    /// - Throws: `BookingRefusal.notAllowed` when the caller's side is not among these.
    func check(_ caller: Caller, isAmong sides: [ConsultSide]) throws {
        guard let side = side(of: caller).ofPolicy, sides.contains(side) else { throw BookingRefusal.notAllowed }
    }

    func isParty(_ caller: Caller) -> Bool { side(of: caller) == .party }

    func side(of caller: Caller) -> ConsultRole {
        ConsultRole(
            of: caller.account, part: part, lane: appointment.lane, party: appointment.party,
            specialist: appointment.specialist, colleagues: appointment.colleagues.ids)
    }

    init(_ row: Row) throws {
        let (
            id, caseID, specialist, colleagues, party, lane, type, policyVersion, state, starts, ends, sequence,
            version, booked, ended, wall, zone, partyWall, partyZone, consequence, rescheduleUntil, cancelUntil,
            joinOpens, room, waitingSince, partyCame, rescheduledBy, cancelledBy, late, noShow, noShowFrom, part
        ) = try row.decode(
            AppointmentID.self, CaseID.self, AccountID.self, [AccountID].self, AccountID.self, Lane.self, String.self,
            Int.self, AppointmentState.self, Date.self, Date.self, Int.self, Int.self, Date.self, Date?.self,
            LocalTime.self,
            String.self, LocalTime.self, String.self, String?.self, Date.self, Date.self, Date.self, RoomState.self,
            Date?.self, Bool.self, [ConsultSide].self, [ConsultSide].self, String?.self, String?.self, Date.self,
            CasePart.self)
        appointment = Appointment(
            id: id, case: caseID, specialist: specialist, colleagues: Colleagues(colleagues), party: party, lane: lane,
            visitType: type, policyVersion: policyVersion, state: state, startsAt: starts, endsAt: ends,
            specialistTime: WallTime(local: wall, timeZone: zone),
            partyTime: WallTime(local: partyWall, timeZone: partyZone), sequence: sequence, version: version,
            bookedAt: booked, endedAt: ended, consequence: consequence, rescheduleUntil: rescheduleUntil,
            cancelUntil: cancelUntil, lateCancelConsequence: late, noShowConsequence: noShow, noShowFrom: noShowFrom,
            joinOpensAt: joinOpens,
            room: ConsultRoom(state: room, waitingSince: waitingSince))
        policy = HeldPolicy(rescheduledBy: rescheduledBy, cancelledBy: cancelledBy)
        self.partyCame = partyCame
        self.part = part
    }

    /// Every appointment of the caller's cases, with both people's clocks and the policy it was booked under.
    static func select(by caller: Caller) -> SQL {
        """
        SELECT a.id, a.case_id, a.specialist_id, a.colleagues, a.party_id, a.lane, a.visit_type, a.visit_version,
            a.state, a.starts_at, a.ends_at, a.sequence, a.version, a.booked_at, a.ended_at,
            a.starts_at AT TIME ZONE s.time_zone, s.time_zone, a.starts_at AT TIME ZONE p.zone,
            p.zone, a.consequence,
            a.starts_at - make_interval(mins => v.reschedule_until_minutes),
            a.starts_at - make_interval(mins => v.cancel_until_minutes),
            a.starts_at - make_interval(mins => v.join_before_minutes),
            CASE WHEN a.state IN ('booked', 'checked_in') THEN coalesce(r.state, 'closed') ELSE 'closed' END,
            CASE WHEN a.state IN ('booked', 'checked_in') THEN r.waiting_since END,
            r.party_came_at IS NOT NULL,
            v.rescheduled_by, v.cancelled_by, v.late_cancel_consequence, v.no_show_consequence,
            a.starts_at + make_interval(mins => v.no_show_grace_minutes), mine.part
        FROM appointment a JOIN specialist s ON s.id = a.specialist_id
            JOIN visit_type v ON v.id = a.visit_type AND v.version = a.visit_version
            JOIN case_part mine ON mine.case_id = a.case_id AND mine.account_id = \(caller.account)
                AND mine.until IS NULL AND mine.part <> 'candidate'
            CROSS JOIN LATERAL (SELECT coalesce(zone_of(a.party_id), 'UTC') AS zone) p
            LEFT JOIN consult_room r ON r.appointment_id = a.id
        """
    }
}

enum AppointmentSQL {
    /// The calendars that an appointment takes, as expressions.
    static func party(_ id: AppointmentID) -> SQL { "(SELECT party_id FROM appointment WHERE id = \(id))" }
    static func specialists(_ id: AppointmentID) -> SQL {
        "(SELECT specialist_id || colleagues FROM appointment WHERE id = \(id))"
    }

    /// That a person sits in the consult `a`: as its specialist, in its panel or opposite. Each has an index.
    static func isOf(_ person: SQL) -> SQL {
        """
        (a.specialist_id = \(fragment: person) OR a.party_id = \(fragment: person)
            OR a.colleagues <> '{}' AND a.colleagues @> ARRAY[\(fragment: person)])
        """
    }

    /// What a lane is looked at for, of each of its specialists, at an instant.
    static func lane(_ id: AppointmentID, at instant: Date) -> SQL {
        """
        (SELECT case_id, unnest(specialist_id || colleagues) AS specialist_id, party_id, \(instant) AS at
            FROM appointment WHERE id = \(id))
        """
    }

    static func read(_ id: AppointmentID, by caller: Caller) -> SQL {
        AppointmentRow.select(by: caller) + " WHERE a.id = \(id)"
    }

    /// Whom it is told to.
    static func people(_ id: AppointmentID) -> SQL {
        "SELECT consult_people(a) FROM appointment a WHERE a.id = \(id)"
    }

    static func lock(_ id: AppointmentID, by caller: Caller) -> SQL {
        read(id, by: caller) + " FOR NO KEY UPDATE OF a"
    }

    static func list(_ search: AppointmentSearch, by caller: Caller) -> SQL {
        AppointmentRow.select(by: caller) + """
             WHERE (\(search.case)::uuid IS NULL OR a.case_id = \(search.case))
                AND (\(search.state)::text IS NULL OR a.state = \(search.state))
                AND (\(search.from)::timestamptz IS NULL OR a.ends_at > \(search.from))
                AND (\(search.after)::uuid IS NULL OR (a.starts_at, a.id) >
                    (SELECT l.starts_at, l.id FROM appointment l WHERE l.id = \(search.after)))
            ORDER BY a.starts_at, a.id LIMIT \(search.limit)
            """
    }

    static func insert(_ id: AppointmentID, from hold: HoldID, lane: Lane, by caller: Caller) -> SQL {
        """
        INSERT INTO appointment (id, case_id, specialist_id, colleagues, party_id, lane, visit_type, visit_version,
            state, starts_at, ends_at, booked_by)
        SELECT \(id), h.case_id, h.specialist_id, h.colleagues, h.party_id, \(lane), h.visit_type, h.visit_version, 'booked',
            h.starts_at, h.ends_at, \(caller.account)
        FROM hold h WHERE h.id = \(hold)
        """
    }

    /// Its time goes back, for what is booked by it in the same transaction.
    static func spend(_ hold: HoldID) -> SQL { "UPDATE hold SET state = 'booked' WHERE id = \(hold)" }

    /// Moves it, under the current version of its visit type.
    static func move(_ id: AppointmentID, to start: Date) -> SQL {
        """
        UPDATE appointment a SET starts_at = s.at, ends_at = s.at + make_interval(mins => v.duration_minutes),
            visit_version = v.version, sequence = a.sequence + 1, version = a.version + 1
        FROM visit_type v, (SELECT \(start) AS at) s
        WHERE a.id = \(id) AND v.id = a.visit_type AND v.current
        """
    }

    /// Ends it; a cancellation counts as a change that calendars follow.
    static func end(
        _ id: AppointmentID, as state: AppointmentState, consequence: String?, by caller: Caller
    ) -> SQL {
        """
        UPDATE appointment SET state = \(state), consequence = \(consequence), ended_at = clock_timestamp(), ended_by = \(caller.account),
            sequence = sequence + \(Int32(state == .cancelled ? 1 : 0)), version = version + 1
        WHERE id = \(id)
        """
    }

    static func checkIn(_ id: AppointmentID) -> SQL {
        "UPDATE appointment SET state = 'checked_in', version = version + 1 WHERE id = \(id)"
    }
}
