package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import Vault

/// A hold that is turned into an appointment by its token.
package struct BookingRequest: Codable, Sendable, Hashable {
    package let hold: HoldID
    package let token: String

    package init(hold: HoldID, token: String) {
        self.hold = hold
        self.token = token
    }
}

extension Scheduler {
    /// Books what a hold keeps, once the lane has been checked (P5) and its evidence stored.
    ///
    /// Two round trips: the locks with what is decided on behind them; the writing. Everybody is told, and reminded a
    /// day and an hour before.
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
        guard let now = try await clock.first()?.decode(Date.self) else { throw BookingRefusal.holdOver }
        try hold.checkActive(at: now)
        try pass(try LaneFacts.all(of: hold.pair, try await evidence.rows()), at: .booking, by: caller, in: tx)

        let id = AppointmentID.random()
        _ = tx.enqueue(AppointmentSQL.spend(request.hold))
        _ = tx.enqueue(AppointmentSQL.insert(id, from: request.hold, lane: hold.lane, by: caller))
        let people = tx.enqueue(AppointmentSQL.people(id))
        let appointment = try await read(id, by: caller, in: tx).appointment
        let told = try await tell(.appointmentBooked(id), to: people, in: tx)
        try await remind(told, of: appointment, now: now, in: tx)
        return appointment
    }

    /// An appointment of one of the caller's cases.
    /// - Throws: `BookingRefusal.notFound`.
    package func appointment(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> Appointment {
        try await read(id, by: caller, in: tx).appointment
    }

    /// The appointments of the caller's cases, by their start.
    package func appointments(
        _ search: AppointmentSearch, by caller: Caller, in tx: Transaction
    ) async throws -> [Appointment] {
        try await tx.query(AppointmentSQL.list(search, by: caller)).map { try AppointmentRow($0).appointment }
    }

    func read(_ id: AppointmentID, by caller: Caller, in tx: Transaction) async throws -> AppointmentRow {
        guard let row = try await tx.first(AppointmentSQL.read(id, by: caller)) else { throw BookingRefusal.notFound }
        return try AppointmentRow(row)
    }

    /// Tells all people of a consult.
    /// - Parameter people: the answer to ``AppointmentSQL/people(_:)``.
    /// - Returns: who they are.
    @discardableResult
    func tell(_ template: Notice.Template, to people: Pending, in tx: Transaction) async throws -> [AccountID] {
        let told = try await people.first()?.decode([AccountID].self) ?? []
        try await outbox.tell(template, to: told, in: tx)
        return told
    }

    /// Reminds these people of a consult that was booked or moved.
    func remind(_ people: [AccountID], of appointment: Appointment, now: Date, in tx: Transaction) async throws {
        try await outbox.remind(
            people, of: appointment.id, sequence: appointment.sequence, startingAt: appointment.startsAt, now: now,
            in: tx)
    }
}

extension BookingRequest: Ruled {
    package static let rules: [String: FieldRule] = ["token": .text(.secret)]
}
