import Clinic

extension ForeignEvent {
    enum Found {
        case event(ForeignEvent)
        case unreadable(UncertainEvent)
        /// A consult of this service, which the owner's calendar has from a feed.
        case consult
    }

    /// - Parameter addresses: the addresses whose answers to invitations count, in lower case.
    static func read(_ lines: [ContentLine], of addresses: Set<String>) -> Found {
        func all(_ name: String) -> [ContentLine] { lines.filter { $0.name == name } }
        let uid = all("UID").first?.text ?? ""
        guard ConsultEntry.appointment(of: uid) == nil else { return .consult }
        let occurrence = all("RECURRENCE-ID").first.flatMap { line in
            CalendarDateTime(line).map {
                Occurrence(moment: $0, isOfAllThatFollow: line["RANGE"]?.uppercased() == "THISANDFUTURE")
            }
        }
        let blocks = blocks(all, addresses)
        let starts = all("DTSTART")
        let start = starts.count == 1 ? CalendarDateTime(starts[0]) : nil
        let repeats = !all("RRULE").isEmpty || !all("RDATE").isEmpty
        let unreadable = UncertainEvent(reason: .times, uid: uid, starts: start?.text, repeats: repeats)
        var event: ForeignEvent
        if let start, let length = Length(from: start, all("DTEND").first, all("DURATION").first) {
            event = ForeignEvent(start: start, length: length)
        } else if !blocks {
            // All that matters is that it blocks nothing, and which occurrence it replaces.
            event = ForeignEvent(
                start: start ?? occurrence?.moment ?? CalendarDateTime(day: 0, second: nil, zone: .floating),
                length: .lasting(days: 0, seconds: 0))
        } else {
            return .unreadable(unreadable)
        }
        event.uid = uid
        event.sequence = all("SEQUENCE").first.flatMap { Int($0.word) } ?? 0
        event.blocks = blocks
        event.occurrence = occurrence
        event.isOfUnknownOccurrence = occurrence == nil && !all("RECURRENCE-ID").isEmpty
        event.isDamaged = event.isOfUnknownOccurrence
        event.rules = all("RRULE").map { EventRule($0.value) }
        // An uncertain rule excludes nothing.
        let exceptions = all("EXRULE").map { EventRule($0.value) }
        event.exceptionRules = exceptions.filter { !$0.isUncertain }
        event.isDamaged = event.isDamaged || event.exceptionRules.count < exceptions.count
        event.readDates(all)
        return .event(event)
    }

    private mutating func readDates(_ all: (String) -> [ContentLine]) {
        for line in all("EXDATE") {
            if line.value.isEmpty { isDamaged = true }
            for text in line.value.split(separator: ",") {
                if let moment = CalendarDateTime(line, value: text) {
                    excluding.append(moment)
                } else {
                    isDamaged = true
                }
            }
        }
        for line in all("RDATE") {
            if line.value.isEmpty { lacksAddition = true }
            for text in line.value.split(separator: ",") {
                if text.contains("/"), let period = ForeignEvent(period: text.unpadded, line.zone) {
                    adding.append(Addition(start: period.start, length: period.length))
                } else if !text.contains("/"), let moment = CalendarDateTime(line, value: text) {
                    adding.append(Addition(start: moment, length: nil))
                } else {
                    lacksAddition = true
                }
            }
        }
    }

    private static func blocks(_ all: (String) -> [ContentLine], _ addresses: Set<String>) -> Bool {
        if all("STATUS").contains(where: { $0.word == "CANCELLED" }) { return false }
        let transparency = all("TRANSP").map(\.word)
        if transparency.contains("TRANSPARENT") { return false }
        // Exchange's property, where TRANSP says nothing.
        if transparency.isEmpty, all("X-MICROSOFT-CDO-BUSYSTATUS").contains(where: { $0.word == "FREE" }) {
            return false
        }
        let answers = all("ATTENDEE").compactMap { line -> String? in
            let address = line.value.unpadded.lowercased()
            guard address.hasPrefix("mailto:"), addresses.contains(String(address.dropFirst("mailto:".count))) else {
                return nil
            }
            // RFC 5545 §3.2.12. A parameter that is written twice counts as missing.
            return line["PARTSTAT"]?.uppercased() ?? "NEEDS-ACTION"
        }
        return answers.isEmpty || !answers.allSatisfy { $0 == "DECLINED" }
    }

    /// `start/end` or `start/duration` (RFC 5545 §3.3.9).
    init?(period: some StringProtocol, _ zone: CalendarDateTime.Zone) {
        let sides = period.split(separator: "/")
        guard sides.count == 2, let start = CalendarDateTime(sides[0], zone: zone), !start.isDate else { return nil }
        if let end = CalendarDateTime(sides[1], zone: zone), !end.isDate {
            guard end.zone != start.zone || end.local >= start.local else { return nil }
            self.init(start: start, length: .until(end))
        } else if let duration = EventDuration(sides[1]) {
            self.init(start: start, length: .lasting(days: duration.days, seconds: duration.seconds))
        } else {
            return nil
        }
    }
}

extension ForeignEvent.Length {
    /// RFC 5545 §3.6.1: with neither an end nor a duration, a date lasts a day and a time is an instant. Nil where the end
    /// cannot be read, or lies before the start by the same clock.
    init?(from start: CalendarDateTime, _ ends: ContentLine?, _ lasting: ContentLine?) {
        if let ends {
            guard var end = CalendarDateTime(ends) else { return nil }
            // An end without a zone is by the clock of the start.
            if case .floating = end.zone, !end.isDate, !start.isDate {
                end = CalendarDateTime(day: end.day, second: end.second, zone: start.zone)
            }
            let isComparable = end.zone == start.zone || end.isDate || start.isDate
            if isComparable {
                // Some programs write the end of a day as its own date.
                guard end.isDate ? end.day >= start.day : end.local >= start.local else { return nil }
            }
            if end.isDate {
                let days = max(1, end.day - start.day)
                if start.isDate {
                    self = .lasting(days: days, seconds: 0)
                } else {
                    // An event with a time that ends on a date ends when that date begins; on the start's own date it ends
                    // with the date.
                    self = .until(CalendarDateTime(day: start.day + days, second: 0, zone: start.zone))
                }
            } else {
                self = .until(end)
            }
        } else if let lasting {
            guard let duration = EventDuration(lasting.value.unpadded) else { return nil }
            let days = duration.days + (duration.seconds + 86_399) / 86_400
            self =
                start.isDate
                ? .lasting(days: max(1, days), seconds: 0)
                : .lasting(days: duration.days, seconds: duration.seconds)
        } else {
            self = .lasting(days: start.isDate ? 1 : 0, seconds: 0)
        }
    }
}

/// A duration (RFC 5545 §3.3.6) that is not negative. Weeks and days are those of the calendar; hours and less are exact.
struct EventDuration: Equatable {
    let days: Int
    let seconds: Int

    /// The most days: more than a hundred years.
    private static let longest = 40_000

    init?(_ text: some StringProtocol) {
        var rest = Array(text.uppercased().utf8)[...]
        if rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard rest.popFirst() == UInt8(ascii: "P"), !rest.isEmpty else { return nil }
        var (days, seconds, isTime, values) = (0, 0, false, 0)
        while let byte = rest.first {
            if byte == UInt8(ascii: "T"), !isTime {
                isTime = true
                rest = rest.dropFirst()
                continue
            }
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            guard let unit = rest.popFirst(), !digits.isEmpty else { return nil }
            let number = min(digits.reduce(0) { min($0 * 10 + Int($1) - 48, 1_000_000_000) }, 1_000_000_000)
            switch (Character(UnicodeScalar(unit)), isTime) {
            case ("W", false): days += 7 * number
            case ("D", false): days += number
            case ("H", true): seconds += 3600 * number
            case ("M", true): seconds += 60 * number
            case ("S", true): seconds += number
            default: return nil
            }
            values += 1
        }
        guard values > 0 else { return nil }
        self.days = min(days, Self.longest)
        self.seconds = min(seconds, Self.longest * 86_400)
    }
}
