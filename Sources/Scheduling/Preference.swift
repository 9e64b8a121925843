package import Clinic
import Postgres

/// When a consult suits the party, by her own clock: weekday evenings, say.
package struct Preference: Sendable, Hashable {
    /// ISO 8601: Monday is 1.
    package let weekdays: [Int]
    /// Starts from here on, as `17:00`,
    package let earliest: String
    /// and before this; `24:00` is the end of the day.
    package let latest: String

    /// - Throws: `FieldRefusal` that names the wrong one, by the name of its parameter.
    package init(weekdays: [Int]? = nil, between hours: HoursOfDay? = nil) throws(FieldRefusal) {
        self.weekdays = weekdays ?? Array(1...7)
        earliest = hours?.starts ?? "00:00"
        latest = hours?.ends ?? "24:00"
        guard !self.weekdays.isEmpty, self.weekdays.allSatisfy((1...7).contains) else {
            throw FieldRefusal("/weekdays", rule: "range", "must be days from 1 (Monday) to 7 (Sunday)")
        }
        if let hours { _ = try hours.span(at: "/between") }
    }

    /// The instants that suit, of a person in a zone: an expression of type `tstzmultirange`.
    func instants(in zone: SQL, from: SQL, to: SQL) -> SQL {
        """
        wall_hours(\(fragment: zone), \(weekdays.map(Int32.init)), \(earliest)::text::time, \(latest)::text::time,
            \(fragment: from), \(fragment: to))
        """
    }
}
