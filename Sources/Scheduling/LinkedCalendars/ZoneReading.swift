import ICalendar

/// By which clock the local times of a foreign zone are read.
enum ZoneReading: Equatable {
    /// By the clock of the specialist.
    case theirs
    /// By a zone of the system's tzdata.
    case iana(String)
    /// By seconds east of UTC.
    case offset(Int)
    /// By the document's own definition. Where that ends, by the tzdata zone of that name, or by any offset that it has.
    case document(ZoneClock, beyond: String?)
    /// By an unknown offset of these, in seconds east of UTC.
    case unknown(ClosedRange<Int>)

    /// The offsets of all clocks of the earth.
    private static let widest = -12 * 3600...14 * 3600

    /// - Parameters:
    ///   - known: the names of `candidates` that the system's tzdata has.
    ///   - zones: the document's own definitions.
    ///   - last: the last time that matters, in Unix seconds.
    ///   - steps: as `ForeignZone.clock` counts them.
    init(
        _ zone: CalendarDateTime.Zone, _ known: Set<String>, _ zones: [String: ForeignZone], through last: Int,
        _ steps: inout Int
    ) {
        switch zone {
        case .utc: self = .offset(0)
        case .floating: self = .theirs
        case .offset(let seconds): self = .offset(seconds)
        case .named(let name):
            let found = Self.candidates(name, zones[name]).first(where: known.contains)
            // RFC 5545 §3.2.19: a TZID names the document's own definition before anything else of that name.
            if let clock = zones[name]?.clock(through: last, steps: &steps) {
                self = .document(clock, beyond: found)
            } else if let found {
                self = .iana(found)
            } else if let offset = Self.offset(name) {
                self = .offset(offset)
            } else {
                self = .unknown(zones[name]?.offsets ?? Self.shown(name) ?? Self.widest)
            }
        }
    }

    var isKnown: Bool {
        if case .unknown = self { false } else { true }
    }

    /// Whether its clock may skip a time.
    var mayChange: Bool {
        switch self {
        case .theirs, .iana, .document: true
        case .offset, .unknown: false
        }
    }

    /// The names under which the system may know a zone: its own, its name without a vendor's prefix, the location that the
    /// document gives, and the IANA name of a Windows name or of an old name of one word.
    static func candidates(_ name: String, _ zone: ForeignZone?) -> [String] {
        var names = [name]
        let parts = name.split(separator: "/")
        if name.hasPrefix("/") {
            names += [3, 2].filter { parts.count > $0 }.map { parts.suffix($0).joined(separator: "/") }
        }
        if let location = zone?.location { names.append(location) }
        if let zone = WindowsZone.iana(name) ?? links[name] { names.append(zone) }
        return names
    }

    /// The offset that a name gives: `UTC`, `GMT+05:00`, `UTC-0330`, `+01:00`, and Exchange's `tzone://Microsoft/Utc`.
    static func offset(_ name: String) -> Int? {
        var text = name.uppercased().filter { $0 != " " }
        if ["UTC", "GMT", "Z", "UCT", "ZULU", "ETC/GMT", "ETC/UTC", "ETC/UNIVERSAL", "TZONE://MICROSOFT/UTC"].contains(
            text)
        {
            return 0
        }
        if text.hasPrefix("GMT") || text.hasPrefix("UTC") { text = String(text.dropFirst(3)) }
        if let seconds = UTCOffset.seconds(text) { return seconds }
        // `GMT+5` and `GMT+10`.
        guard let sign = text.first, sign == "+" || sign == "-", let hours = Int(text.dropFirst()), hours <= 14,
            text.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        return (sign == "-" ? -1 : 1) * hours * 3600
    }

    /// The offsets of a name as Outlook shows it, `(UTC-05:00) Eastern Time (US & Canada)`. That is the offset in winter, and
    /// no clock differs from it by more than an hour.
    private static func shown(_ name: String) -> ClosedRange<Int>? {
        guard name.hasPrefix("("), let end = name.firstIndex(of: ")"),
            let offset = offset(String(name[name.index(after: name.startIndex)..<end]))
        else { return nil }
        return (offset - 3600)...(offset + 3600)
    }
}
