package import Clinic
import FoundationEssentials
package import Postgres

extension Scheduler {
    /// Admits one of the consult's people to its room, or to its waiting room until the consult's specialist has opened
    /// the room by joining. Somebody who waits joins again once it is open, and gets a token then.
    ///
    /// Each time the lane is checked where the patient says that they are (P5): of every specialist for the party's side,
    /// of themselves for a specialist.
    /// - Throws: `BookingRefusal.outsideJoinWindow`, `.wrongState`, `.laneClosed`, `.notFound`, `.notAllowed`;
    ///   `FieldRefusal` when the patient's side does not say where the patient is.
    package func join(
        _ id: AppointmentID, _ request: JoinRequest, by caller: Caller, in tx: Transaction
    ) async throws -> JoinPass {
        let (found, now) = try await lock(id, by: caller, in: tx)
        let appointment = found.appointment
        let role = found.role(of: caller)
        guard [.party, .specialist, .colleague].contains(role) else { throw BookingRefusal.notAllowed }
        guard appointment.state.isOpen else { throw BookingRefusal.wrongState(appointment.state) }
        try appointment.checkJoinWindow(at: now)
        let facts = try LaneFacts.all(
            of: appointment.participants,
            try await tx.query(
                LaneFacts.read(
                    of: AppointmentSQL.lane(id, at: now), said: try request.place(of: role, lane: appointment.lane))))
        let own = role == .party ? facts : facts.filter { $0.specialist == caller.account }
        try checkLanes(own, at: .joining, by: caller, in: tx)
        let room = try await enter(appointment, role, at: now, in: tx)
        guard room.state == .open else {
            return JoinPass(
                case: appointment.case, room: room, url: nil, token: nil, opensAt: appointment.joinOpensAt,
                closesAt: appointment.endsAt)
        }
        try await tx.execute(RoomSQL.note(caller.session, in: id))
        let (url, token) = try await rooms.issue(
            VideoRooms.Ticket(
                room: id, person: caller.account, isHost: role == .specialist, opensAt: appointment.joinOpensAt,
                closesAt: appointment.endsAt))
        return JoinPass(
            case: appointment.case, room: room, url: url, token: token, opensAt: appointment.joinOpensAt,
            closesAt: appointment.endsAt)
    }

    /// The room of a consult, for those who wait and those who are waited for.
    /// - Throws: `BookingRefusal.notFound`.
    package func room(of id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> ConsultRoom {
        try await appointment(id, by: caller, in: tx).room
    }

    /// Moves the room to the state that follows when somebody of this role joins. The appointment is locked.
    private func enter(
        _ appointment: Appointment, _ role: ConsultRole, at now: Date, in tx: Transaction
    ) async throws -> ConsultRoom {
        let change: SQL
        switch (role, appointment.room.state) {
        case (.specialist, .closed): change = RoomSQL.open(appointment.id)
        case (.specialist, .waiting): change = RoomSQL.admit(appointment.id)
        case (.party, .closed): change = RoomSQL.wait(appointment.id, since: now)
        case (.party, .open):
            _ = tx.enqueue(RoomSQL.come(appointment.id))
            return appointment.room
        default: return appointment.room
        }
        _ = tx.enqueue(RoomSQL.touch(appointment.id))
        guard try await tx.execute(change) == 1 else { throw BookingRefusal.notAllowed }
        return role == .specialist
            ? ConsultRoom(state: .open, waitingSince: appointment.room.waitingSince)
            : ConsultRoom(state: .waiting, waitingSince: now)
    }
}

private enum RoomSQL {
    static func open(_ id: AppointmentID) -> SQL {
        """
        INSERT INTO consilium.consult_room (appointment_id, case_id, state, opened_at)
        SELECT a.id, a.case_id, 'open', clock_timestamp() FROM consilium.appointment a WHERE a.id = \(id)
        """
    }

    static func wait(_ id: AppointmentID, since now: Date) -> SQL {
        """
        INSERT INTO consilium.consult_room (appointment_id, case_id, state, waiting_since, party_came_at)
        SELECT a.id, a.case_id, 'waiting', \(now), \(now) FROM consilium.appointment a WHERE a.id = \(id)
        """
    }

    static func admit(_ id: AppointmentID) -> SQL {
        """
        UPDATE consilium.consult_room SET state = 'open', opened_at = clock_timestamp()
        WHERE appointment_id = \(id) AND state = 'waiting'
        """
    }

    /// Notes that the party's side joined the open room, the first time.
    static func come(_ id: AppointmentID) -> SQL {
        """
        UPDATE consilium.consult_room SET party_came_at = clock_timestamp()
        WHERE appointment_id = \(id) AND party_came_at IS NULL
        """
    }

    /// Counts the session as in use while the consult lasts, though it makes no request.
    static func note(_ session: SessionID, in id: AppointmentID) -> SQL {
        "SELECT consilium.enter_consult(\(id), \(session))"
    }

    /// Raises the version of the appointment, with which the room is shown.
    static func touch(_ id: AppointmentID) -> SQL {
        "UPDATE consilium.appointment SET version = version + 1 WHERE id = \(id)"
    }
}

extension JoinRequest {
    /// Where the consult takes place for the law: in the licensed lane where the patient is, which only the patient's side
    /// can say.
    fileprivate func place(of role: ConsultRole, lane: Lane) throws -> Jurisdiction? {
        guard let jurisdiction else {
            guard role != .party || lane == .peerToPeer else {
                throw FieldRefusal("/jurisdiction", rule: "missing", "must say where the patient is now")
            }
            return nil
        }
        guard let place = Jurisdiction(rawValue: jurisdiction) else {
            throw FieldRefusal("/jurisdiction", rule: "format", "must be \(TextForm.jurisdiction.words)")
        }
        return role == .party && lane == .licensed ? place : nil
    }
}
