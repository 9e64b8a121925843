package import Clinic
import FoundationEssentials
package import Postgres

extension Scheduler {
    /// The active holds of the caller's cases, without their tokens. The next to expire comes first.
    package func holds(of case: CaseID? = nil, by caller: Caller, in tx: Transaction) async throws -> [Hold] {
        try await tx.query(HoldSQL.list(of: `case`, caller: caller)).map { Hold(try HoldRow($0)) }
    }

    /// Accepts an opening that was offered, in one step. It moves the consult in whose place it is offered, under its
    /// id, if that is still booked; otherwise it is booked anew. Other offers in that place, and the hold that the case
    /// asked for, are released.
    ///
    /// The lanes are checked as at any booking (P5). A specialist who had no part in the case becomes a colleague in it:
    /// the acceptance by the patient's side is the consent `panel` to that.
    /// - Throws: `BookingRefusal.holdOver`, `.notOffered` for a hold that was asked for, `.taken` when the party has
    ///   something else then, `.laneClosed`, `.consentNeeded` where somebody else than the patient's side would add a
    ///   specialist, `.caseNotBookable`, `.hasPart`, `.notFound`, `.notAllowed`.
    package func accept(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        let locks = CalendarLocks(party: HoldSQL.party(id), specialists: OfferSQL.specialists(id), in: tx)
        let look = tx.enqueue(HoldSQL.lock(id, caller: caller))
        let instead = tx.enqueue(OfferSQL.lockConsult(of: id))
        let clock = tx.readClock()
        try await locks.hold()
        let hold = try HoldRow(try await look.rows())
        try hold.checkBooks(caller)
        guard hold.kind == .offered else { throw BookingRefusal.notOffered }
        let now = try await clock.instant()
        try hold.checkActive(at: now)
        let moves = try await instead.first()?.decode(AppointmentState.self).isOpen ?? false

        _ = tx.enqueue(HoldSQL.releaseAsked(of: hold.case))
        let taken = tx.enqueue(OfferSQL.isTaken(id))
        try await addStandIn(of: hold, by: caller, in: tx)
        guard try await taken.first()?.decode(Bool.self) == false else { throw BookingRefusal.taken(next: []) }
        let evidence = try await tx.query(LaneFacts.read(of: HoldSQL.lane(id)))
        try checkLanes(try LaneFacts.all(of: hold.participants, evidence), at: .booking, by: caller, in: tx)
        tx.lapseHolds(of: hold.participants, keeping: id)
        // Before anything is spent: where it moves a consult, that must still be the same.
        let consult = moves ? try await consultToMove(by: hold, by: caller, in: tx) : nil
        settle(hold, in: tx)
        let (appointment, people) =
            if let consult {
                try await move(consult, by: OfferSQL.move(consult, into: hold.id), caller, in: tx)
            } else {
                try await insert(from: hold, by: caller, in: tx)
            }
        try await remind(people, of: appointment, now: now, in: tx)
        return appointment
    }

    private func consultToMove(
        by hold: HoldRow, by caller: Caller, in tx: Transaction
    ) async throws -> AppointmentID {
        guard let id = hold.appointment else { throw BookingRefusal.holdOver }
        let consult = try await appointment(id, by: caller, in: tx)
        guard consult.state == .booked else { throw BookingRefusal.wrongState(consult.state) }
        guard consult.participants == hold.participants, consult.visitType == hold.visitType else {
            throw BookingRefusal.caseNotBookable
        }
        return id
    }

    /// Writes what follows from an accepted offer: its hold is spent, its place on the waitlist is served, and other
    /// offers in place of the same consult are released.
    private func settle(_ hold: HoldRow, in tx: Transaction) {
        _ = tx.enqueue(AppointmentSQL.spend(hold.id))
        if let id = hold.waitlist { _ = tx.enqueue(WaitlistSQL.end(id, as: .served)) }
        if let id = hold.appointment { _ = tx.enqueue(OfferSQL.releaseOthers(for: id)) }
    }

    /// Makes an offered specialist who has no part in the case a colleague in it.
    private func addStandIn(of hold: HoldRow, by caller: Caller, in tx: Transaction) async throws {
        let found = try await tx.consultCase(hold.case, by: caller)
        let acceptedBy = try found.checkBookable()
        let newcomer = hold.participants.specialist
        guard newcomer != acceptedBy, !found.colleagues.contains(newcomer) else { return }
        if try await tx.first(ColleagueSQL.consent(to: hold.case)) == nil {
            guard ActsForPatient().allows(found.callerPart) else { throw BookingRefusal.consentNeeded }
            _ = tx.enqueue(OfferSQL.agree(to: hold.case, by: caller))
        }
        _ = try await add(newcomer, to: hold.case, by: caller, in: tx)
    }
}

enum OfferSQL {
    /// Whose calendars an acceptance may change: the specialists of all that the case keeps, and of the consult in whose
    /// place the hold is offered.
    static func specialists(_ id: HoldID) -> SQL {
        """
        ARRAY(
            SELECT unnest(o.specialist_id || o.colleagues) FROM consilium.hold h JOIN consilium.hold o ON o.case_id = h.case_id
            WHERE h.id = \(id) AND (o.state = 'active' OR o.id = h.id)
            UNION SELECT unnest(a.specialist_id || a.colleagues) FROM consilium.hold h JOIN consilium.appointment a ON a.id = h.appointment_id
            WHERE h.id = \(id))
        """
    }

    static func lockConsult(of id: HoldID) -> SQL {
        """
        SELECT a.state FROM consilium.appointment a WHERE a.id = (SELECT h.appointment_id FROM consilium.hold h WHERE h.id = \(id))
        FOR NO KEY UPDATE
        """
    }

    /// Whether the party has something at the time of a hold besides the consult that it would move.
    static func isTaken(_ id: HoldID) -> SQL {
        """
        SELECT consilium.taken_of(h.party_id, h.starts_at, h.ends_at, h.id, h.appointment_id)
            && tstzrange(h.starts_at, h.ends_at)
        FROM consilium.hold h WHERE h.id = \(id)
        """
    }

    static func move(_ id: AppointmentID, into hold: HoldID) -> SQL {
        """
        UPDATE consilium.appointment a SET starts_at = h.starts_at, ends_at = h.ends_at, visit_version = h.visit_version,
            sequence = a.sequence + 1, version = a.version + 1
        FROM consilium.hold h WHERE a.id = \(id) AND h.id = \(hold)
        """
    }

    static func releaseOthers(for appointment: AppointmentID) -> SQL {
        "UPDATE consilium.hold SET state = 'released' WHERE appointment_id = \(appointment) AND state = 'active'"
    }

    static func agree(to case: CaseID, by caller: Caller) -> SQL {
        """
        INSERT INTO consilium.consent (id, case_id, kind, wording, given_by)
        VALUES (\(ConsentID.random()), \(`case`), 'panel', 'panel.offer_accepted', \(caller.account))
        """
    }
}
