import Clinic

/// Reads a foreign iCalendar document (RFC 5545), which may be anything, as it comes. What is cancelled or transparent, or
/// an invitation that its owner declined, blocks nothing; a consult of this house that has come back in it is no other
/// business. What does not conform is read as it is meant where that is plain, and counted as unreadable where not.
package struct CalendarReader: Sendable {
    /// How deep components lie in one another, how many zones there are, and how many lines say when something is, at most.
    private static let deepest = 8
    private static let mostZones = 500
    private static let mostLines = 400_000

    private enum Kind {
        case calendar, event, freeBusy, zone, observance, other
    }

    private struct Component {
        let kind: Kind
        /// As its BEGIN has it, and its END must.
        let word: String
        var lines: [ContentLine] = []
        /// Of a zone.
        var observances: [[ContentLine]] = []
    }

    /// Where a line with one of these names says nothing, an event would be another: an instant, or at no time.
    private static let needed: Set<String> = ["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"]
    /// Where nothing can be made of a line with one of these, it repeats otherwise.
    private static let repeating: Set<String> = ["RRULE", "EXRULE", "RDATE", "EXDATE"]

    private let addresses: Set<String>
    private var lines = ContentLineReader()
    private var open: [Component] = []
    private var found = ForeignCalendar()
    private var events: [ForeignEvent] = []
    private var (zones, count) = (0, 0)
    /// Whether the first and the last line are a calendar's.
    private var (hasBegun, isWhole, hasCalendar) = (false, false, false)

    /// - Parameter addresses: the owner's mail addresses, in lower case. An invitation to any other is taken for accepted.
    package init(of addresses: Set<String> = []) {
        self.addresses = addresses
    }

    /// A document that is there as a whole.
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

    /// After the last byte.
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
        let isMark = [Array("BEGIN".utf8), Array("END".utf8)].contains { mark in
            bytes.count > mark.count && bytes.prefix(mark.count).map { $0 & 0xdf } == mark
                && [UInt8(ascii: ":"), UInt8(ascii: ";")].contains(bytes[mark.count])
        }
        guard isMark else {
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
        // What lies in anything else than a calendar is no event of it: an alarm has times of its own.
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
                // RFC 5545 §3.6.4: a person's own statement of when they are busy.
                guard line["FBTYPE"]?.uppercased() != "FREE" else { continue }
                for text in line.value.split(separator: ",") {
                    if let period = ForeignEvent(period: text.trimmed, line["TZID"] == nil ? .utc : line.zone) {
                        events.append(period)
                    } else {
                        found.unreadable.append(UncertainEvent(reason: .times, uid: "", starts: nil))
                    }
                }
            }
        case .zone:
            guard let id = component.lines.first(where: { $0.name == "TZID" })?.text else { return }
            // Two of one name: the first, as programs read it.
            if found.zones[id] == nil { found.zones[id] = ForeignZone(component.lines, component.observances) }
        case .observance: open[open.count - 1].observances.append(component.lines)
        case .calendar, .other: break
        }
    }
}
