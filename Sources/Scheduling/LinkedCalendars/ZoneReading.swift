import Clinic
import ICalendar

/// As what the walls of a foreign zone are read.
struct ZoneReading: Equatable {
    /// An IANA zone; nil for hers, who looks.
    let zone: String?
    /// Seconds by which a time may be earlier or later than its wall read in `zone`.
    var early = 0
    var late = 0

    var isKnown: Bool { early == 0 && late == 0 }

    /// The clocks of the earth.
    private static let widest = -12 * 3600...14 * 3600

    /// - Parameters:
    ///   - known: the names that the system's tzdata has.
    ///   - hints: what the document says of the zones that it names.
    init(_ zone: WallMoment.Zone, _ known: Set<String>, _ hints: [String: ForeignZone]) {
        switch zone {
        case .utc: self.zone = "UTC"
        case .floating: self.zone = nil
        case .named(let name):
            if let found = Self.candidates(name, hints[name]).first(where: known.contains) {
                self.zone = found
            } else {
                // Some programs make up names of their own: the offsets that the document gives one say how far off its
                // clock can be.
                let offsets = hints[name]?.offsets ?? Self.widest
                self.zone = "UTC"
                early = offsets.upperBound
                late = -offsets.lowerBound
            }
        }
    }

    /// Under which names the system may know a zone: its own, what stands behind a maker's prefix, what the document says
    /// beside it, and what it is where Windows named it.
    static func candidates(_ name: String, _ hint: ForeignZone?) -> [String] {
        if ["UTC", "GMT", "Z", "Etc/GMT", "Etc/UTC", "Etc/Universal"].contains(name) { return ["UTC"] }
        var names = [name]
        let parts = name.split(separator: "/")
        if name.hasPrefix("/") {
            names += [3, 2].filter { parts.count > $0 }.map { parts.suffix($0).joined(separator: "/") }
        }
        if let location = hint?.location { names.append(location) }
        if let zone = WindowsZone.iana(name) { names.append(zone) }
        return names
    }
}

extension WallMoment {
    /// As PostgreSQL reads a timestamp without a zone; a date alone is its midnight.
    var wall: String {
        let second = second ?? 0
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(date.rawValue) \(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }

    /// By the walls, whatever their zones.
    func wallSeconds(until other: WallMoment) -> Int {
        (other.date.dayNumber - date.dayNumber) * 86_400 + (other.second ?? 0) - (second ?? 0)
    }
}
