package import Clinic
import Postgres

/// When a consult suits the party by their own clock, such as on weekday evenings.
package struct TimePreference: Sendable, Hashable {
    /// ISO 8601: Monday is 1.
    package let weekdays: [Int]
    /// The earliest start, as `17:00`.
    package let earliest: String
    /// Starts lie before this; `24:00` is the end of the day.
    package let latest: String

    private static let days = 1...7
    package static let weekdaysRule = FieldRule.list(days, each: .number(days))

    /// - Throws: `FieldRefusal` that names the parameter.
    package init(weekdays: [Int]? = nil, between hours: HoursOfDay? = nil) throws(FieldRefusal) {
        self.weekdays = weekdays ?? Array(Self.days)
        earliest = hours?.starts ?? "00:00"
        latest = hours?.ends ?? "24:00"
        try FieldRule.check(count: self.weekdays.count, in: Self.days, at: "/weekdays")
        for day in self.weekdays { try FieldRule.check(day, in: Self.days, at: "/weekdays") }
        if let hours { _ = try hours.span(at: "/between") }
    }

    /// The instants that suit a person in a zone: an expression of type `tstzmultirange`.
    func instants(in zone: SQL, from: SQL, to: SQL) -> SQL {
        """
        consilium.wall_hours(\(fragment: zone), \(weekdays.map(Int32.init)), \(earliest)::text::time, \(latest)::text::time,
            \(fragment: from), \(fragment: to))
        """
    }
}
