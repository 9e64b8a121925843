/// Cuts a foreign document into its lines as its bytes come (RFC 5545 §3.1), folded ones made one, and keeps only those
/// that say when something is. A description or a picture of any length passes by and is never held.
struct ContentLineReader {
    /// What a document holds, a line at a time.
    enum Found {
        case line([UInt8])
        /// One with a name that is of no interest.
        case passed
    }

    /// Those of interest, in capitals.
    private static let names: Set<String> = [
        "BEGIN", "END", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "UID",
        "SEQUENCE", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "ATTENDEE", "FREEBUSY", "TZID", "X-LIC-LOCATION",
        "TZOFFSETFROM", "TZOFFSETTO",
    ]
    private static let longestName = 32

    /// The most bytes of one line that are held, and of all together.
    private static let longest = 1_000_000
    private static let most = 20_000_000

    private var line: [UInt8] = []
    private var isPassedBy = false
    private var hasName = false
    /// A line end came: the next byte says whether the line goes on.
    private var hasEnded = false
    private var held = 0
    private var isFirst = true

    /// - Throws: `CalendarFault`, or what `take` throws.
    mutating func read(
        _ bytes: UnsafeRawBufferPointer, _ take: (Found) throws(CalendarFault) -> Void
    ) throws(CalendarFault) {
        for byte in bytes {
            guard byte != 0 else { throw .notCalendar }
            if hasEnded {
                hasEnded = false
                if byte == 0x20 || byte == 0x09 { continue }
                try finish(take)
            }
            switch byte {
            case UInt8(ascii: "\n"): hasEnded = true
            case UInt8(ascii: "\r"): break
            default: try append(byte)
            }
        }
    }

    /// Gives the last line, whether or not it has an end.
    mutating func finish(_ take: (Found) throws(CalendarFault) -> Void) throws(CalendarFault) {
        if isPassedBy, hasName {
            try take(.passed)
        } else if hasName {
            held += line.count
            guard held <= Self.most else { throw .tooMuch }
            try take(.line(line))
        }
        line.removeAll(keepingCapacity: true)
        (isPassedBy, hasName, hasEnded) = (false, false, false)
    }

    private mutating func append(_ byte: UInt8) throws(CalendarFault) {
        guard !isPassedBy else { return }
        line.append(byte)
        guard !hasName else {
            guard line.count <= Self.longest else { throw .tooMuch }
            return
        }
        if isFirst, line == [0xef, 0xbb, 0xbf] {
            line.removeAll()
        } else if byte == UInt8(ascii: ":") || byte == UInt8(ascii: ";"), line.count > 1 {
            isFirst = false
            hasName = true
            // Names are ASCII: some letters beyond it have capitals within.
            let name = line.dropLast()
            isPassedBy =
                !name.allSatisfy { $0 < 0x80 }
                || !Self.names.contains(String(decoding: name, as: UTF8.self).uppercased())
        } else if line.count > Self.longestName {
            isPassedBy = true
        }
    }
}
