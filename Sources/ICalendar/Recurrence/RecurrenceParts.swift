package import Clinic

/// The parts of a rule's text by name. Each is taken out as it is read.
struct RecurrenceParts {
    /// The part names of RFC 5545 §3.3.10 and RFC 7529.
    static let known: Set<String> = [
        "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
        "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST", "RSCALE", "SKIP",
    ]
    /// The longest rule that is read, in bytes.
    static let longest = 255

    private var parts: [String: String] = [:]

    init(_ text: String) throws(RecurrenceRefusal) {
        guard text.utf8.count <= Self.longest else { throw .format("must have at most \(Self.longest) characters") }
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;,+-".utf8)
        let text = text.uppercased()
        guard text.utf8.allSatisfy(allowed.contains) else { throw .format(Self.form) }
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else { throw .format(Self.form) }
            guard parts.updateValue(String(sides[1]), forKey: String(sides[0])) == nil else {
                throw .format("must name each part once")
            }
        }
    }

    private static let form = "must be a rule by RFC 5545, as FREQ=WEEKLY;BYDAY=MO,WE"

    /// The names of the parts that were not taken, sorted.
    var left: [String] { parts.keys.sorted() }

    mutating func take(_ name: String) -> String? { parts.removeValue(forKey: name) }

    mutating func number(_ name: String, _ range: ClosedRange<Int>) throws(RecurrenceRefusal) -> Int? {
        guard let text = take(name) else { return nil }
        return try Self.whole(text, name, range)
    }

    /// A list of whole numbers without 0.
    mutating func numbers(_ name: String, _ range: ClosedRange<Int>) throws(RecurrenceRefusal) -> [Int] {
        var numbers: [Int] = []
        for word in try list(name) {
            let number = try Self.whole(word, name, range)
            guard number != 0 else { throw .range("must not have 0 in \(name)") }
            guard !numbers.contains(number) else { throw .format("must name each value of \(name) once") }
            numbers.append(number)
        }
        return numbers
    }

    mutating func days() throws(RecurrenceRefusal) -> [RecurrenceRule.Day] {
        var days: [RecurrenceRule.Day] = []
        for word in try list("BYDAY") {
            guard let weekday = RecurrenceRule.Weekday(word: String(word.suffix(2))) else {
                throw .format("has a BYDAY that names no weekday")
            }
            let number = String(word.dropLast(2))
            let ordinal = number.isEmpty ? nil : try Self.whole(number, "BYDAY", -53...53)
            guard ordinal != 0 else { throw .range("must not have 0 in BYDAY") }
            let day = RecurrenceRule.Day(ordinal: ordinal, weekday: weekday)
            guard !days.contains(day) else { throw .format("must name each value of BYDAY once") }
            days.append(day)
        }
        return days
    }

    mutating func weekStart() throws(RecurrenceRefusal) -> RecurrenceRule.Weekday {
        guard let word = take("WKST") else { return .monday }
        guard let weekday = RecurrenceRule.Weekday(word: word) else {
            throw .format("has a WKST that names no weekday")
        }
        guard weekday == .monday || weekday == .sunday else { throw .unsupported("WKST=\(word)") }
        return weekday
    }

    /// A date, as `20270630`.
    mutating func until() throws(RecurrenceRefusal) -> CivilDate? {
        guard let text = take("UNTIL") else { return nil }
        let digits = Array(text)
        guard digits.count == 8,
            let date = CivilDate(
                rawValue: "\(String(digits[0..<4]))-\(String(digits[4..<6]))-\(String(digits[6..<8]))")
        else { throw .format("must have a date in UNTIL, as 20270630") }
        return date
    }

    private mutating func list(_ name: String) throws(RecurrenceRefusal) -> [String] {
        guard let text = take(name) else { return [] }
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !words.contains("") else { throw .format("has an empty value in \(name)") }
        return words
    }

    private static func whole(
        _ text: String, _ name: String, _ range: ClosedRange<Int>
    ) throws(RecurrenceRefusal) -> Int {
        guard let number = Int(text) else { throw .format("must have a whole number in \(name)") }
        guard range.contains(number) else {
            throw .range("must have \(name) from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

extension RecurrenceRule {
    /// The form of a rule in documents; lower case is read too. `supported` says which rules are accepted.
    package static let rule = TextRule.form(
        TextForm(
            "^(?=(?:.*;)?FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;|$))[A-Z]+=[A-Z0-9,+-]+(?:;[A-Z]+=[A-Z0-9,+-]+)*$",
            "a rule by RFC 5545, as FREQ=WEEKLY;BYDAY=MO,WE", isReadByService: true),
        length: 10...RecurrenceParts.longest)
}
