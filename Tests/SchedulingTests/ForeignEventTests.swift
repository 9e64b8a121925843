import Clinic
import Foundation
import ICalendar
import Postgres
import Rig
import TestSupport
import Testing

@testable import Scheduling

@Suite("A foreign event", .database)
struct ForeignEventTests {
    private static func walls(_ lines: String, _ known: Set<String> = ["Europe/Paris"]) throws -> BusyWalls {
        let calendar = try CalendarReader.read(document("BEGIN:VEVENT\nUID:x\n\(lines)\nEND:VEVENT"))
        let first = try #require(CivilDate(rawValue: "2027-03-01"))
        let last = try #require(CivilDate(rawValue: "2027-03-31"))
        return try BusyWalls(calendar, known: known, in: first...last)
    }

    @Test(
        "by a rule on the list takes its dates alone",
        arguments: [
            ("RRULE:FREQ=WEEKLY;BYDAY=MO", ["01", "08", "15", "22", "29"]),
            ("RRULE:FREQ=WEEKLY;BYDAY=TU", ["01", "02", "09", "16", "23", "30"]),
            ("RRULE:FREQ=DAILY;COUNT=3", ["01", "02", "03"]),
            ("RRULE:FREQ=DAILY;UNTIL=20270303", ["01", "02", "03"]),
            ("RDATE;TZID=Europe/Paris:20270310T090000", ["01", "10"]),
            ("SUMMARY:x", ["01"]),
        ])
    func known(rule: String, days: [String]) throws {
        let walls = try Self.walls(
            "DTSTART;TZID=Europe/Paris:20270301T090000\nDTEND;TZID=Europe/Paris:20270301T100000\n\(rule)")
        #expect(walls.occurrences.map(\.starts) == days.map { "2027-03-\($0) 09:00:00" })
        #expect(walls.unclearRules == 0 && walls.unclearZones == 0)
    }

    @Test("is one of many whose rules would be gone through for minutes, and the calendar is too much")
    func manyLongRules() throws {
        func calendar(_ count: Int) throws -> ForeignCalendar {
            let event = """
                BEGIN:VEVENT
                DTSTART:19000101T000000
                RRULE:FREQ=MONTHLY;UNTIL=20261001;BYMONTHDAY=\((1...31).map(String.init).joined(separator: ","))
                END:VEVENT

                """
            return try CalendarReader.read(document(String(repeating: event, count: count)))
        }
        let window = try #require(CivilDate(rawValue: "2027-03-01"))...(try #require(CivilDate(rawValue: "2027-03-31")))
        #expect(try BusyWalls(try calendar(10), known: [], in: window).occurrences.isEmpty)
        #expect(throws: CalendarFault.tooMuch) { try BusyWalls(try calendar(40), known: [], in: window) }
    }

    @Test("is one of many whose times are of more zones than there are, and the calendar is too much")
    func manyZones() throws {
        func names(_ count: Int) throws -> Set<String> {
            let times = (0..<count).map { "EXDATE;TZID=AAAAB\($0):20270301T090000\n" }.joined()
            return try BusyWalls.zoneNames(
                of: CalendarReader.read(document("BEGIN:VEVENT\nDTSTART:20270301T090000\n\(times)END:VEVENT")))
        }
        #expect(try names(500).count == 500)
        #expect(throws: CalendarFault.tooMuch) { try names(501) }
    }

    @Test(
        "by a rule off the list takes its time of every day until the rule's end, and is counted",
        arguments: [
            ("RRULE:FREQ=WEEKLY;WKST=TH;INTERVAL=2", 31), ("RRULE:FREQ=MONTHLY;BYDAY=MO;UNTIL=20270309T000000Z", 10),
            ("RRULE:FREQ=YEARLY;BYWEEKNO=10", 31), ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", 31),
            ("RRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY", 31),
        ])
    func unclear(rule: String, days: Int) throws {
        let walls = try Self.walls(
            "DTSTART;TZID=Europe/Paris:20270301T090000\nDTEND;TZID=Europe/Paris:20270301T100000\n\(rule)")
        #expect(walls.occurrences.count == days && walls.unclearRules == 1)
        #expect(walls.occurrences.allSatisfy { $0.starts.hasSuffix(" 09:00:00") })
    }

    @Test(
        "by a rule with times of the day takes all the time there is",
        arguments: [
            "RRULE:FREQ=HOURLY", "RRULE:FREQ=DAILY;BYHOUR=8,17", "RRULE:FREQ=SECONDLY;UNTIL=20270320T000000Z",
            "RRULE:FREQ=NEVER",
        ])
    func always(rule: String) throws {
        let walls = try Self.walls("DTSTART:20270305T090000Z\nDTEND:20270305T100000Z\n\(rule)")
        #expect(walls.occurrences.count == 1 && walls.unclearRules == 1)
        let ends = try #require(walls.occurrences.first?.ends)
        #expect(ends >= (rule.contains("UNTIL") ? "2027-03-20" : "2027-03-31"))
    }

    @Test("in a zone that the system does not know takes all that it could mean, and is counted")
    func zones() throws {
        let lines = "DTSTART;TZID=Somewhere:20270305T090000\nDTEND;TZID=Somewhere:20270305T100000"
        let walls = try Self.walls(lines)
        #expect(walls.unclearZones == 1)
        #expect(walls.series.map(\.early) == [14 * 3600] && walls.series.map(\.late) == [12 * 3600])
        #expect(try Self.walls(lines, ["Somewhere"]).unclearZones == 0)
        let reading = ZoneReading(
            .named("W. Europe Standard Time"), [], ["W. Europe Standard Time": ForeignZone(offsets: 3600...7200)])
        #expect(reading.zone == "UTC" && reading.early == 7200 && reading.late == -3600)
        let windows = ZoneReading(.named("W. Europe Standard Time"), ["Europe/Berlin"], [:])
        #expect(windows.zone == "Europe/Berlin" && windows.isKnown)
        let named = ZoneReading(.named("/citadel.org/20210210_1/America/New_York"), ["America/New_York"], [:])
        #expect(named.zone == "America/New_York" && named.isKnown)
    }

    /// An event as both expanders are asked about it.
    private struct Question: Codable {
        var lines: String
        /// Whether its rule and zone are read for certain.
        var isCertain: Bool
    }

    @Test(
        "takes every time that another expander finds, and where its rule is on the list no other",
        .timeLimit(.minutes(10)))
    func differential() async throws {
        let stage = try await Stage.make(timeZone: "Australia/Lord_Howe")
        var dice = Dice(seed: UInt64(ProcessInfo.processInfo.environment["CONSILIUM_RULE_SEED"] ?? "7") ?? 7)
        let questions = (0..<200).map { _ in Self.question(&dice) }
        let found = try Self.ask(questions)
        var certain = 0
        for (question, expected) in zip(questions, found) {
            let calendar = try CalendarReader.read(document("BEGIN:VEVENT\nUID:x\n\(question.lines)\nEND:VEVENT"))
            let taken = try await Self.taken(calendar, of: stage)
            let isCovered = expected.allSatisfy { span in
                taken.contains { $0.lowerBound <= span[0] && span[1] <= $0.upperBound }
            }
            #expect(isCovered, "\(question.lines)")
            guard question.isCertain else { continue }
            certain += 1
            let joined = Self.joined(expected)
            #expect(taken == joined, "\(question.lines)")
        }
        #expect(certain > 60 && certain < 180)
    }

    /// Between the first and the last of 300 days from tomorrow, what a calendar takes of the specialist, in Unix
    /// seconds.
    private static func taken(_ calendar: ForeignCalendar, of stage: Stage) async throws -> [Range<Int>] {
        let rows = try await TestDatabase.current.worker.withTransaction(as: .nobody) { tx in
            let names = Array(try BusyWalls.zoneNames(of: calendar))
            let known = try await tx.query("SELECT n FROM unnest(\(names)) n WHERE consilium.is_zone(n)")
                .map { try $0.decode(String.self) }
            let today = try #require(
                try await tx.first("SELECT (now() AT TIME ZONE 'UTC')::date")?.decode(CivilDate.self))
            let walls = try BusyWalls(
                calendar, known: Set(known),
                in: try #require(today.adding(days: -2))...(try #require(today.adding(days: 402))))
            return try await tx.query(ImportSQL.taken(by: walls, of: stage.specialist.account, days: 400))
        }
        let window = try window()
        return try rows.map { row in
            let (starts, ends) = try row.decode(Date.self, Date.self)
            return Int(starts.timeIntervalSince1970)..<Int(ends.timeIntervalSince1970)
        }.compactMap { span in
            let cut = span.clamped(to: window)
            return cut.isEmpty ? nil : cut
        }
    }

    private static func window() throws -> Range<Int> {
        let first = (Int(Date().timeIntervalSince1970) / 86_400 + 1) * 86_400
        return first..<(first + 300 * 86_400)
    }

    private static func joined(_ spans: [[Int]]) -> [Range<Int>] {
        spans.sorted { $0[0] < $1[0] }.reduce(into: []) { joined, span in
            if let last = joined.last, span[0] <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, span[1])
            } else {
                joined.append(span[0]..<span[1])
            }
        }
    }

    private static func question(_ dice: inout Dice) -> Question {
        let zone = dice.pick(["Europe/Paris", "America/New_York", "Africa/Casablanca", "Asia/Kathmandu", "", "UTC"])
        let day = 1 + dice.below(28)
        let month = 1 + dice.below(12)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let wall = "2026\(two(month))\(two(day))T\(two(dice.below(24)))\(two(15 * dice.below(4)))00"
        let start =
            zone == "UTC" ? "DTSTART:\(wall)Z" : zone.isEmpty ? "DTSTART:\(wall)" : "DTSTART;TZID=\(zone):\(wall)"
        let certain = [
            "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY",
            "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=WEEKLY;UNTIL=20270601T000000Z",
            "FREQ=DAILY;COUNT=400",
        ]
        let uncertain = [
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=TH", "FREQ=MONTHLY;BYDAY=MO,TU;BYMONTHDAY=1,2,3,4,5,6,7",
            "FREQ=YEARLY;BYWEEKNO=10,20,30", "FREQ=YEARLY;BYYEARDAY=100,200", "FREQ=DAILY;BYHOUR=6,18",
            "FREQ=MONTHLY;BYMONTH=1,3,5;BYMONTHDAY=10", "FREQ=HOURLY;INTERVAL=7", "FREQ=DAILY;BYMONTHDAY=-1",
        ]
        let isCertain = dice.below(2) == 0
        let rule = isCertain ? dice.pick(certain) : dice.pick(uncertain)
        return Question(
            lines: "\(start)\nDURATION:PT\(15 * (1 + dice.below(12)))M\nRRULE:\(rule)", isCertain: isCertain)
    }

    /// For each event the spans that python-dateutil finds by the system's zoneinfo, in Unix seconds, within the window.
    private static func ask(_ questions: [Question]) throws -> [[[Int]]] {
        let script = """
            import sys, json, re, zoneinfo
            from datetime import datetime, timedelta, timezone
            from dateutil.rrule import rrulestr
            zoneinfo.reset_tzpath(to=["/usr/share/zoneinfo"])
            asked = json.load(sys.stdin)
            low, high = asked["window"]
            for lines in asked["lines"]:
                start, duration, rule = lines.split("\\n")
                named = re.match(r"DTSTART;TZID=([^:]+):", start)
                zone = zoneinfo.ZoneInfo(named[1] if named else "UTC" if start.endswith("Z") else asked["zone"])
                wall = datetime.strptime(start.split(":")[1].rstrip("Z"), "%Y%m%dT%H%M%S")
                length = 60 * int(re.search(r"PT(\\d+)M", duration)[1])
                text = rule.split(":")[1]
                until = re.search(r"UNTIL=(\\w+)Z", text)
                text = re.sub(r";UNTIL=\\w+", "", text)
                limit = datetime.strptime(until[1], "%Y%m%dT%H%M%S").replace(tzinfo=timezone.utc) if until else None
                walls = {wall}
                end = datetime.fromtimestamp(high, timezone.utc).replace(tzinfo=None) + timedelta(days=2)
                for found in rrulestr(text, dtstart=wall):
                    if found > end: break
                    walls.add(found)
                spans = []
                for found in walls:
                    at = found.replace(tzinfo=zone).astimezone(timezone.utc)
                    if limit and at > limit: continue
                    first, last = int(at.timestamp()), int(at.timestamp()) + length
                    if last > low and first < high: spans.append([max(first, low), min(last, high)])
                print(json.dumps(spans))
            """
        struct Asked: Encodable {
            let lines: [String]
            let window: [Int]
            let zone: String
        }
        let window = try window()
        let asked = Asked(
            lines: questions.map(\.lines), window: [window.lowerBound, window.upperBound],
            zone: "Australia/Lord_Howe")
        let input = String(decoding: try JSONEncoder().encode(asked), as: UTF8.self)
        return try command([python, "-c", script], input: input).split(separator: "\n").map {
            try JSONDecoder().decode([[Int]].self, from: Data($0.utf8))
        }
    }
}

extension Dice {
    fileprivate mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}
