package import Clinic
import FoundationEssentials
package import Outbox
package import Postgres

extension Scheduler {
    /// Puts a case on the waitlist for openings of its specialist. A time that somebody gives up is offered to the first
    /// whom it suits, then to the next. Of suitable times that are open to all the party is told.
    /// - Throws: `BookingRefusal.alreadyWaiting`, `.caseNotBookable`, `.noParty`, `.notAllowed`, `.notFound`,
    ///   `.wrongState` for an appointment that is not booked; `FieldRefusal`.
    package func joinWaitlist(
        _ request: WaitlistRequest, by caller: Caller, in tx: Transaction
    ) async throws -> WaitlistEntry {
        let preference = try TimePreference(weekdays: request.weekdays, between: request.between)
        let found = try await tx.consultCase(request.case, by: caller)
        let participants = try found.participants()
        try found.checkBooks(caller, as: participants.party)
        let now = try await tx.readClock().instant()
        var type = request.visitType ?? VisitType.usual
        var end = request.latest
        if let id = request.appointment {
            let consult = try await appointment(id, by: caller, in: tx)
            try Self.check(consult, suits: request, participants)
            type = consult.visitType
            end = min(request.latest ?? consult.startsAt, consult.startsAt)
        } else {
            try await checkVisitType(type, in: tx)
        }
        let earliest = max(request.earliest ?? now, now)
        guard end.map({ earliest < $0 }) ?? true else {
            throw FieldRefusal("/latest", rule: "range", "must lie ahead and be later than earliest")
        }
        let id = WaitlistID.random()
        _ = tx.enqueue(WaitlistSQL.endOfWhoLeft(request.case))
        let inserted = try await tx.execute(
            WaitlistSQL.insert(
                id, request, participants: participants, visitType: type, from: earliest, to: end, preference,
                by: caller))
        guard inserted == 1 else { throw BookingRefusal.alreadyWaiting }
        return try await waitlistEntry(id, by: caller, in: tx)
    }

    private static func check(
        _ consult: Appointment, suits request: WaitlistRequest, _ participants: ConsultParticipants
    ) throws {
        guard consult.case == request.case else {
            throw FieldRefusal("/appointment", rule: "choice", "must be a consult of the case")
        }
        guard consult.state == .booked else { throw BookingRefusal.wrongState(consult.state) }
        guard consult.participants == participants else {
            throw FieldRefusal("/appointment", rule: "choice", "must be a consult with the case's specialist alone")
        }
        guard request.visitType == nil || request.visitType == consult.visitType else {
            throw FieldRefusal("/visitType", rule: "choice", "must be the appointment's")
        }
    }

    /// A place on the waitlist, with its position now.
    /// - Throws: `BookingRefusal.notFound`.
    package func waitlistEntry(
        _ id: WaitlistID, by caller: Caller, in tx: Transaction
    ) async throws -> WaitlistEntry {
        guard let row = try await tx.first(WaitlistSQL.select + " WHERE w.id = \(id)") else {
            throw BookingRefusal.notFound
        }
        return try WaitlistEntry(row)
    }

    /// The places of the caller's cases that still wait, the oldest first.
    package func waitlist(
        of case: CaseID? = nil, by caller: Caller, in tx: Transaction
    ) async throws -> [WaitlistEntry] {
        try await tx.query(
            WaitlistSQL.select + """
                 WHERE w.state = 'waiting' AND (\(`case`)::uuid IS NULL OR w.case_id = \(`case`))
                ORDER BY w.joined_at, w.id LIMIT 200
                """
        ).map { try WaitlistEntry($0) }
    }

    /// Leaves the waitlist, and releases what is offered to the place.
    /// - Throws: `BookingRefusal.notFound`, `.notAllowed`, `.notWaiting`.
    package func leaveWaitlist(_ id: WaitlistID, by caller: Caller, in tx: Transaction) async throws {
        let entry = try await waitlistEntry(id, by: caller, in: tx)
        let locks = CalendarLocks(
            party: WaitlistSQL.party(id), specialists: "\([entry.specialist])", in: tx)
        let again = tx.enqueue("SELECT state FROM consilium.waitlist WHERE id = \(id) FOR NO KEY UPDATE")
        let readCase = tx.enqueue(ConsultCase.read(entry.case, caller: caller))
        try await locks.hold()
        let found = try ConsultCase(try await readCase.rows(), id: entry.case)
        let party = found.lane == .licensed ? found.patient : found.clinician ?? found.patient
        try found.checkBooks(caller, as: party)
        guard try await again.first()?.decode(WaitlistState.self) == .waiting else { throw BookingRefusal.notWaiting }
        _ = tx.enqueue(WaitlistSQL.releaseOffered(to: id))
        try await tx.execute(WaitlistSQL.end(id, as: .left))
    }

    /// Serves the waitlist of a specialist, as the worker. A time that somebody gave up is offered for a while to the first
    /// whom it suits. Those for whom something is open to all are told so. Nobody is mailed at night.
    /// - Returns: how many were made an offer.
    package static func serveWaitlist(
        of specialist: AccountID, lasts: Duration, outbox: Outbox, in tx: Transaction
    ) async throws -> Int {
        let locks = CalendarLocks(of: [specialist], in: tx)
        _ = tx.enqueue("SELECT consilium.lapse_holds(\([specialist]))")
        guard try await locks.areHeld() else { return 0 }
        let news = try await tx.query(
            """
            SELECT waitlist_id, people, hold_id FROM consilium.serve_waitlist(\(specialist),
                make_interval(secs => \(Double(lasts.components.seconds))))
            """
        ).map { try $0.decode(WaitlistID.self, [AccountID].self, HoldID?.self) }
        for (entry, people, hold) in news {
            for person in people {
                let template = hold.map(Notice.Template.openingOffered) ?? .openingsAvailable(entry)
                try await outbox.tell(template, to: [person], in: tx)
            }
        }
        return news.count { $0.2 != nil }
    }
}

enum WaitlistSQL {
    static let select: SQL = """
        SELECT w.id, w.case_id, w.specialist_id, w.visit_type, w.appointment_id, lower(w.during) AS earliest,
            upper(w.during) AS latest,
            w.weekdays, to_char(w.hours_from, 'HH24:MI') AS hours_from,
            CASE w.hours_to WHEN '24:00' THEN '24:00' ELSE to_char(w.hours_to, 'HH24:MI') END AS hours_to,
            w.state, w.joined_at, consilium.waitlist_position(w.id) AS position, (
                SELECT h.id FROM consilium.hold h WHERE h.waitlist_id = w.id AND h.state = 'active'
                    AND h.expires_at > clock_timestamp()) AS offered,
            CASE WHEN w.state = 'waiting' AND w.paused_until > clock_timestamp() THEN w.paused_until END
                AS paused_until
        FROM consilium.waitlist w
        """

    static func party(_ id: WaitlistID) -> SQL { "(SELECT party_id FROM consilium.waitlist WHERE id = \(id))" }

    static func insert(
        _ id: WaitlistID, _ request: WaitlistRequest, participants: ConsultParticipants, visitType: String, from: Date,
        to: Date?, _ preference: TimePreference, by caller: Caller
    ) -> SQL {
        """
        INSERT INTO consilium.waitlist (id, case_id, specialist_id, party_id, visit_type, appointment_id, during,
            weekdays, hours_from, hours_to, state, joined_by)
        VALUES (\(id), \(request.case), \(participants.specialist), \(participants.party), \(visitType), \(request.appointment),
            tstzrange(\(from), \(to)), \(preference.weekdays.map(Int32.init)), \(preference.earliest)::text::time,
            \(preference.latest)::text::time, 'waiting', \(caller.account))
        ON CONFLICT DO NOTHING
        """
    }

    /// Ends the place of somebody who is no longer the party. A case has one place.
    static func endOfWhoLeft(_ id: CaseID) -> SQL {
        """
        UPDATE consilium.waitlist SET state = \(WaitlistState.ended), ended_at = clock_timestamp()
        WHERE case_id = \(id) AND state = 'waiting' AND NOT consilium.may_meet(case_id, specialist_id, '{}', party_id)
        """
    }

    static func releaseOffered(to id: WaitlistID) -> SQL {
        "UPDATE consilium.hold SET state = 'released' WHERE waitlist_id = \(id) AND state = 'active'"
    }

    static func end(_ id: WaitlistID, as state: WaitlistState) -> SQL {
        "UPDATE consilium.waitlist SET state = \(state), ended_at = clock_timestamp() WHERE id = \(id) AND state = 'waiting'"
    }
}
