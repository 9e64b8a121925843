package import Clinic
import FoundationEssentials
package import Postgres
import Vault

/// The booking of a hold by its token.
package struct BookingRequest: Codable, Sendable, Hashable {
    package let hold: HoldID
    package let token: String

    package init(hold: HoldID, token: String) {
        self.hold = hold
        self.token = token
    }
}

extension BookingRequest {
    package static let example = BookingRequest(hold: Hold.example.id, token: ExampleValues.Consult.token)
}

extension BookingRequest: Ruled {
    package static let rules: [String: FieldRule] = ["token": .text(.secret)]
}

extension Scheduler {
    /// Books what a hold keeps, once the lane has been checked (P5) and the evidence stored. Everybody is told, and
    /// reminded a day and an hour before.
    ///
    /// Two round trips: the locks, with the facts of the decision behind them; then the writing.
    /// - Throws: `BookingRefusal.holdOver`, `.wrongToken`, `.laneClosed`, `.caseNotBookable`, `.notFound`,
    ///   `.notAllowed`.
    package func book(_ request: BookingRequest, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        let locks = CalendarLocks(
            party: HoldSQL.party(request.hold), specialists: HoldSQL.specialists(request.hold), in: tx)
        let look = tx.enqueue(HoldSQL.lock(request.hold, caller: caller))
        let clock = tx.readClock()
        let evidence = tx.enqueue(LaneFacts.read(of: HoldSQL.lane(request.hold)))
        try await locks.hold()
        let hold = try HoldRow(try await look.rows())
        try hold.checkBooks(caller)
        guard hold.kind == .asked, hold.tokenDigest == Vault.digest(secret: request.token, for: .hold) else {
            throw BookingRefusal.wrongToken
        }
        let now = try await clock.instant()
        try hold.checkActive(at: now)
        let facts = try LaneFacts.all(of: hold.participants, try await evidence.rows())
        try checkLanes(facts, at: .booking, by: caller, in: tx)

        _ = tx.enqueue(AppointmentSQL.spend(hold.id))
        let (appointment, people) = try await insert(from: hold, by: caller, in: tx)
        try await remind(people, of: appointment, now: now, in: tx)
        return appointment
    }

    /// Writes the appointment of a hold that was spent, and tells everybody.
    /// - Returns: the appointment, and who was told of it.
    func insert(
        from hold: HoldRow, by caller: Caller, in tx: Transaction
    ) async throws -> (Appointment, [AccountID]) {
        let id = AppointmentID.random()
        _ = tx.enqueue(AppointmentSQL.insert(id, from: hold.id, lane: hold.lane, by: caller))
        let people = tx.enqueue(AppointmentSQL.people(id))
        let appointment = try await appointment(id, by: caller, in: tx)
        return (appointment, try await tell(.appointmentBooked(id), to: people, in: tx))
    }

    /// An appointment of one of the caller's cases.
    /// - Throws: `BookingRefusal.notFound`.
    package func appointment(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        guard let row = try await tx.first(AppointmentSQL.read(id, by: caller)) else { throw BookingRefusal.notFound }
        return try AppointmentRow(row).appointment
    }

    /// The appointments of the caller's cases, by their start.
    package func appointments(
        _ search: AppointmentSearch, by caller: Caller, in tx: Transaction
    ) async throws -> [Appointment] {
        try await tx.query(AppointmentSQL.list(search, by: caller)).map { try AppointmentRow($0).appointment }
    }
}
