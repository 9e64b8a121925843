package import Clinic
package import FoundationEssentials
package import Postgres

extension Scheduler {
    /// Moves an appointment. Its id stays, its sequence rises, and the old time is free only once the new one is won.
    /// - Parameter expected: the version that the caller read, if they name one.
    /// - Throws: `BookingRefusal.taken` with the next openings, `.tooLateToChange` for the party's side, `.laneClosed`
    ///   when the consult would not be lawful on the new day, `.wrongState`, `.caseNotBookable`, `.notFound`,
    ///   `.notAllowed`; `VersionRefusal`.
    package func reschedule(
        _ id: AppointmentID, to startsAt: Date, ifVersion expected: ExpectedVersion? = nil, by caller: Caller,
        in tx: Transaction
    ) async throws -> Appointment {
        let (found, now) = try await lock(id, ifVersion: expected, by: caller, in: tx)
        let appointment = found.appointment
        let participants = appointment.participants
        guard appointment.state == .booked else { throw BookingRefusal.wrongState(appointment.state) }
        try found.check(caller, isAmong: found.rescheduledBy)
        guard !found.isParty(caller) || now <= appointment.rescheduleUntil else {
            throw BookingRefusal.tooLateToChange(until: appointment.rescheduleUntil)
        }

        let query = OpeningQuery.next(startsAt, of: participants, visitType: appointment.visitType, moving: id)
        let look = tx.enqueue(query.sql)
        let evidence = tx.enqueue(LaneFacts.read(of: AppointmentSQL.lane(id, at: startsAt)))
        try await checkFree(startsAt, of: look, query)
        let facts = try LaneFacts.all(of: participants, try await evidence.rows())
        try checkLanes(facts, at: .booking, by: caller, in: tx)

        tx.lapseHolds(of: participants)
        let (moved, people) = try await move(id, by: AppointmentSQL.move(id, to: startsAt), caller, in: tx)
        try await remind(people, of: moved, now: now, in: tx)
        return moved
    }

    /// Writes a move, and tells everybody.
    /// - Returns: the appointment, and who was told of it.
    func move(
        _ id: AppointmentID, by statement: SQL, _ caller: Caller, in tx: Transaction
    ) async throws -> (Appointment, [AccountID]) {
        _ = tx.enqueue(statement)
        let people = tx.enqueue(AppointmentSQL.people(id))
        let moved = try await appointment(id, by: caller, in: tx)
        return (moved, try await tell(.appointmentMoved(id, sequence: moved.sequence), to: people, in: tx))
    }

    /// Cancels a consult; its time is free again. A late cancellation by the party's side has the consequence that the
    /// policy names.
    /// - Throws: `BookingRefusal.tooLateToChange` for the party's side where the policy has no late cancellation,
    ///   `.wrongState`, `.notFound`, `.notAllowed`; `VersionRefusal`.
    package func cancel(
        _ id: AppointmentID, ifVersion expected: ExpectedVersion? = nil, by caller: Caller, in tx: Transaction
    ) async throws -> Appointment {
        let (found, now) = try await lock(id, ifVersion: expected, by: caller, in: tx)
        guard found.appointment.state.isOpen else { throw BookingRefusal.wrongState(found.appointment.state) }
        try found.check(caller, isAmong: found.cancelledBy)
        let isLate = found.isParty(caller) && now > found.appointment.cancelUntil
        let consequence = isLate ? found.appointment.lateCancelConsequence : nil
        guard !isLate || consequence != nil else {
            throw BookingRefusal.tooLateToChange(until: found.appointment.cancelUntil)
        }
        return try await cancel(id, consequence: consequence, by: caller, in: tx)
    }

    /// Writes a cancellation, and tells everybody.
    func cancel(
        _ id: AppointmentID, consequence: String?, by caller: Caller, in tx: Transaction
    ) async throws -> Appointment {
        _ = tx.enqueue(AppointmentSQL.end(id, as: .cancelled, consequence: consequence, by: caller))
        let people = tx.enqueue(AppointmentSQL.people(id))
        let cancelled = try await appointment(id, by: caller, in: tx)
        try await tell(.appointmentCancelled(id), to: people, in: tx)
        return cancelled
    }

    /// Checks the party's side in, within the join window.
    /// - Throws: `BookingRefusal.outsideJoinWindow`, `.wrongState`, `.notFound`, `.notAllowed`.
    package func checkIn(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        let (found, now) = try await lock(id, by: caller, in: tx)
        guard found.role(of: caller).changesTimes else { throw BookingRefusal.notAllowed }
        guard found.appointment.state == .booked else { throw BookingRefusal.wrongState(found.appointment.state) }
        try found.appointment.checkJoinWindow(at: now)
        _ = tx.enqueue(AppointmentSQL.checkIn(id))
        return try await appointment(id, by: caller, in: tx)
    }

    /// Completes a consult that took place, by its specialist or a coordinator.
    /// - Throws: `BookingRefusal.notBegun`, `.wrongState`, `.notFound`, `.notAllowed`.
    package func complete(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        try await finish(id, as: .completed, by: caller, in: tx)
    }

    /// Marks the party as not come, by the specialist or a coordinator, once the policy's grace is over. A party whose
    /// side joined has come, even if only to the waiting room.
    /// - Throws: as `complete`; `BookingRefusal.stillAwaited`, `.partyCame`.
    package func markNoShow(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        try await finish(id, as: .noShow, by: caller, in: tx)
    }

    private func finish(
        _ id: AppointmentID, as state: AppointmentState, by caller: Caller, in tx: Transaction
    ) async throws -> Appointment {
        let (found, now) = try await lock(id, by: caller, in: tx)
        let role = found.role(of: caller)
        guard role == .specialist || role == .coordinator else { throw BookingRefusal.notAllowed }
        guard found.appointment.state.isOpen else { throw BookingRefusal.wrongState(found.appointment.state) }
        guard found.appointment.startsAt <= now else {
            throw BookingRefusal.notBegun(startsAt: found.appointment.startsAt)
        }
        var consequence: String?
        if state == .noShow {
            guard found.appointment.noShowFrom <= now else {
                throw BookingRefusal.stillAwaited(until: found.appointment.noShowFrom)
            }
            guard !found.partyCame else { throw BookingRefusal.partyCame }
            consequence = found.appointment.noShowConsequence
        }
        _ = tx.enqueue(AppointmentSQL.end(id, as: state, consequence: consequence, by: caller))
        return try await appointment(id, by: caller, in: tx)
    }

    /// Locks all calendars, then the appointment, and reads the clock after that.
    func lock(
        _ id: AppointmentID, ifVersion expected: ExpectedVersion? = nil, by caller: Caller, in tx: Transaction
    ) async throws -> (AppointmentRow, Date) {
        let locks = CalendarLocks(party: AppointmentSQL.party(id), specialists: AppointmentSQL.specialists(id), in: tx)
        let look = tx.enqueue(AppointmentSQL.lock(id, by: caller))
        let clock = tx.readClock()
        try await locks.hold()
        guard let row = try await look.first() else { throw BookingRefusal.notFound }
        let found = try AppointmentRow(row)
        try expected?.check(found.appointment.version)
        return (found, try await clock.instant())
    }
}
