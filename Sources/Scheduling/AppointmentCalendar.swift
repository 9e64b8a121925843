package import Clinic
import FoundationEssentials
import ICalendar
package import Postgres

extension Scheduler {
    /// An appointment as one entry for a calendar program.
    /// - Throws: `BookingRefusal.notFound`.
    package func calendarEntry(
        of id: AppointmentID, by caller: Caller, in tx: Transaction
    ) async throws -> String {
        // Who has no part in the case sees no row.
        guard let row = try await tx.first(ConsultEntry.select + " WHERE a.id = \(id)") else {
            throw BookingRefusal.notFound
        }
        return CalendarDocument(entry: try ConsultEntry(row)).text
    }
}

extension ConsultEntry {
    static let select: SQL = "SELECT a.id, a.sequence, a.stamped_at, a.starts_at, a.ends_at, a.state FROM appointment a"

    init(_ row: Row) throws {
        let (id, sequence, stamped, starts, ends, state) = try row.decode(
            AppointmentID.self, Int.self, Date.self, Date.self, Date.self, AppointmentState.self)
        self.init(
            appointment: id, sequence: sequence, stampedAt: stamped, startsAt: starts, endsAt: ends,
            isCancelled: state == .cancelled)
    }
}
