package import Clinic
package import FoundationEssentials
package import Outbox
package import Postgres

/// What is waited for.
package struct WaitlistRequest: Codable, Sendable, Hashable {
    package let `case`: CaseID
    /// The booked consult that she would have earlier; any opening where nil.
    package let appointment: AppointmentID?
    /// Of the appointment where there is one, and the usual one where nil.
    package let visitType: String?
    /// The first start that suits; now where nil.
    package let earliest: Date?
    /// The starts that suit lie before this; the appointment's own, or the farthest that can be booked, where nil.
    package let latest: Date?
    /// Only these days of the party's own clock suit, ISO 8601: Monday is 1; every day where nil.
    package let weekdays: [Int]?
    /// Only starts within these hours of the party's own clock suit; the whole day where nil.
    package let between: HoursOfDay?

    package init(
        case: CaseID, appointment: AppointmentID? = nil, visitType: String? = nil, earliest: Date? = nil,
        latest: Date? = nil, weekdays: [Int]? = nil, between: HoursOfDay? = nil
    ) {
        self.case = `case`
        self.appointment = appointment
        self.visitType = visitType
        self.earliest = earliest
        self.latest = latest
        self.weekdays = weekdays
        self.between = between
    }
}

/// The states of a place in the line; the legal moves are rows of the database's `transition` table.
package enum WaitlistState: String, Codable, Sendable, CaseIterable, SQLValue {
    case waiting, served, left
    /// By its case's end, or because who waited, or what was waited for, cannot be any more.
    case ended
}

/// A place in the line for a specialist's openings.
package struct WaitlistEntry: Codable, Sendable, Hashable, Identifiable {
    package let id: WaitlistID
    package let `case`: CaseID
    package let specialist: AccountID
    package let visitType: String
    package let appointment: AppointmentID?
    package let earliest: Date
    package let latest: Date?
    /// The days that suit, ISO 8601: Monday is 1.
    package let weekdays: [Int]
    /// The hours in which a start suits, by the party's own clock.
    package let between: HoursOfDay
    package let state: WaitlistState
    package let joinedAt: Date
    /// How many wait for this specialist up to here, oneself counted; nil when it waits no more. Who stands before may
    /// wait for other times.
    package let position: Int?
    /// The hold that is offered to it now, if any.
    package let offered: HoldID?
    /// Until when nothing is offered to it, because an offer was declined or lapsed; nil without a pause.
    package let pausedUntil: Date?

    package init(
        id: WaitlistID, case: CaseID, specialist: AccountID, visitType: String, appointment: AppointmentID?,
        earliest: Date, latest: Date?, weekdays: [Int], between: HoursOfDay, state: WaitlistState, joinedAt: Date,
        position: Int?, offered: HoldID?, pausedUntil: Date? = nil
    ) {
        self.id = id
        self.case = `case`
        self.specialist = specialist
        self.visitType = visitType
        self.appointment = appointment
        self.earliest = earliest
        self.latest = latest
        self.weekdays = weekdays
        self.between = between
        self.state = state
        self.joinedAt = joinedAt
        self.position = position
        self.offered = offered
        self.pausedUntil = pausedUntil
    }

    init(_ row: Row) throws {
        let (from, to): (String, String)
        (
            id, `case`, specialist, visitType, appointment, earliest, latest, weekdays, from, to, state, joinedAt,
            position, offered, pausedUntil
        ) = try row.decode(
            WaitlistID.self, CaseID.self, AccountID.self, String.self, AppointmentID?.self, Date.self, Date?.self,
            [Int].self, String.self, String.self, WaitlistState.self, Date.self, Int?.self, HoldID?.self, Date?.self)
        between = HoursOfDay(starts: from, ends: to)
    }
}

extension Scheduler {
    /// Puts a case into the line for openings of its specialist. What somebody gives up and suits is offered to the first in
    /// line, then to the next; of what suits and is open to everybody the party is told.
    /// - Throws: `BookingRefusal.alreadyWaiting`, `.caseNotBookable`, `.noParty`, `.notAllowed`, `.notFound`,
    ///   `.wrongState` for an appointment that is not booked; `FieldRefusal`.
    package func joinWaitlist(
        _ request: WaitlistRequest, by caller: Caller, in tx: Transaction
    ) async throws -> WaitlistEntry {
        let preference = try Preference(weekdays: request.weekdays, between: request.between)
        let found = try ConsultCase(
            try await tx.query(ConsultCase.read(request.case, caller: caller)), id: request.case)
        let pair = try found.pair()
        try found.checkBooks(caller, as: pair.party)
        guard let now = try await tx.readClock().first()?.decode(Date.self) else { throw BookingRefusal.notFound }
        var type = request.visitType ?? VisitType.usual
        var end = request.latest
        if let id = request.appointment {
            let consult = try await read(id, by: caller, in: tx).appointment
            try Self.check(consult, suits: request, pair)
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
                id, request, pair: pair, visitType: type, from: earliest, to: end, preference, by: caller))
        guard inserted == 1 else { throw BookingRefusal.alreadyWaiting }
        return try await waitlistEntry(id, by: caller, in: tx)
    }

    private static func check(_ consult: Appointment, suits request: WaitlistRequest, _ pair: ConsultParticipants)
        throws
    {
        guard consult.case == request.case else {
            throw FieldRefusal("/appointment", rule: "choice", "must be a consult of the case")
        }
        guard consult.state == .booked else { throw BookingRefusal.wrongState(consult.state) }
        guard consult.pair == pair else {
            throw FieldRefusal("/appointment", rule: "choice", "must be a consult with the case's specialist alone")
        }
        guard request.visitType == nil || request.visitType == consult.visitType else {
            throw FieldRefusal("/visitType", rule: "choice", "must be the appointment's")
        }
    }

    /// A place in the line, with its position now.
    /// - Throws: `BookingRefusal.notFound`.
    package func waitlistEntry(
        _ id: WaitlistID, by caller: Caller, in tx: Transaction
    ) async throws -> WaitlistEntry {
        guard let row = try await tx.first(WaitlistSQL.select + " WHERE w.id = \(id)") else {
            throw BookingRefusal.notFound
        }
        return try WaitlistEntry(row)
    }

    /// The places of the caller's cases that still wait, in the order of joining.
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

    /// Leaves the line, and gives back what is offered there.
    /// - Throws: `BookingRefusal.notFound`, `.notAllowed`, `.notWaiting`.
    package func leaveWaitlist(_ id: WaitlistID, by caller: Caller, in tx: Transaction) async throws {
        let entry = try await waitlistEntry(id, by: caller, in: tx)
        let locks = CalendarLocks(
            party: WaitlistSQL.party(id), specialists: "\([entry.specialist])", in: tx)
        let again = tx.enqueue("SELECT state FROM waitlist WHERE id = \(id) FOR NO KEY UPDATE")
        let question = tx.enqueue(ConsultCase.read(entry.case, caller: caller))
        try await locks.hold()
        let found = try ConsultCase(try await question.rows(), id: entry.case)
        let party = found.lane == .licensed ? found.patient : found.clinician ?? found.patient
        try found.checkBooks(caller, as: party)
        guard try await again.first()?.decode(WaitlistState.self) == .waiting else { throw BookingRefusal.notWaiting }
        _ = tx.enqueue(WaitlistSQL.releaseOffered(to: id))
        try await tx.execute(WaitlistSQL.end(id, as: .left))
    }

    /// Goes down the line of a specialist, as the worker: what somebody gave up is offered for a while to whom it suits, the
    /// first in line first; for whom something is open to everybody, they are told so. Nobody is mailed at night.
    /// - Returns: how many were made an offer.
    package static func serveWaitlist(
        of specialist: AccountID, lasts: Duration, outbox: Outbox, in tx: Transaction
    ) async throws -> Int {
        let locked = tx.enqueue(
            "SELECT FROM consilium.calendar WHERE person_id = \(specialist) FOR NO KEY UPDATE")
        _ = tx.enqueue("SELECT consilium.lapse_holds(\([specialist]))")
        guard try await locked.rows().count == 1 else { return 0 }
        let news = try await tx.query(
            """
            SELECT waitlist_id, people, hold_id FROM consilium.serve_waitlist(\(specialist),
                make_interval(secs => \(Double(lasts.components.seconds))))
            """
        ).map { try $0.decode(WaitlistID.self, [AccountID].self, HoldID?.self) }
        for (entry, people, hold) in news {
            for person in people {
                let template = hold.map(Notice.Template.openingOffered) ?? .openingsAvailable(entry)
                try await outbox.enqueue(Notice(to: .account(person), template), in: tx)
            }
        }
        return news.count { $0.2 != nil }
    }
}

enum WaitlistSQL {
    static let select: SQL = """
        SELECT w.id, w.case_id, w.specialist_id, w.visit_type, w.appointment_id, lower(w.during), upper(w.during),
            w.weekdays, to_char(w.hours_from, 'HH24:MI'),
            CASE w.hours_to WHEN '24:00' THEN '24:00' ELSE to_char(w.hours_to, 'HH24:MI') END,
            w.state, w.joined_at, waitlist_position(w.id), (
                SELECT h.id FROM hold h WHERE h.waitlist_id = w.id AND h.state = 'active'
                    AND h.expires_at > clock_timestamp()),
            CASE WHEN w.state = 'waiting' AND w.paused_until > clock_timestamp() THEN w.paused_until END
        FROM waitlist w
        """

    static func party(_ id: WaitlistID) -> SQL { "(SELECT party_id FROM waitlist WHERE id = \(id))" }

    static func insert(
        _ id: WaitlistID, _ request: WaitlistRequest, pair: ConsultParticipants, visitType: String, from: Date,
        to: Date?,
        _ preference: Preference, by caller: Caller
    ) -> SQL {
        """
        INSERT INTO waitlist (id, case_id, specialist_id, party_id, visit_type, appointment_id, during, weekdays, hours_from,
            hours_to, state, joined_by)
        VALUES (\(id), \(request.case), \(pair.specialist), \(pair.party), \(visitType), \(request.appointment),
            tstzrange(\(from), \(to)), \(preference.weekdays.map(Int32.init)), \(preference.earliest)::text::time,
            \(preference.latest)::text::time, 'waiting', \(caller.account))
        ON CONFLICT DO NOTHING
        """
    }

    /// Ends the place of somebody who is the party no more: a case has one.
    static func endOfWhoLeft(_ id: CaseID) -> SQL {
        """
        UPDATE waitlist SET state = \(WaitlistState.ended), ended_at = clock_timestamp()
        WHERE case_id = \(id) AND state = 'waiting' AND NOT may_meet(case_id, specialist_id, '{}', party_id)
        """
    }

    static func releaseOffered(to id: WaitlistID) -> SQL {
        "UPDATE hold SET state = 'released' WHERE waitlist_id = \(id) AND state = 'active'"
    }

    static func end(_ id: WaitlistID, as state: WaitlistState) -> SQL {
        "UPDATE waitlist SET state = \(state), ended_at = clock_timestamp() WHERE id = \(id) AND state = 'waiting'"
    }
}

extension WaitlistRequest: Ruled {
    package static let rules: [String: FieldRule] = [
        "visitType": .text(.form(.word)), "weekdays": Preference.weekdaysRule,
    ]
}
