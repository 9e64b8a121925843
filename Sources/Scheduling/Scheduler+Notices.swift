import Clinic
import FoundationEssentials
import Outbox
import Postgres

extension Scheduler {
    /// Tells all people of a consult.
    /// - Parameter people: the answer to ``AppointmentSQL/people(_:)``.
    /// - Returns: who they are.
    @discardableResult
    func tell(_ template: Notice.Template, to people: Pending, in tx: Transaction) async throws -> [AccountID] {
        let people = try await people.first()?.decode([AccountID].self) ?? []
        try await outbox.tell(template, to: people, in: tx)
        return people
    }

    /// Reminds these people of a consult that was booked or moved.
    func remind(_ people: [AccountID], of appointment: Appointment, now: Date, in tx: Transaction) async throws {
        try await outbox.remind(
            people, of: appointment.id, sequence: appointment.sequence, startingAt: appointment.startsAt, now: now,
            in: tx)
    }
}
