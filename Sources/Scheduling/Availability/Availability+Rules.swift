package import Clinic
import ICalendar

// The rules of single fields. Rules over several fields are in `Availability+Check`.

private let visitTypesRule = FieldRule.list(
    1...Availability.mostVisitTypes, each: .text(.form(.word)), isUnique: true)
private let datesRule = FieldRule.list(0...Availability.mostDates)

extension Availability: Ruled {
    package static let rules: [String: FieldRule] = [
        "timeZone": .text(.form(.timeZone)), "ruleSets": .list(0...mostSets), "overrides": .list(0...mostOverrides),
    ]
}

extension RuleSet: Ruled {
    package static let rules: [String: FieldRule] = [
        "rules": .list(0...Availability.mostRules), "visitTypes": visitTypesRule,
    ]
}

extension HoursRule: Ruled {
    package static let rules: [String: FieldRule] = [
        "rrule": .text(RecurrenceRule.rule), "starts": .text(.form(.timeOfDay)), "ends": .text(.form(.endOfDay)),
        "exdates": datesRule, "rdates": datesRule,
    ]
}

extension HoursOverride: Ruled {
    package static let rules: [String: FieldRule] = [
        "hours": .list(0...Availability.mostHours), "visitTypes": visitTypesRule,
    ]
}

extension HoursOfDay: Ruled {
    package static let rules: [String: FieldRule] = [
        "starts": .text(.form(.timeOfDay)), "ends": .text(.form(.endOfDay)),
    ]
}
