package import Clinic
import FoundationEssentials
import Outbox
package import Postgres

extension Scheduler {
    /// The holds of the caller's cases that are active, the next to expire first; without their tokens.
    package func holds(of case: CaseID? = nil, by caller: Caller, in tx: Transaction) async throws -> [Hold] {
        try await tx.query(HoldSQL.list(of: `case`, caller: caller)).map { row in
            let hold = try HoldRow(row)
            return Hold(hold, expiresAt: hold.expiresAt, renewals: hold.renewals)
        }
    }

    /// Accepts an opening that was offered, in one step: what is instead of a consult that stands moves that consult,
    /// under its id; all else is booked. Whatever else was offered with it, and what the case had asked for, is given
    /// back.
    ///
    /// The lanes are checked as at any booking (P5). With a specialist who was no part of the case yet, the patient's
    /// side brings her in by accepting: that is her consent `panel`.
    /// - Throws: `BookingRefusal.holdOver`, `.notOffered` for a hold that was asked for, `.taken` when the party's own
    ///   calendar has something else then, `.laneClosed`, `.consentNeeded` where somebody else than the patient's side
    ///   would bring in a stand-in, `.caseNotBookable`, `.hasPart`, `.notFound`, `.notAllowed`.
    package func accept(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        let locks = CalendarLocks(party: HoldSQL.party(id), specialists: OfferSQL.specialists(id), in: tx)
        let look = tx.enqueue(HoldSQL.lock(id, caller: caller))
        let instead = tx.enqueue(OfferSQL.lockConsult(of: id))
        let clock = tx.readClock()
        try await locks.hold()
        let hold = try HoldRow(try await look.rows())
        try hold.checkBooks(caller)
        guard hold.kind == .offered else { throw BookingRefusal.notOffered }
        guard let now = try await clock.first()?.decode(Date.self) else { throw BookingRefusal.holdOver }
        try hold.checkActive(at: now)
        let moves = try await instead.first()?.decode(AppointmentState.self).isOpen ?? false

        _ = tx.enqueue(HoldSQL.releaseAsked(of: hold.case))
        let taken = tx.enqueue(OfferSQL.isTaken(id))
        try await bringStandIn(of: hold, by: caller, in: tx)
        guard try await taken.first()?.decode(Bool.self) == false else { throw BookingRefusal.taken(next: []) }
        let evidence = try await tx.query(LaneFacts.read(of: HoldSQL.lane(id)))
        try pass(try LaneFacts.all(of: hold.pair, evidence), at: .booking, by: caller, in: tx)
        tx.lapseHolds(of: hold.pair, keeping: id)
        let (appointment, people) =
            moves ? try await move(into: hold, by: caller, in: tx) : try await book(hold, by: caller, in: tx)
        try await remind(people, of: appointment, now: now, in: tx)
        return appointment
    }

    /// - Returns: the consult, and who was told of it; here and below.
    private func book(
        _ hold: HoldRow, by caller: Caller, in tx: Transaction
    ) async throws -> (Appointment, [AccountID]) {
        settle(hold, in: tx)
        let id = AppointmentID.random()
        _ = tx.enqueue(AppointmentSQL.insert(id, from: hold.id, lane: hold.lane, by: caller))
        let people = tx.enqueue(AppointmentSQL.people(id))
        let appointment = try await read(id, by: caller, in: tx).appointment
        return (appointment, try await tell(.appointmentBooked(id), to: people, in: tx))
    }

    private func move(
        into hold: HoldRow, by caller: Caller, in tx: Transaction
    ) async throws -> (Appointment, [AccountID]) {
        guard let id = hold.appointment else { throw BookingRefusal.holdOver }
        let before = try await read(id, by: caller, in: tx).appointment
        guard before.state == .booked else { throw BookingRefusal.wrongState(before.state) }
        guard before.pair == hold.pair, before.visitType == hold.visitType else {
            throw BookingRefusal.caseNotBookable
        }
        settle(hold, in: tx)
        _ = tx.enqueue(OfferSQL.move(id, into: hold.id))
        let people = tx.enqueue(AppointmentSQL.people(id))
        let appointment = try await read(id, by: caller, in: tx).appointment
        let told = try await tell(.appointmentMoved(id, sequence: appointment.sequence), to: people, in: tx)
        return (appointment, told)
    }

    /// What follows from an accepted offer: its hold is spent, the place in line served, and the others of its kind go
    /// back.
    private func settle(_ hold: HoldRow, in tx: Transaction) {
        _ = tx.enqueue(AppointmentSQL.spend(hold.id))
        if let place = hold.place { _ = tx.enqueue(WaitlistSQL.end(place, as: .served)) }
        guard let appointment = hold.appointment else { return }
        _ = tx.enqueue(OfferSQL.releaseOthers(for: appointment))
    }

    /// A specialist who is offered and has no part in the case yet gets it now.
    private func bringStandIn(of hold: HoldRow, by caller: Caller, in tx: Transaction) async throws {
        let question = ConsultCase.read(hold.case, caller: caller)
        let found = try ConsultCase(try await tx.query(question), id: hold.case)
        try found.checkBookable()
        let newcomer = hold.pair.specialist
        guard newcomer != found.acceptedBy, !found.colleagues.contains(newcomer) else { return }
        if try await tx.first(ColleagueSQL.consent(to: hold.case)) == nil {
            guard ActsForPatient().allows(found.callerPart) else { throw BookingRefusal.consentNeeded }
            _ = tx.enqueue(OfferSQL.agree(to: hold.case, by: caller))
        }
        try await bring(newcomer, into: hold.case, by: caller, in: tx)
        guard try await tx.first(ColleagueSQL.bring(newcomer, into: hold.case))?.decode(Date?.self) != nil else {
            throw BookingRefusal.hasPart
        }
        try await outbox.tell(.colleagueBrought(hold.case), to: [newcomer], in: tx)
    }
}

enum OfferSQL {
    /// Whose calendars an acceptance may touch: those of everything the case holds, and of the consult that it is
    /// instead of.
    static func specialists(_ id: HoldID) -> SQL {
        """
        ARRAY(
            SELECT unnest(o.specialist_id || o.colleagues) FROM hold h JOIN hold o ON o.case_id = h.case_id
            WHERE h.id = \(id) AND (o.state = 'active' OR o.id = h.id)
            UNION SELECT unnest(a.specialist_id || a.colleagues) FROM hold h JOIN appointment a ON a.id = h.appointment_id
            WHERE h.id = \(id))
        """
    }

    static func lockConsult(of id: HoldID) -> SQL {
        """
        SELECT a.state FROM appointment a WHERE a.id = (SELECT h.appointment_id FROM hold h WHERE h.id = \(id))
        FOR NO KEY UPDATE
        """
    }

    /// Whether the party has something else at the time of a hold than the consult that it would move.
    static func isTaken(_ id: HoldID) -> SQL {
        """
        SELECT busy_ranges_of(h.party_id, h.starts_at, h.ends_at, h.id, h.appointment_id)
            && tstzrange(h.starts_at, h.ends_at)
        FROM hold h WHERE h.id = \(id)
        """
    }

    static func move(_ id: AppointmentID, into hold: HoldID) -> SQL {
        """
        UPDATE appointment a SET starts_at = h.starts_at, ends_at = h.ends_at, visit_version = h.visit_version,
            sequence = a.sequence + 1, version = a.version + 1
        FROM hold h WHERE a.id = \(id) AND h.id = \(hold)
        """
    }

    static func releaseOthers(for appointment: AppointmentID) -> SQL {
        "UPDATE hold SET state = 'released' WHERE appointment_id = \(appointment) AND state = 'active'"
    }

    static func agree(to case: CaseID, by caller: Caller) -> SQL {
        """
        INSERT INTO consent (id, case_id, kind, wording, given_by)
        VALUES (\(ConsentID.random()), \(`case`), 'panel', 'panel.offer_accepted', \(caller.account))
        """
    }
}
