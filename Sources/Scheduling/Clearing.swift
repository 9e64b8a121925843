package import Clinic
import FoundationEssentials
import Outbox
package import Postgres

/// A range that was cleared: the absence, and what became of each consult in it.
package struct ClearedRange: Codable, Sendable, Hashable {
    package let timeOff: TimeOff
    /// By their start.
    package let consults: [ClearedConsult]

    package init(timeOff: TimeOff, consults: [ClearedConsult]) {
        self.timeOff = timeOff
        self.consults = consults
    }
}

/// A consult that was called off, and what is offered to its party instead: the first that is accepted takes its place.
package struct ClearedConsult: Codable, Sendable, Hashable {
    package let appointment: Appointment
    /// At most two: with the same people later, and sooner with another specialist of the case's match.
    package let offered: [Hold]

    package init(appointment: Appointment, offered: [Hold]) {
        self.appointment = appointment
        self.offered = offered
    }

    /// For how long an opening is offered.
    package static let offersLast = Duration.seconds(86_400)
}

extension Scheduler {
    /// Clears a range of a specialist's calendar, by herself or a coordinator: she cannot come.
    ///
    /// The range becomes time off. Each consult in it that has not begun is called off at once, so that nobody waits in
    /// an empty room, no reminder goes out, and the calendars of its people are free; what only was held there goes
    /// back. In the order of their starts, each party gets the soonest opening after the range that suits the same
    /// people, and, if the case's match has an equal specialist who can sooner, hers as well: both are kept for her
    /// alone for a day, and she is told. For whom there is neither, a coordinator gets a task.
    ///
    /// Only specialists' calendars are locked: a party's is given time back and nothing more.
    /// - Throws: `FieldRefusal` for a range that is empty, over, or longer than 31 days; `AvailabilityRefusal.notFound`;
    ///   `.bookedMeanwhile` when a panel was booked into it this very moment.
    package func clear(
        _ range: TimeOffRequest, of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> ClearedRange {
        try Self.check(range)
        guard specialist == caller.account || caller.roles.contains(.coordinator),
            try await tx.first("SELECT FROM specialist WHERE id = \(specialist)") != nil
        else { throw AvailabilityRefusal.notFound }
        let during = range.startsAt..<range.endsAt
        var plan = try await plan(for: during, of: specialist, in: tx)
        let locked = try await lock(plan, and: specialist, in: tx)
        plan = try await self.plan(for: during, of: specialist, in: tx)
        // A consult that was booked before the lock was won is called off as well; not one whose colleagues are not
        // locked.
        guard plan.allSatisfy({ locked.isSuperset(of: $0.specialists) }) else {
            throw AvailabilityRefusal.bookedMeanwhile
        }
        guard let now = try await tx.readClock().first()?.decode(Date.self) else { throw AvailabilityRefusal.notFound }
        guard now < range.endsAt else { throw FieldRefusal("/endsAt", rule: "range", "must lie ahead") }

        let id = TimeOffID.random()
        _ = tx.enqueue(ClearSQL.endHolds(in: during, of: specialist))
        _ = tx.enqueue(ClearSQL.insert(id, during, of: specialist))
        var cleared: [Appointment] = []
        for consult in plan {
            _ = tx.enqueue(AppointmentSQL.end(consult.id, as: .cancelled, consequence: nil, by: caller))
            let people = tx.enqueue(AppointmentSQL.people(consult.id))
            let appointment = try await read(consult.id, by: caller, in: tx).appointment
            try await tell(.appointmentCancelled(consult.id), to: people, in: tx)
            cleared.append(appointment)
        }
        var consults: [ClearedConsult] = []
        for (consult, appointment) in zip(plan, cleared) {
            let offered = try await offer(
                consult, for: appointment, after: range.endsAt, now: now, locked: locked, by: caller, in: tx)
            consults.append(ClearedConsult(appointment: appointment, offered: offered))
        }
        return ClearedRange(
            timeOff: TimeOff(id: id, startsAt: range.startsAt, endsAt: range.endsAt), consults: consults)
    }

    private static func check(_ range: TimeOffRequest) throws {
        guard range.startsAt < range.endsAt else {
            throw FieldRefusal("/endsAt", rule: "range", "must be later than startsAt")
        }
        guard range.endsAt.timeIntervalSince(range.startsAt) <= 31 * 86_400 else {
            throw FieldRefusal("/endsAt", rule: "range", "must be at most 31 days after startsAt")
        }
    }

    /// A consult to be called off, with whom it could be instead.
    private struct Affected: Sendable {
        let id: AppointmentID
        /// Whose free time it is taken from: the party's, too, if she is a specialist herself.
        let specialists: [AccountID]
        let standIns: [AccountID]
    }

    private func plan(
        for during: Range<Date>, of specialist: AccountID, in tx: Transaction
    ) async throws -> [Affected] {
        try await tx.query(ClearSQL.affected(in: during, of: specialist)).map { row in
            let (id, specialists, standIns) = try row.decode(AppointmentID.self, [AccountID].self, [AccountID].self)
            return Affected(id: id, specialists: specialists, standIns: standIns)
        }
    }

    private func lock(
        _ plan: [Affected], and specialist: AccountID, in tx: Transaction
    ) async throws -> Set<AccountID> {
        let people = plan.reduce(into: Set([specialist])) { $0.formUnion($1.specialists + $1.standIns) }
        let locked = tx.enqueue(
            """
            SELECT FROM calendar WHERE person_id = ANY (\(people.sorted())) ORDER BY person_id FOR NO KEY UPDATE
            """)
        guard try await locked.rows().count == people.count else { throw AvailabilityRefusal.notFound }
        return people
    }

    /// Keeps the best alternatives for a party and tells her of them, or a coordinator that there are none.
    private func offer(
        _ consult: Affected, for appointment: Appointment, after end: Date, now: Date, locked: Set<AccountID>,
        by caller: Caller, in tx: Transaction
    ) async throws -> [Hold] {
        var offered: [Hold] = []
        var latest = now.addingTimeInterval(Double(OpeningSearch.mostDays) * 86_400)
        if let hold = try await offer(
            appointment.pair, for: appointment, from: max(end, now), to: latest, by: caller, in: tx)
        {
            offered.append(hold)
            latest = hold.startsAt
        }
        if appointment.colleagues.ids.isEmpty {
            let from = max(appointment.startsAt, now)
            for standIn in consult.standIns where locked.contains(standIn) && from < latest {
                let pair = ConsultParticipants(party: appointment.party, specialist: standIn)
                guard let hold = try await offer(pair, for: appointment, from: from, to: latest, by: caller, in: tx)
                else { continue }
                offered.append(hold)
                break
            }
        }
        offered.sort { $0.startsAt < $1.startsAt }
        if let first = offered.first {
            try await outbox.enqueue(Notice(to: .account(appointment.party), .openingOffered(first.id)), in: tx)
        } else {
            _ = tx.enqueue(ClearSQL.askCoordinator(for: appointment))
        }
        return offered
    }

    /// The first start that suits these people and the party's own calendar, kept for her.
    private func offer(
        _ pair: ConsultParticipants, for appointment: Appointment, from: Date, to: Date, by caller: Caller,
        in tx: Transaction
    ) async throws -> Hold? {
        let asking = OpeningQuery(pair: pair, visitType: appointment.visitType, from: from, to: to, limit: 1)
        guard let opening = try await openings(asking, in: tx).first,
            let id = try await tx.first(
                ClearSQL.offer(pair.specialist, at: opening.startsAt, insteadOf: appointment.id))?.decode(HoldID?.self)
        else { return nil }
        let hold = try HoldRow(try await tx.query(HoldSQL.read(id, caller: caller)))
        return Hold(hold, expiresAt: hold.expiresAt, renewals: hold.renewals)
    }
}

enum ClearSQL {
    /// The consults of a specialist in a range that have not begun, with their specialists and two who could stand in.
    static func affected(in during: Range<Date>, of specialist: AccountID) -> SQL {
        """
        SELECT a.id, a.specialist_id || a.colleagues || ARRAY(SELECT s.id FROM specialist s WHERE s.id = a.party_id), ARRAY(
            SELECT s FROM stand_ins(a.case_id, (a.ends_at AT TIME ZONE 'UTC')::date + 60) s
            WHERE s <> ALL (a.specialist_id || a.colleagues) LIMIT 2)
        FROM appointment a WHERE a.id IN (
                SELECT b.appointment_id FROM busy b WHERE b.person_id = \(specialist) AND b.during && \(during))
            AND a.state IN ('booked', 'checked_in') AND a.starts_at > clock_timestamp()
            AND tstzrange(a.starts_at, a.ends_at) && \(during)
        ORDER BY a.starts_at, a.id
        """
    }

    static func insert(_ id: TimeOffID, _ during: Range<Date>, of specialist: AccountID) -> SQL {
        "INSERT INTO time_off (id, specialist_id, during) VALUES (\(id), \(specialist), \(during))"
    }

    static func endHolds(in during: Range<Date>, of specialist: AccountID) -> SQL {
        "SELECT end_holds(\(specialist), \(during))"
    }

    static func offer(_ specialist: AccountID, at start: Date, insteadOf appointment: AppointmentID) -> SQL {
        """
        SELECT offer_opening(\(appointment), \(specialist), \(start),
            make_interval(secs => \(Double(ClearedConsult.offersLast.components.seconds))))
        """
    }

    static func askCoordinator(for appointment: Appointment) -> SQL {
        """
        INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
        VALUES (\(TaskID.random()), \(appointment.case), \(appointment.id), 'rebook_consult', 'open',
            clock_timestamp() + interval '4 hours')
        ON CONFLICT DO NOTHING
        """
    }
}
