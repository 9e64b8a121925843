/// The lines of a foreign document (RFC 5545 §3.1), unfolded, of which only those pass on that say when something is. So
/// nothing else of an event is ever read, and libical meets no property that it need not. Of who is invited one person's
/// own answer passes, and nobody's address.
enum ContentLines {
    /// Those that pass, with the name under which they do. What libical would read and write anew, and leave out what it
    /// does not understand, goes as text.
    private static let names: [String: String] = [
        "BEGIN": "BEGIN", "END": "END", "VERSION": "VERSION", "DTSTART": "DTSTART", "DTEND": "DTEND",
        "DURATION": "DURATION", "RDATE": "RDATE", "EXDATE": "EXDATE", "RECURRENCE-ID": "RECURRENCE-ID", "TZID": "TZID",
        "X-LIC-LOCATION": "X-LIC-LOCATION", "TZOFFSETTO": "TZOFFSETTO", "FREEBUSY": "FREEBUSY", "RRULE": rule,
        "EXRULE": exceptionRule, "UID": uid, "STATUS": status, "TRANSP": transparency,
    ]
    static let rule = "X-CONSILIUM-RRULE"
    static let exceptionRule = "X-CONSILIUM-EXRULE"
    static let uid = "X-CONSILIUM-UID"
    static let status = "X-CONSILIUM-STATUS"
    static let transparency = "X-CONSILIUM-TRANSP"
    /// `DECLINED`, or `OTHER` for every other answer of hers.
    static let answer = "X-CONSILIUM-ANSWER"

    private static let longest = 65_536
    private static let most = 400_000

    /// The document of those lines alone.
    /// - Parameter addresses: whose answers to invitations count, in lower case.
    /// - Throws: `CalendarFault`.
    static func sifted(_ bytes: [UInt8], answersOf addresses: Set<String>) throws(CalendarFault) -> String {
        var rest = bytes[...]
        if rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
        guard !rest.contains(0) else { throw .notCalendar }
        var sifted: [UInt8] = []
        var (components, count) = (OpenComponents(), 0)
        var (first, last): ([UInt8]?, [UInt8]) = (nil, [])
        while let line = next(&rest) {
            guard let name = name(of: line) else { continue }
            count += 1
            guard line.count <= longest, count <= most else { throw .tooMuch }
            if first == nil { first = line }
            last = line
            if name == "ATTENDEE", let word = partStat(of: line, among: addresses) {
                try components.add(values: 1)
                sifted += Array("\(answer):\(word == "DECLINED" ? word : "OTHER")\r\n".utf8)
            }
            switch name {
            case "BEGIN": try components.open(word(line))
            case "END": try components.close(word(line))
            default:
                // Without a value it says nothing, and libical would call it an error.
                guard names[name] != nil, line.last != UInt8(ascii: ":") else { continue }
                // libical makes a property of each value of a list.
                try components.add(values: 1 + line.count { $0 == UInt8(ascii: ",") })
            }
            guard let passed = names[name] else { continue }
            sifted += Array(passed.utf8) + line.dropFirst(name.utf8.count) + Array("\r\n".utf8)
        }
        guard let first, word(first) == "BEGIN:VCALENDAR", word(last) == "END:VCALENDAR", components.areClosed else {
            throw .notCalendar
        }
        return String(decoding: sifted, as: UTF8.self)
    }

    /// The next line without its end, folded ones made one; nil after the last.
    private static func next(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        var line: [UInt8] = []
        repeat {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            line += rest[rest.startIndex..<end].filter { $0 != UInt8(ascii: "\r") }
            rest = end == rest.endIndex ? [] : rest[(end + 1)...]
            guard let blank = rest.first, blank == 0x20 || blank == 0x09 else { return line }
            rest = rest.dropFirst()
        } while true
    }

    /// The property's name in capitals; nil for a line that has none.
    private static func name(of line: [UInt8]) -> String? {
        guard let end = line.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ";") }), end > 0,
            end <= 32
        else { return nil }
        // Names are ASCII: some letters beyond it have capitals within.
        return line[..<end].allSatisfy({ $0 < 0x80 }) ? String(decoding: line[..<end], as: UTF8.self).uppercased() : nil
    }

    /// What one of these has answered (RFC 5545 §3.2.12); nil for a line of somebody else's.
    private static func partStat(of line: [UInt8], among addresses: Set<String>) -> String? {
        guard !addresses.isEmpty else { return nil }
        // What is quoted may hold colons and semicolons.
        var (parts, isQuoted, isValue) = ([[UInt8]()], false, false)
        for byte in line {
            if byte == UInt8(ascii: "\""), !isValue { isQuoted.toggle() }
            if !isQuoted, !isValue, byte == UInt8(ascii: ";") || byte == UInt8(ascii: ":") {
                isValue = byte == UInt8(ascii: ":")
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
        }
        guard isValue, let value = parts.popLast() else { return nil }
        let address = String(decoding: value, as: UTF8.self).lowercased()
        guard address.hasPrefix("mailto:"), addresses.contains(String(address.dropFirst("mailto:".count))) else {
            return nil
        }
        let answers = parts.map { word($0).filter { $0 != "\"" } }.filter { $0.hasPrefix("PARTSTAT=") }
        return answers.count == 1 ? String(answers[0].dropFirst("PARTSTAT=".count)) : "NEEDS-ACTION"
    }

    private static func word(_ line: [UInt8]) -> String {
        String(decoding: line.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self).uppercased()
    }
}
