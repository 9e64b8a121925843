/// Splits a foreign document into its unfolded lines as its bytes come (RFC 5545 §3.1). It keeps only the lines that say when
/// something takes place: a description or a picture of any length is never held in memory.
struct ContentLineReader {
    /// One line of a document.
    enum Found {
        case line([UInt8])
        /// A line whose name does not matter.
        case skipped
    }

    /// The names that matter, in upper case.
    private static let names: Set<String> = [
        "BEGIN", "END", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "UID",
        "SEQUENCE", "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "ATTENDEE", "FREEBUSY", "TZID", "X-LIC-LOCATION",
        "TZOFFSETFROM", "TZOFFSETTO",
    ]
    private static let longestName = 32

    /// The most bytes that are held of one line, and of all lines together.
    private static let longest = 1_000_000
    private static let most = 20_000_000

    private var line: [UInt8] = []
    private var isSkipped = false
    private var hasName = false
    /// Whether a line end came. The next byte says whether the line continues.
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

    /// Passes the last line on, whether or not it has an end.
    mutating func finish(_ take: (Found) throws(CalendarFault) -> Void) throws(CalendarFault) {
        if isSkipped, hasName {
            try take(.skipped)
        } else if hasName {
            held += line.count
            guard held <= Self.most else { throw .tooMuch }
            try take(.line(line))
        }
        line.removeAll(keepingCapacity: true)
        (isSkipped, hasName, hasEnded) = (false, false, false)
    }

    private mutating func append(_ byte: UInt8) throws(CalendarFault) {
        guard !isSkipped else { return }
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
            // Names are ASCII. The upper case of some letters beyond ASCII lies within it.
            let name = line.dropLast()
            isSkipped =
                !name.allSatisfy { $0 < 0x80 }
                || !Self.names.contains(String(decoding: name, as: UTF8.self).uppercased())
        } else if line.count > Self.longestName {
            isSkipped = true
        }
    }
}
