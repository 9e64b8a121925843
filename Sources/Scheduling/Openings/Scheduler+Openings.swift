package import Clinic
package import FoundationEssentials
package import Postgres

/// Which openings are searched for.
package struct OpeningSearch: Sendable {
    /// The case for which to book: openings of its specialist that suit both calendars.
    package var `case`: CaseID?
    /// One or a few specialists to browse, without a case.
    package var specialists: [AccountID]
    /// Colleagues in the case who are to form a panel with its specialist: openings that suit all calendars.
    package var colleagues: [AccountID]
    /// From now on where nil.
    package var from: Date?
    /// Fourteen days after `from` where nil.
    package var to: Date?
    package var visitType: String
    /// The appointment to be moved: its own time counts as free.
    package var moving: AppointmentID?
    /// Only what suits the party by their own clock.
    package var preference: TimePreference?
    /// Only the first so many of each specialist.
    package var limit: Int?

    package init(
        `case`: CaseID? = nil, specialists: [AccountID] = [], colleagues: [AccountID] = [], from: Date? = nil,
        to: Date? = nil, visitType: String = VisitType.usual, moving: AppointmentID? = nil,
        preference: TimePreference? = nil, limit: Int? = nil
    ) {
        self.case = `case`
        self.specialists = specialists
        self.colleagues = colleagues
        self.from = from
        self.to = to
        self.visitType = visitType
        self.moving = moving
        self.preference = preference
        self.limit = limit
    }

    /// The longest range that is searched at once.
    package static let mostDays = 62
}

extension Scheduler {
    /// The starts that can be booked now, earliest first, from the same source that booking asks (P4).
    /// - Throws: `FieldRefusal` for a range that is empty or too long, an unknown visit type, neither case nor
    ///   specialist; `BookingRefusal.notFound`, `.caseNotBookable`, `.noParty`.
    package func openings(_ search: OpeningSearch, by caller: Caller, in tx: Transaction) async throws -> [Opening] {
        let clock = tx.readClock()
        let readCase = search.case.map { tx.enqueue(ConsultCase.read($0, caller: caller)) }
        try await checkVisitType(search.visitType, in: tx)
        let moved = try await moved(search, by: caller, in: tx)
        let groups: [ConsultParticipants]
        if let id = search.case, let readCase {
            let found = try ConsultCase(try await readCase.rows(), id: id)
            var participants = try found.participants(with: search.colleagues)
            if search.colleagues.isEmpty, let moved { participants = moved }
            guard search.specialists.isEmpty || search.specialists == [participants.specialist] else {
                throw FieldRefusal("/specialist", rule: "choice", "must be the specialist who accepted the case")
            }
            groups = [participants]
        } else {
            let specialists = Set(search.specialists)
            guard !specialists.isEmpty else {
                throw FieldRefusal("/case", rule: "missing", "a case or a specialist is needed")
            }
            let known = try await tx.query(
                "SELECT FROM consilium.specialist WHERE id = ANY (\(Array(specialists)))")
            guard known.count == specialists.count else { throw BookingRefusal.notFound }
            groups = specialists.sorted().map { ConsultParticipants(party: caller.account, specialist: $0) }
        }
        let now = try await clock.instant()
        let from = search.from ?? now
        let to = search.to ?? from.addingTimeInterval(14 * 86_400)
        guard from < to else { throw FieldRefusal("/to", rule: "range", "must be later than from") }
        guard to.timeIntervalSince(from) <= Double(OpeningSearch.mostDays) * 86_400 else {
            throw FieldRefusal("/to", rule: "range", "must be at most \(OpeningSearch.mostDays) days after from")
        }
        // Nothing can be booked in the past, nor beyond the farthest horizon. SQL never gets the years 1 and 9999.
        let farthest = now.addingTimeInterval(Double(VisitPolicy.horizons.upperBound + 1) * 86_400)
        guard now < to, from < farthest else { return [] }
        let found = groups.map { participants in
            let query = OpeningQuery(
                participants: participants, visitType: search.visitType, from: from, to: to, replacing: search.case,
                moving: search.moving, preference: search.preference, limit: search.limit)
            return (query, tx.enqueue(query.sql))
        }
        var openings: [Opening] = []
        for (query, rows) in found { openings += try query.openings(try await rows.rows()) }
        return groups.count == 1 ? openings : openings.sorted { $0.startsAt < $1.startsAt }
    }

    /// The people of the consult that is to be moved.
    /// - Throws: `BookingRefusal.notFound` unless it is one of the caller's cases, and of the case that is searched for.
    private func moved(
        _ search: OpeningSearch, by caller: Caller, in tx: Transaction
    ) async throws -> ConsultParticipants? {
        guard let id = search.moving else { return nil }
        let consult = try await appointment(id, by: caller, in: tx)
        guard search.case == nil || search.case == consult.case else { throw BookingRefusal.notFound }
        return consult.participants
    }
}
