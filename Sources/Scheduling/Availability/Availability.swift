package import Clinic
import ICalendar

/// When a specialist can be booked, by their own clock (P12). Time off and what is booked are taken from it.
package struct Availability: Codable, Sendable, Hashable {
    /// An IANA zone that the system's tzdata knows.
    package let timeZone: String
    /// The hours of a date are those of all rules of all sets together.
    package let ruleSets: [RuleSet]
    /// Dates with other hours than their rules say, or more, or none.
    package let overrides: [HoursOverride]

    package init(timeZone: String, ruleSets: [RuleSet], overrides: [HoursOverride] = []) {
        self.timeZone = timeZone
        self.ruleSets = ruleSets
        self.overrides = overrides
    }
}

/// Rules that apply together: always, or between two dates, as a summer timetable.
package struct RuleSet: Codable, Sendable, Hashable {
    /// The first date on which they apply; nil for all dates up to the last.
    package let effectiveFrom: CivilDate?
    /// The last such date.
    package let effectiveUntil: CivilDate?
    /// The kinds of consult that they are for; nil for all.
    package let visitTypes: [String]?
    package let rules: [HoursRule]

    package init(
        effectiveFrom: CivilDate? = nil, effectiveUntil: CivilDate? = nil, visitTypes: [String]? = nil,
        rules: [HoursRule]
    ) {
        self.effectiveFrom = effectiveFrom
        self.effectiveUntil = effectiveUntil
        self.visitTypes = visitTypes
        self.rules = rules
    }
}

/// The same hours on every date of a recurrence.
package struct HoursRule: Codable, Sendable, Hashable {
    /// RFC 5545 §3.3.10, as `FREQ=WEEKLY;BYDAY=MO,WE`; nil for the first date alone. ``supported`` says which rules are
    /// accepted.
    package let rrule: String?
    /// The first date from which the rule counts. It has hours only if the rule names it.
    package let startDate: CivilDate
    /// As `09:00`.
    package let starts: String
    /// As `17:30`; `24:00` is the end of the day.
    package let ends: String
    /// Dates without these hours (EXDATE).
    package let exdates: [CivilDate]?
    /// Further dates (RDATE).
    package let rdates: [CivilDate]?

    /// Which recurrence rules are taken, as a sentence for people.
    package static var supported: String { RecurrenceRule.supported }

    package init(
        _ rrule: String?, from startDate: CivilDate, starts: String, ends: String, exdates: [CivilDate]? = nil,
        rdates: [CivilDate]? = nil
    ) {
        self.rrule = rrule
        self.startDate = startDate
        self.starts = starts
        self.ends = ends
        self.exdates = exdates
        self.rdates = rdates
    }
}

/// The hours of one date, in place of those of its rules or beside them.
package struct HoursOverride: Codable, Sendable, Hashable {
    package enum Mode: String, Codable, Sendable, CaseIterable {
        case replace, add
    }

    package let date: CivilDate
    package let mode: Mode
    /// None, with `replace`: a day off.
    package let hours: [HoursOfDay]
    /// The kinds of consult that it is for; nil for all.
    package let visitTypes: [String]?

    init(_ mode: Mode, on date: CivilDate, hours: [HoursOfDay], visitTypes: [String]? = nil) {
        self.date = date
        self.mode = mode
        self.hours = hours
        self.visitTypes = visitTypes
    }
}

/// From one time of day to a later one, by the clock.
package struct HoursOfDay: Codable, Sendable, Hashable {
    /// As `09:00`.
    package let starts: String
    /// As `17:30`; `24:00` is the end of the day.
    package let ends: String

    package init(starts: String, ends: String) {
        self.starts = starts
        self.ends = ends
    }
}

/// The availability after an edit, and the consults that it leaves outside.
package struct AvailabilityChange: Codable, Sendable, Hashable {
    package let timeZone: String
    package let ruleSets: [RuleSet]
    package let overrides: [HoursOverride]
    /// Booked consults to come that these hours no longer cover. They stay until somebody moves them.
    package let outside: [Appointment]

    init(_ availability: Availability, outside: [Appointment]) {
        timeZone = availability.timeZone
        ruleSets = availability.ruleSets
        overrides = availability.overrides
        self.outside = outside
    }
}

extension Availability {
    package static let example = Availability(
        timeZone: "America/New_York",
        ruleSets: [
            RuleSet(
                effectiveFrom: ExampleValues.date("2027-01-04"), effectiveUntil: ExampleValues.date("2027-05-30"),
                visitTypes: ["consult-30", "consult-45"],
                rules: [
                    HoursRule(
                        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", from: ExampleValues.date("2027-01-04"), starts: "09:00",
                        ends: "12:30", exdates: [ExampleValues.date("2027-02-01")],
                        rdates: [ExampleValues.date("2027-02-02")]),
                    HoursRule(
                        "FREQ=MONTHLY;BYDAY=2SU", from: ExampleValues.date("2027-01-04"), starts: "01:00", ends: "04:00"
                    ),
                ])
        ],
        overrides: [
            HoursOverride(
                .replace, on: ExampleValues.date("2027-05-31"), hours: [HoursOfDay(starts: "13:00", ends: "15:00")],
                visitTypes: ["consult-45"])
        ])
}

extension AvailabilityChange {
    package static let example = AvailabilityChange(.example, outside: [.example])
}
