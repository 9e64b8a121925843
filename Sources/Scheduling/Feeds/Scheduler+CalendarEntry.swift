package import Clinic
import FoundationEssentials
import ICalendar
package import Postgres

/// An appointment as one entry for a calendar program.
package struct AppointmentCalendar: Sendable, Equatable {
    package let `case`: CaseID
    /// RFC 5545.
    package let text: String
}

extension Scheduler {
    /// - Throws: `BookingRefusal.notFound`.
    package func calendarEntry(
        of id: AppointmentID, by caller: Caller, in tx: Transaction
    ) async throws -> AppointmentCalendar {
        // Somebody without a part in the case sees no row.
        let found = tx.enqueue("SELECT a.case_id FROM consilium.appointment a WHERE a.id = \(id)")
        guard let row = try await tx.first(ConsultEntry.select + " WHERE a.id = \(id)"),
            let caseID = try await found.first()?.decode(CaseID.self)
        else { throw BookingRefusal.notFound }
        return AppointmentCalendar(case: caseID, text: CalendarDocument(entry: try ConsultEntry(row)).text)
    }
}

extension ConsultEntry {
    static let select: SQL =
        "SELECT a.id, a.sequence, a.stamped_at, a.starts_at, a.ends_at, a.state FROM consilium.appointment a"

    init(_ row: Row) throws {
        let (id, sequence, stamped, starts, ends, state) = try row.decode(
            AppointmentID.self, Int.self, Date.self, Date.self, Date.self, AppointmentState.self)
        self.init(
            appointment: id, sequence: sequence, stampedAt: stamped, startsAt: starts, endsAt: ends,
            isCancelled: state == .cancelled)
    }
}
