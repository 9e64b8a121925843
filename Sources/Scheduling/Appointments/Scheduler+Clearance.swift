package import Clinic
import FoundationEssentials
import Outbox
package import Postgres

/// A cleared range: the time off, and what became of each consult in it.
package struct ClearedRange: Codable, Sendable, Hashable {
    package let timeOff: TimeOff
    /// By their start.
    package let consults: [ClearedConsult]
}

/// A cancelled consult, and what is offered to its party instead: the first offer that is accepted takes its place.
package struct ClearedConsult: Codable, Sendable, Hashable {
    package let appointment: Appointment
    /// At most two: with the same people later, and sooner with another specialist of the case's match.
    package let offered: [Hold]

    /// For how long an opening is offered.
    package static let offersLast = Duration.seconds(86_400)
}

extension ClearedRange {
    package static let example = ClearedRange(
        timeOff: .example, consults: [ClearedConsult(appointment: .cancelled, offered: [.offered])])
}

extension Scheduler {
    /// Clears a range of the calendar of a specialist who cannot come, by themselves or a coordinator.
    ///
    /// The range becomes time off. Each consult in it that has not begun is cancelled at once, so that nobody waits for
    /// it, no reminder is sent, and its people are free. Holds in the range end. In the order of their starts, each
    /// party is offered the soonest opening after the range with the same people. Where another specialist of the
    /// case's match can sooner, that opening is offered as well. The party is told, and both are kept for a day. Where
    /// there is neither, a coordinator gets a task.
    ///
    /// Only specialists' calendars are locked: the clearance takes no time of a party.
    /// - Throws: `FieldRefusal` for a range that is empty, over, or longer than 31 days; `AvailabilityRefusal.notFound`;
    ///   `.bookedMeanwhile` when a panel was booked into the range at the same moment.
    package func clear(
        _ range: TimeOffRequest, of specialist: AccountID, by caller: Caller, in tx: Transaction
    ) async throws -> ClearedRange {
        try range.check(mostDays: 31)
        guard specialist == caller.account || caller.roles.contains(.coordinator),
            try await tx.first("SELECT FROM consilium.specialist WHERE id = \(specialist)") != nil
        else { throw AvailabilityRefusal.notFound }
        let during = range.startsAt..<range.endsAt
        var plan = try await plan(for: during, of: specialist, in: tx)
        let locked = plan.reduce(into: Set([specialist])) { $0.formUnion($1.specialists + $1.alternatives) }
        guard try await CalendarLocks(of: locked, in: tx).areHeld() else { throw AvailabilityRefusal.notFound }
        // A consult that was booked before the locks were won is cancelled as well, unless somebody in it is not locked.
        plan = try await self.plan(for: during, of: specialist, in: tx)
        guard plan.allSatisfy({ locked.isSuperset(of: $0.specialists) }) else {
            throw AvailabilityRefusal.bookedMeanwhile
        }
        let now = try await tx.readClock().instant()
        guard now < range.endsAt else { throw FieldRefusal("/endsAt", rule: "range", "must lie ahead") }

        let id = TimeOffID.random()
        _ = tx.enqueue(ClearanceSQL.endHolds(in: during, of: specialist))
        _ = tx.enqueue(TimeOffSQL.insert(id, during, of: specialist))
        var cancelled: [Appointment] = []
        for consult in plan {
            cancelled.append(try await cancel(consult.id, consequence: nil, by: caller, in: tx))
        }
        // All are cancelled before the first offer, so that it can use the time of any.
        var consults: [ClearedConsult] = []
        for (consult, appointment) in zip(plan, cancelled) {
            let alternatives = consult.alternatives.filter(locked.contains)
            let offered = try await offer(
                instead: appointment, after: range.endsAt, or: alternatives, now: now, by: caller, in: tx)
            consults.append(ClearedConsult(appointment: appointment, offered: offered))
        }
        return ClearedRange(
            timeOff: TimeOff(id: id, startsAt: range.startsAt, endsAt: range.endsAt), consults: consults)
    }

    /// A consult to be cancelled.
    private struct Affected: Sendable {
        let id: AppointmentID
        /// Whose free time it takes: also the party's, if they are a specialist themselves.
        let specialists: [AccountID]
        /// Who could give it instead.
        let alternatives: [AccountID]
    }

    private func plan(
        for during: Range<Date>, of specialist: AccountID, in tx: Transaction
    ) async throws -> [Affected] {
        try await tx.query(ClearanceSQL.affected(in: during, of: specialist)).map { row in
            let (id, specialists, alternatives) = try row.decode(AppointmentID.self, [AccountID].self, [AccountID].self)
            return Affected(id: id, specialists: specialists, alternatives: alternatives)
        }
    }

    /// Offers a party the best alternatives and tells them, or gives a coordinator a task where there are none.
    private func offer(
        instead appointment: Appointment, after end: Date, or alternatives: [AccountID], now: Date, by caller: Caller,
        in tx: Transaction
    ) async throws -> [Hold] {
        var offered: [Hold] = []
        var latest = now.addingTimeInterval(Double(OpeningSearch.mostDays) * 86_400)
        if let hold = try await offer(
            appointment.participants, instead: appointment, from: max(end, now), to: latest, by: caller, in: tx)
        {
            offered.append(hold)
            latest = hold.startsAt
        }
        if appointment.colleagues.ids.isEmpty {
            let from = max(appointment.startsAt, now)
            for alternative in alternatives where from < latest {
                let participants = ConsultParticipants(party: appointment.party, specialist: alternative)
                guard
                    let hold = try await offer(
                        participants, instead: appointment, from: from, to: latest, by: caller, in: tx)
                else { continue }
                offered.append(hold)
                break
            }
        }
        offered.sort { $0.startsAt < $1.startsAt }
        if let first = offered.first {
            try await outbox.tell(.openingOffered(first.id), to: [appointment.party], in: tx)
        } else {
            _ = tx.enqueue(ClearanceSQL.askCoordinator(for: appointment))
        }
        return offered
    }

    /// Offers the first start that suits these people and the party's own calendar.
    private func offer(
        _ participants: ConsultParticipants, instead appointment: Appointment, from: Date, to: Date, by caller: Caller,
        in tx: Transaction
    ) async throws -> Hold? {
        let query = OpeningQuery(
            participants: participants, visitType: appointment.visitType, from: from, to: to, limit: 1)
        guard let opening = try await openings(query, in: tx).first,
            let id = try await tx.first(
                ClearanceSQL.offer(participants.specialist, at: opening.startsAt, insteadOf: appointment.id)
            )?.decode(HoldID?.self)
        else { return nil }
        return try await hold(id, by: caller, in: tx)
    }
}

private enum ClearanceSQL {
    /// The consults of a specialist in a range that have not begun, with their specialists and two stand-ins.
    static func affected(in during: Range<Date>, of specialist: AccountID) -> SQL {
        """
        SELECT a.id, a.specialist_id || a.colleagues
                || ARRAY(SELECT s.id FROM consilium.specialist s WHERE s.id = a.party_id), ARRAY(
            SELECT s FROM consilium.alternative_specialists(a.case_id, (a.ends_at AT TIME ZONE 'UTC')::date + 60) s
            WHERE s <> ALL (a.specialist_id || a.colleagues) LIMIT 2)
        FROM consilium.appointment a WHERE a.id IN (
                SELECT b.appointment_id FROM consilium.busy b
                WHERE b.person_id = \(specialist) AND b.during && \(during))
            AND a.state IN ('booked', 'checked_in') AND a.starts_at > clock_timestamp()
            AND tstzrange(a.starts_at, a.ends_at) && \(during)
        ORDER BY a.starts_at, a.id
        """
    }

    static func endHolds(in during: Range<Date>, of specialist: AccountID) -> SQL {
        "SELECT consilium.end_holds(\(specialist), \(during))"
    }

    static func offer(_ specialist: AccountID, at start: Date, insteadOf appointment: AppointmentID) -> SQL {
        """
        SELECT consilium.offer_opening(\(appointment), \(specialist), \(start),
            make_interval(secs => \(Double(ClearedConsult.offersLast.components.seconds))))
        """
    }

    static func askCoordinator(for appointment: Appointment) -> SQL {
        """
        INSERT INTO consilium.task (id, case_id, subject_id, kind, state, due_at)
        VALUES (\(TaskID.random()), \(appointment.case), \(appointment.id), 'rebook_consult', 'open',
            clock_timestamp() + interval '4 hours')
        ON CONFLICT DO NOTHING
        """
    }
}
