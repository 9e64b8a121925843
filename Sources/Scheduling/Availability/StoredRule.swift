import Clinic
import FoundationEssentials
import ICalendar
import Postgres

/// A stored rule.
struct StoredRule {
    let id: UUID
    let set: UUID
    let rule: HoursRule

    /// - Parameter row: of `AvailabilitySQL.rules(of:)`.
    init(_ row: Row) throws {
        id = try row.decode("id")
        set = try row.decode("set_id")
        let exdates: [CivilDate] = try row.decode("exdates")
        let rdates: [CivilDate] = try row.decode("rdates")
        rule = HoursRule(
            try row.decode("rrule"), from: try row.decode("start_date"), starts: try row.decode("starts"),
            ends: try row.decode("ends"), exdates: exdates.isEmpty ? nil : exdates,
            rdates: rdates.isEmpty ? nil : rdates)
    }

    var recurrence: Recurrence {
        get throws {
            try Recurrence(
                try rule.rrule.map { try RecurrenceRule($0) }, from: rule.startDate, adding: rule.rdates ?? [],
                excluding: rule.exdates ?? [])
        }
    }
}
