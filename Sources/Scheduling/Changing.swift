package import Clinic
package import FoundationEssentials
package import Postgres

extension Scheduler {
    /// Moves an appointment: the same id, a higher sequence, and the old range is given back only with the new one won.
    /// - Parameter expected: the version that the caller read, if she names one.
    /// - Throws: `BookingRefusal.taken` with the next openings, `.tooLateToChange` for the party's side, `.laneClosed`
    ///   when the new day is not lawful, `.wrongState`, `.changedMeanwhile`, `.caseNotBookable`, `.notFound`,
    ///   `.notAllowed`.
    package func reschedule(
        _ id: AppointmentID, to startsAt: Date, ifVersion expected: ExpectedVersion? = nil, by caller: Caller,
        in tx: Transaction
    ) async throws -> Appointment {
        let (found, now) = try await lock(id, ifVersion: expected, by: caller, in: tx)
        let appointment = found.appointment
        guard appointment.state == .booked else { throw BookingRefusal.wrongState(appointment.state) }
        try found.check(caller, isAmong: found.policy.rescheduledBy)
        guard !found.isParty(caller) || now <= appointment.rescheduleUntil else {
            throw BookingRefusal.tooLateToChange(until: appointment.rescheduleUntil)
        }

        let asking = OpeningQuery.next(startsAt, of: appointment.pair, visitType: appointment.visitType, moving: id)
        let look = tx.enqueue(asking.sql)
        let evidence = tx.enqueue(LaneFacts.read(of: AppointmentSQL.lane(id, at: startsAt)))
        try await checkFree(startsAt, of: look, asking)
        let facts = try LaneFacts.all(of: appointment.pair, try await evidence.rows())
        try pass(facts, at: .booking, by: caller, in: tx)

        tx.lapseHolds(of: appointment.pair)
        _ = tx.enqueue(AppointmentSQL.move(id, to: startsAt))
        let people = tx.enqueue(AppointmentSQL.people(id))
        let result = try await read(id, by: caller, in: tx).appointment
        let told = try await tell(.appointmentMoved(id, sequence: result.sequence), to: people, in: tx)
        try await remind(told, of: result, now: now, in: tx)
        return result
    }

    /// Calls a consult off and gives its time back. When the party's side does so late, it has the consequence that the
    /// policy names.
    /// - Throws: `BookingRefusal.tooLateToChange` for the party's side where the policy has no late cancellation,
    ///   `.wrongState`, `.changedMeanwhile`, `.notFound`, `.notAllowed`.
    package func cancel(
        _ id: AppointmentID, ifVersion expected: ExpectedVersion? = nil, by caller: Caller, in tx: Transaction
    ) async throws -> Appointment {
        let (found, now) = try await lock(id, ifVersion: expected, by: caller, in: tx)
        guard found.appointment.state.isOpen else { throw BookingRefusal.wrongState(found.appointment.state) }
        try found.check(caller, isAmong: found.policy.cancelledBy)
        let isLate = found.isParty(caller) && now > found.appointment.cancelUntil
        guard !isLate || found.appointment.lateCancelConsequence != nil else {
            throw BookingRefusal.tooLateToChange(until: found.appointment.cancelUntil)
        }
        let consequence = isLate ? found.appointment.lateCancelConsequence : nil
        _ = tx.enqueue(AppointmentSQL.end(id, as: .cancelled, consequence: consequence, by: caller))
        let people = tx.enqueue(AppointmentSQL.people(id))
        let cancelled = try await read(id, by: caller, in: tx).appointment
        try await tell(.appointmentCancelled(id), to: people, in: tx)
        return cancelled
    }

    /// Says that the party's side is there, within the join window.
    /// - Throws: `BookingRefusal.outsideJoinWindow`, `.wrongState`, `.notFound`, `.notAllowed`.
    package func checkIn(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        let (found, now) = try await lock(id, by: caller, in: tx)
        guard found.side(of: caller).changesTimes else { throw BookingRefusal.notAllowed }
        guard found.appointment.state == .booked else { throw BookingRefusal.wrongState(found.appointment.state) }
        try found.appointment.checkJoinWindow(at: now)
        _ = tx.enqueue(AppointmentSQL.checkIn(id))
        return try await read(id, by: caller, in: tx).appointment
    }

    /// Says that the consult took place, by its specialist or a coordinator.
    /// - Throws: `BookingRefusal.notBegun`, `.wrongState`, `.notFound`, `.notAllowed`.
    package func complete(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        try await finish(id, as: .completed, by: caller, in: tx)
    }

    /// Says that the party did not come, by the specialist or a coordinator, once the policy's grace is over. Whose side
    /// joined, were it only the waiting room, has come.
    /// - Throws: as `complete`; `BookingRefusal.stillAwaited`, `.partyCame`.
    package func markNoShow(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        try await finish(id, as: .noShow, by: caller, in: tx)
    }

    private func finish(
        _ id: AppointmentID, as state: AppointmentState, by caller: Caller, in tx: Transaction
    ) async throws -> Appointment {
        let (found, now) = try await lock(id, by: caller, in: tx)
        let side = found.side(of: caller)
        guard side == .specialist || side == .coordinator else { throw BookingRefusal.notAllowed }
        guard found.appointment.state.isOpen else { throw BookingRefusal.wrongState(found.appointment.state) }
        guard found.appointment.startsAt <= now else {
            throw BookingRefusal.notBegun(startsAt: found.appointment.startsAt)
        }
        guard state != .noShow || found.appointment.noShowFrom <= now else {
            throw BookingRefusal.stillAwaited(until: found.appointment.noShowFrom)
        }
        guard state != .noShow || !found.partyCame else { throw BookingRefusal.partyCame }
        let consequence = state == .noShow ? found.appointment.noShowConsequence : nil
        _ = tx.enqueue(AppointmentSQL.end(id, as: state, consequence: consequence, by: caller))
        return try await read(id, by: caller, in: tx).appointment
    }

    /// Locks all calendars, then the appointment, and reads the clock behind them.
    func lock(
        _ id: AppointmentID, ifVersion expected: ExpectedVersion? = nil, by caller: Caller, in tx: Transaction
    ) async throws -> (AppointmentRow, Date) {
        let locks = CalendarLocks(party: AppointmentSQL.party(id), specialists: AppointmentSQL.specialists(id), in: tx)
        let look = tx.enqueue(AppointmentSQL.lock(id, by: caller))
        let clock = tx.readClock()
        try await locks.hold()
        guard let row = try await look.first(), let now = try await clock.first()?.decode(Date.self) else {
            throw BookingRefusal.notFound
        }
        let found = try AppointmentRow(row)
        guard expected?.holds(for: found.appointment.version) ?? true else { throw BookingRefusal.changedMeanwhile }
        return (found, now)
    }
}
