import CLibIcal
import Clinic

/// What has been read of a document so far.
struct Reading {
    private var found = ForeignCalendar()
    /// Where the events that repeat are, and what stands for single occurrences of theirs, by UID.
    private var series: [String: [Int]] = [:]
    private var replaced: [(uid: String, moment: WallMoment)] = []

    /// The most that is taken off all series together. Each has one UID to itself; where many share one, what is told of
    /// apart comes off each of them.
    private static let mostReplaced = 100_000

    /// Occurrences that are told of apart come off their series, wherever they stand in the document.
    /// - Throws: `CalendarFault.tooMuch`.
    func calendar() throws(CalendarFault) -> ForeignCalendar {
        var calendar = found
        var count = 0
        for (uid, moment) in replaced {
            let places = series[uid] ?? []
            count += places.count
            guard count <= Self.mostReplaced else { throw .tooMuch }
            for index in places { calendar.events[index].excluding.append(moment) }
        }
        return calendar
    }

    mutating func add(zone properties: [ForeignProperty], _ rules: [ForeignProperty]) {
        guard let id = properties.first(where: { $0.name == "TZID" })?.value else { return }
        let offsets = rules.filter { $0.name == "TZOFFSETTO" }.map { Self.offset($0.value) }
        let known = offsets.compactMap(\.self)
        var zone = ForeignZone(location: properties.first { $0.name == "X-LIC-LOCATION" }?.value)
        // One that cannot be read could be any.
        let isWhole = known.count == offsets.count && !rules.contains { $0.name == "X-LIC-ERROR" }
        if isWhole, let least = known.min(), let most = known.max() { zone.offsets = least...most }
        found.zones[id] = zone
    }

    /// A person's own statement of when she is busy (RFC 5545 §3.6.4).
    mutating func add(freeBusy properties: [ForeignProperty]) {
        for property in properties where property.name == "FREEBUSY" && !property.isFree {
            append(period: property.value, .utc)
        }
    }

    mutating func add(event properties: [ForeignProperty]) {
        func all(_ name: String) -> [ForeignProperty] { properties.filter { $0.name == name } }
        let uid = all(ContentLines.uid).first?.text ?? ""
        guard ConsultEntry.appointment(of: uid) == nil else { return }
        let answers = all(ContentLines.answer)
        let blocksNothing =
            !answers.isEmpty && answers.allSatisfy { $0.text == "DECLINED" }
            || all(ContentLines.status).contains { $0.text.uppercased() == "CANCELLED" }
            || all(ContentLines.transparency).contains { $0.text.uppercased() == "TRANSPARENT" }
        let occurrence = all("RECURRENCE-ID").first
        if let occurrence, !occurrence.isOfAllThatFollow,
            let moment = WallMoment(occurrence.value, zone: occurrence.zone)
        {
            replaced.append((uid, moment))
        }
        guard !blocksNothing else { return }
        guard all("DTSTART").count == 1, let starts = all("DTSTART").first,
            let start = WallMoment(starts.value, zone: starts.zone),
            let length = Self.length(of: start, until: all("DTEND").first, lasting: all("DURATION").first?.value)
        else {
            found.unreadable += 1
            return
        }
        var event = ForeignEvent(start: start, length: length)
        let rules = all(ContentLines.rule)
        if rules.count == 1, let rule = rules.first { event.repetition = .rule(rule.text) }
        // What libical could not read, a second rule, or an occurrence that stands for all after it: as it may.
        if rules.count > 1 || !all("X-LIC-ERROR").isEmpty || occurrence?.isOfAllThatFollow == true {
            event.repetition = .unclear
        }
        event.excluding = all("EXDATE").compactMap { WallMoment($0.value, zone: $0.zone) }
        for property in all("RDATE") {
            if property.value.contains("/") {
                append(period: property.value, property.zone)
            } else if let moment = WallMoment(property.value, zone: property.zone) {
                event.adding.append(moment)
            } else {
                found.unreadable += 1
            }
        }
        if occurrence == nil, !uid.isEmpty { series[uid, default: []].append(found.events.count) }
        found.events.append(event)
    }

    /// `start/end` or `start/duration` (RFC 5545 §3.3.9).
    private mutating func append(period: String, _ zone: WallMoment.Zone) {
        let sides = period.split(separator: "/")
        guard sides.count == 2, let start = WallMoment(sides[0], zone: zone), start.second != nil else {
            found.unreadable += 1
            return
        }
        if let end = WallMoment(sides[1], zone: zone), end.second != nil {
            found.events.append(ForeignEvent(start: start, length: .until(end)))
        } else if let seconds = Self.seconds(String(sides[1])) {
            found.events.append(ForeignEvent(start: start, length: .seconds(seconds)))
        } else {
            found.unreadable += 1
        }
    }

    /// RFC 5545 §3.6.1: with neither an end nor a duration, a date is a day and a time is an instant.
    private static func length(
        of start: WallMoment, until ends: ForeignProperty?, lasting duration: String?
    ) -> ForeignEvent.Length? {
        if let ends {
            guard let end = WallMoment(ends.value, zone: ends.zone), (end.second == nil) == (start.second == nil) else {
                return nil
            }
            guard end.second == nil else { return .until(end) }
            let days = end.date.dayNumber - start.date.dayNumber
            // Some write a day's end as its own date.
            return days >= 0 ? .days(max(1, days)) : nil
        }
        guard let duration else { return start.second == nil ? .days(1) : .seconds(0) }
        guard let seconds = seconds(duration) else { return nil }
        return start.second == nil ? .days(max(1, (seconds + 86_399) / 86_400)) : .seconds(seconds)
    }

    /// Ten years: no calendar that is looked at reaches further.
    private static let longest = 315_360_000

    /// A duration (RFC 5545 §3.3.6) that is not negative.
    private static func seconds(_ text: String) -> Int? {
        let read = icaldurationtype_from_string(text)
        // A bad one has a sign of -1, a negative one of 1.
        guard read.is_neg == 0, text.hasPrefix("P") || text.hasPrefix("+P") else { return nil }
        let seconds =
            Int(read.weeks) * 604_800 + Int(read.days) * 86_400 + Int(read.hours) * 3600 + Int(read.minutes) * 60
            + Int(read.seconds)
        return min(seconds, longest)
    }

    /// `-0500` or `+053045`, within a day.
    private static func offset(_ text: String) -> Int? {
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let digits = text.dropFirst().compactMap(\.wholeNumberValue)
        guard digits.count == text.count - 1, digits.count == 4 || digits.count == 6 else { return nil }
        let hours = digits[0] * 10 + digits[1]
        let minutes = digits[2] * 10 + digits[3]
        let seconds = digits.count == 6 ? digits[4] * 10 + digits[5] : 0
        guard hours < 24, minutes < 60, seconds < 60 else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds)
    }
}
