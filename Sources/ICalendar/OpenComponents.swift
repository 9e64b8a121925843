/// The components that are open at a line of a foreign document, as libical counts them: each BEGIN opens one and each END
/// closes one, whatever they name. Refused is what libical would be kept by for long: it closes components one within the
/// other, looks through all zones for each of them, and through all properties of a component for each line that it
/// cannot read.
struct OpenComponents {
    /// How many properties each has, the innermost last.
    private var properties: [Int] = []
    private var zones = 0
    private var steps = 0

    private static let deepest = 8
    /// There are some 400 zones.
    private static let mostZones = 500
    /// A second's work: a component of 14,000 lines, or as many lines as pass of which none has more than 250 before it.
    private static let mostSteps = 100_000_000

    var areClosed: Bool { properties.isEmpty }

    /// - Parameter line: in capitals, without blanks.
    /// - Throws: `CalendarFault.notCalendar` where it names nothing; `.tooMuch`.
    mutating func open(_ line: String) throws(CalendarFault) {
        guard Self.isWhole(line, "BEGIN:") else { throw .notCalendar }
        properties.append(0)
        if line.contains("VTIMEZONE") { zones += 1 }
        guard properties.count <= Self.deepest, zones <= Self.mostZones else { throw .tooMuch }
    }

    /// - Parameter line: in capitals, without blanks.
    /// - Throws: `CalendarFault.notCalendar` where it names nothing, or nothing is open.
    mutating func close(_ line: String) throws(CalendarFault) {
        guard Self.isWhole(line, "END:"), properties.popLast() != nil else { throw .notCalendar }
    }

    /// Adds a line of so many values to the innermost.
    /// - Throws: `CalendarFault.tooMuch`.
    mutating func add(values: Int) throws(CalendarFault) {
        guard let last = properties.indices.last else { return }
        properties[last] += values
        steps += properties[last]
        guard steps <= Self.mostSteps else { throw .tooMuch }
    }

    /// RFC 5545 §3.6: no parameters.
    private static func isWhole(_ line: String, _ name: String) -> Bool {
        line.hasPrefix(name) && line.utf8.count > name.utf8.count && !line.hasSuffix(":")
    }
}
