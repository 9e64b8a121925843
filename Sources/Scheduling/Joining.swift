package import Clinic
package import FoundationEssentials
package import Postgres

/// Where the patient says that she is when she joins.
package struct JoinRequest: Codable, Sendable, Hashable {
    /// ISO 3166-2; needed from the patient's side in the licensed lane.
    package let jurisdiction: String?

    package init(jurisdiction: String?) { self.jurisdiction = jurisdiction }
}

/// The states of a consult's room; the legal moves are rows of the database's `transition` table.
package enum RoomState: String, Codable, Sendable, CaseIterable, SQLValue {
    /// Nobody has joined.
    case closed
    /// The party's side is in the waiting room.
    case waiting
    /// The specialist has joined: whoever comes is let in.
    case open
}

/// A consult's room as it stands.
package struct ConsultRoom: Codable, Sendable, Hashable {
    package let state: RoomState
    /// Since when the party's side has waited, or had when the room was opened.
    package let waitingSince: Date?

    package init(state: RoomState, waitingSince: Date?) {
        self.state = state
        self.waitingSince = waitingSince
    }
}

/// Where somebody who joins is: in the room, with what opens it, or in its waiting room, without.
package struct JoinPass: Codable, Sendable, Hashable {
    package let `case`: CaseID
    package let room: ConsultRoom
    /// Where the token is shown: for Jitsi the link with the token in it, for LiveKit its server. Nil while she waits.
    package let url: String?
    package let token: String?
    package let opensAt: Date
    package let closesAt: Date

    package init(
        case: CaseID, room: ConsultRoom, url: String?, token: String?, opensAt: Date, closesAt: Date
    ) {
        self.case = `case`
        self.room = room
        self.url = url
        self.token = token
        self.opensAt = opensAt
        self.closesAt = closesAt
    }
}

extension Scheduler {
    /// Lets one of the consult's people into its room, or, where she is on the party's side and no specialist has come
    /// yet, into its waiting room; once the lane was checked where the patient says she is (P5): for the
    /// party's side that of every specialist, for a specialist her own.
    ///
    /// The consult's specialist opens the room by joining. Whoever waits joins again once it is open: the lane is checked anew, and
    /// only then is there a token.
    /// - Throws: `BookingRefusal.outsideJoinWindow`, `.wrongState`, `.laneClosed`, `.notFound`, `.notAllowed`;
    ///   `FieldRefusal` when the patient's side does not say where she is.
    package func join(
        _ id: AppointmentID, _ request: JoinRequest, by caller: Caller, in tx: Transaction
    ) async throws -> JoinPass {
        let (found, now) = try await lock(id, by: caller, in: tx)
        let appointment = found.appointment
        let side = found.side(of: caller)
        guard side == .party || side == .specialist || side == .colleague else { throw BookingRefusal.notAllowed }
        guard appointment.state.isOpen else { throw BookingRefusal.wrongState(appointment.state) }
        try appointment.checkJoinWindow(at: now)
        let facts = try LaneFacts.all(
            of: appointment.pair,
            try await tx.query(
                LaneFacts.read(
                    of: AppointmentSQL.lane(id, at: now), said: try request.place(of: side, lane: appointment.lane))))
        try pass(
            side == .party ? facts : facts.filter { $0.specialist == caller.account }, at: .joining, by: caller, in: tx)
        let room = try await enter(appointment, side, at: now, in: tx)
        guard room.state == .open else {
            return JoinPass(
                case: appointment.case, room: room, url: nil, token: nil, opensAt: appointment.joinOpensAt,
                closesAt: appointment.endsAt)
        }
        try await tx.execute(RoomSQL.note(caller.session, in: id))
        let (url, token) = try await rooms.issue(
            VideoRooms.Ticket(
                room: id, person: caller.account, isHost: side == .specialist, opensAt: appointment.joinOpensAt,
                closesAt: appointment.endsAt))
        return JoinPass(
            case: appointment.case, room: room, url: url, token: token, opensAt: appointment.joinOpensAt,
            closesAt: appointment.endsAt)
    }

    /// How the room of a consult stands, for whoever waits or is waited for.
    /// - Throws: `BookingRefusal.notFound`.
    package func room(of id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> ConsultRoom {
        try await read(id, by: caller, in: tx).appointment.room
    }

    /// Moves the room as far as this side's coming does. The appointment's lock is held.
    private func enter(
        _ appointment: Appointment, _ side: ConsultRole, at now: Date, in tx: Transaction
    ) async throws -> ConsultRoom {
        let change: SQL
        switch (side, appointment.room.state) {
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
        return side == .specialist
            ? ConsultRoom(state: .open, waitingSince: appointment.room.waitingSince)
            : ConsultRoom(state: .waiting, waitingSince: now)
    }
}

private enum RoomSQL {
    static func open(_ id: AppointmentID) -> SQL {
        """
        INSERT INTO consult_room (appointment_id, case_id, state, opened_at)
        SELECT a.id, a.case_id, 'open', clock_timestamp() FROM appointment a WHERE a.id = \(id)
        """
    }

    static func wait(_ id: AppointmentID, since now: Date) -> SQL {
        """
        INSERT INTO consult_room (appointment_id, case_id, state, waiting_since, party_came_at)
        SELECT a.id, a.case_id, 'waiting', \(now), \(now) FROM appointment a WHERE a.id = \(id)
        """
    }

    static func admit(_ id: AppointmentID) -> SQL {
        """
        UPDATE consult_room SET state = 'open', opened_at = clock_timestamp()
        WHERE appointment_id = \(id) AND state = 'waiting'
        """
    }

    /// Notes that the party's side came into the open room, once.
    static func come(_ id: AppointmentID) -> SQL {
        """
        UPDATE consult_room SET party_came_at = clock_timestamp()
        WHERE appointment_id = \(id) AND party_came_at IS NULL
        """
    }

    /// From now on the session is in use, though it makes no request.
    static func note(_ session: SessionID, in id: AppointmentID) -> SQL {
        "SELECT enter_consult(\(id), \(session))"
    }

    /// The room is shown with the appointment.
    static func touch(_ id: AppointmentID) -> SQL {
        "UPDATE appointment SET version = version + 1 WHERE id = \(id)"
    }
}

extension JoinRequest {
    /// Where the consult takes place for the law: in the licensed lane where the patient is. The specialist does not
    /// say it for her.
    fileprivate func place(of side: ConsultRole, lane: Lane) throws -> Jurisdiction? {
        guard let jurisdiction else {
            guard side != .party || lane == .peerToPeer else {
                throw FieldRefusal("/jurisdiction", rule: "missing", "must say where the patient is now")
            }
            return nil
        }
        guard let place = Jurisdiction(rawValue: jurisdiction) else {
            throw FieldRefusal("/jurisdiction", rule: "format", "must be \(TextForm.jurisdiction.words)")
        }
        return side == .party && lane == .licensed ? place : nil
    }
}

extension JoinRequest: Ruled {
    package static let rules: [String: FieldRule] = ["jurisdiction": .text(.form(.jurisdiction))]
}
