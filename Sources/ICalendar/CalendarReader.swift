import Clinic

/// Reads a foreign iCalendar document (RFC 5545), which may be anything, piece by piece. An event that is cancelled or
/// transparent, or an invitation that the owner declined, blocks nothing. A consult of this service in it is left out. What
/// does not conform is read as it is meant where that is clear, and otherwise counted as unreadable.
package struct CalendarReader: Sendable {
    /// The deepest nesting of components, the most zones, and the most lines that say when something takes place.
    private static let deepest = 8
    private static let mostZones = 500
    private static let mostLines = 400_000

    private enum Kind {
        case calendar, event, freeBusy, zone, observance, other
    }

    private struct Component {
        let kind: Kind
        /// The word of its BEGIN, which its END must repeat.
        let word: String
        var lines: [ContentLine] = []
        /// Only of a zone.
        var observances: [[ContentLine]] = []
    }

    /// A line with one of these names counts even if it is empty: without it the event would take another time.
    private static let needed: Set<String> = ["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"]
    /// A line with one of these names counts even if it cannot be read: without it the event would repeat otherwise.
    private static let repeating: Set<String> = ["RRULE", "EXRULE", "RDATE", "EXDATE"]

    private let addresses: Set<String>
    private var lines = ContentLineReader()
    private var open: [Component] = []
    private var found = ForeignCalendar()
    private var events: [ForeignEvent] = []
    private var (zones, count) = (0, 0)
    /// Whether a calendar has begun, whether the last line ends one, and whether there is one at all.
    private var (hasBegun, isWhole, hasCalendar) = (false, false, false)

    /// - Parameter addresses: the owner's mail addresses, in lower case. Answers of others do not count.
    package init(of addresses: Set<String> = []) {
        self.addresses = addresses
    }

    /// Reads a whole document.
    /// - Throws: `CalendarFault`.
    package static func read(
        _ bytes: [UInt8], of addresses: Set<String> = []
    ) throws(CalendarFault) -> ForeignCalendar {
        var reader = CalendarReader(of: addresses)
        try reader.take(bytes)
        return try reader.finish()
    }

    /// Takes the next bytes.
    /// - Throws: `CalendarFault`.
    package mutating func take(_ bytes: [UInt8]) throws(CalendarFault) {
        var lines = lines
        let result: Result<Void, CalendarFault> = bytes.withUnsafeBytes { buffer in
            Result { () throws(CalendarFault) in
                try lines.read(buffer) { found throws(CalendarFault) in try self.take(found) }
            }
        }
        self.lines = lines
        try result.get()
    }

    /// Ends the reading, after the last byte.
    /// - Throws: `CalendarFault`.
    package mutating func finish() throws(CalendarFault) -> ForeignCalendar {
        var lines = lines
        try lines.finish { found throws(CalendarFault) in try self.take(found) }
        guard isWhole, hasCalendar, open.isEmpty else { throw .notCalendar }
        found.series = ForeignSeries.all(of: events)
        return found
    }

    private mutating func take(_ line: ContentLineReader.Found) throws(CalendarFault) {
        isWhole = false
        guard case .line(let bytes) = line else {
            guard hasBegun else { throw .notCalendar }
            return
        }
        count += 1
        guard count <= Self.mostLines else { throw .tooMuch }
        let line = ContentLine(bytes)
        guard hasBegun || line?.name == "BEGIN" && line?.word == "VCALENDAR" else { throw .notCalendar }
        hasBegun = true
        // RFC 5545 §3.6: neither has parameters.
        let isDelimiter = [Array("BEGIN".utf8), Array("END".utf8)].contains { word in
            bytes.count > word.count && bytes.prefix(word.count).map { $0 & 0xdf } == word
                && [UInt8(ascii: ":"), UInt8(ascii: ";")].contains(bytes[word.count])
        }
        guard isDelimiter else {
            guard !open.isEmpty else { return }
            let kept = line ?? ContentLine(unreadable: bytes)
            if !kept.value.isEmpty || Self.needed.contains(kept.name)
                || line == nil && Self.repeating.contains(kept.name)
            {
                open[open.count - 1].lines.append(kept)
            }
            return
        }
        guard let line, line.parameters.isEmpty, !line.word.isEmpty, !line.word.contains(":"),
            bytes.count(where: { $0 == UInt8(ascii: ";") }) == 0
        else { throw .notCalendar }
        if line.name == "BEGIN" {
            try begin(line.word)
        } else {
            guard let component = open.popLast(), component.word == line.word else { throw .notCalendar }
            end(component)
            isWhole = line.word == "VCALENDAR"
        }
    }

    private mutating func begin(_ word: String) throws(CalendarFault) {
        // Only what lies directly in a calendar is an event: an alarm in an event has times of its own.
        let kind: Kind =
            switch (word, open.last?.kind) {
            case ("VCALENDAR", nil): .calendar
            case ("VEVENT", .calendar): .event
            case ("VFREEBUSY", .calendar): .freeBusy
            case ("VTIMEZONE", .calendar): .zone
            case ("STANDARD", .zone), ("DAYLIGHT", .zone): .observance
            default: .other
            }
        if kind == .calendar { hasCalendar = true }
        if word == "VTIMEZONE" { zones += 1 }
        open.append(Component(kind: kind, word: word))
        guard open.count <= Self.deepest, zones <= Self.mostZones else { throw .tooMuch }
    }

    private mutating func end(_ component: Component) {
        switch component.kind {
        case .event:
            switch ForeignEvent.read(component.lines, of: addresses) {
            case .event(let event): events.append(event)
            case .unreadable(let event): found.unreadable.append(event)
            case .consult: break
            }
        case .freeBusy:
            for line in component.lines where line.name == "FREEBUSY" {
                // RFC 5545 §3.6.4: the person's own statement of when they are busy.
                guard line["FBTYPE"]?.uppercased() != "FREE" else { continue }
                for text in line.value.split(separator: ",") {
                    if let period = ForeignEvent(period: text.unpadded, line["TZID"] == nil ? .utc : line.zone) {
                        events.append(period)
                    } else {
                        found.unreadable.append(UncertainEvent(reason: .times, uid: "", starts: nil))
                    }
                }
            }
        case .zone:
            guard let id = component.lines.first(where: { $0.name == "TZID" })?.text else { return }
            // Of two with one name the first counts, as in other programs.
            if found.zones[id] == nil { found.zones[id] = ForeignZone(component.lines, component.observances) }
        case .observance: open[open.count - 1].observances.append(component.lines)
        case .calendar, .other: break
        }
    }
}
