import Clinic
import Foundation
import Postgres
import Scheduling

extension DemoCases {
    /// The consult of a case: booked by the patient where it lies ahead, kept as held where it is over.
    func addConsult(
        _ appointment: DemoFile.Appointment, _ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction
    ) async throws {
        if appointment.inDays >= 0 {
            try await book(appointment, entry, id, in: demo)
        } else {
            try await addPastConsult(appointment, entry, id, in: demo)
        }
    }

    private func book(
        _ appointment: DemoFile.Appointment, _ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction
    ) async throws {
        let patient = try await demo.act(as: entry.patient, .patient)
        let from = Date().addingTimeInterval(Double(appointment.inDays) * 86_400)
        let type = "consult-\(appointment.minutes)"
        let openings = try await scheduler.openings(
            OpeningSearch(
                case: id, from: from, to: from.addingTimeInterval(30 * 86_400), visitType: type, limit: 1),
            by: patient, in: demo.tx)
        guard let opening = openings.first else { throw DemoFault("\(entry.key): its specialist has no opening") }
        let hold = try await scheduler.hold(
            HoldRequest(case: id, startsAt: opening.startsAt, visitType: type), by: patient, in: demo.tx)
        _ = try await scheduler.book(
            BookingRequest(hold: hold.id, token: hold.token ?? ""), by: patient, in: demo.tx)
    }

    /// A consult that is over cannot be booked: it is written as it would stand, in hours like those of the specialist
    /// on the same weekday in the two weeks to come.
    private func addPastConsult(
        _ appointment: DemoFile.Appointment, _ entry: DemoFile.Case, _ id: CaseID, in demo: DemoTransaction
    ) async throws {
        guard let key = entry.specialist else { throw DemoFault("\(entry.key) names no specialist") }
        let specialist = try await demo.act(as: key, .specialist)
        let patient = AccountID(demo: "account", entry.patient)
        let inserted = try await demo.tx.execute(
            """
            INSERT INTO appointment (id, case_id, specialist_id, party_id, lane, visit_type, visit_version, state,
                starts_at, ends_at, booked_by, ended_by, ended_at)
            SELECT \(AppointmentID(demo: "appointment", entry.key)), \(id), \(specialist.account), \(patient),
                \(entry.lane), v.id, v.version, 'completed', held.start, held.start + l.length, \(patient),
                \(specialist.account), held.start + l.length
            FROM visit_type v, availability_date r, specialist s,
                LATERAL (SELECT (clock_timestamp() AT TIME ZONE s.time_zone)::date
                    + \(Int32(appointment.inDays)) AS day) d,
                LATERAL (SELECT d.day + (extract(isodow FROM r.on_date) - extract(isodow FROM d.day) + 7)::integer % 7 AS day)
                    on_day,
                LATERAL (SELECT instant_of(on_day.day + make_interval(mins => r.opens), s.time_zone) AS start) held,
                LATERAL (SELECT make_interval(mins => v.duration_minutes) AS length) l
            WHERE v.id = \("consult-\(appointment.minutes)") AND v.current AND s.id = \(specialist.account)
                AND r.specialist_id = s.id AND r.on_date BETWEEN current_date AND current_date + 13 AND held.start + l.length < clock_timestamp()
            ORDER BY held.start LIMIT 1
            """)
        guard inserted == 1 else { throw DemoFault("\(entry.key): its specialist had no hours then") }
    }
}
