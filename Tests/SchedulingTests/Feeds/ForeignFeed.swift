import Clinic
import ICalendar
import TestSupport

@testable import Scheduling

/// A small calendar as some program writes it, and when its owner is busy by it.
struct ForeignFeed: Sendable {
    let name: String
    var zone = "America/New_York"
    /// What stands within VCALENDAR.
    let lines: String
    /// `from/to` in UTC, joined, from December 2026 to November 2027.
    let busy: [String]
    var unclear: [UncertainEvent.Reason] = []

    static let window = local("20261201T000000Z")..<local("20271201T000000Z")

    /// The Unix seconds of a time in UTC.
    static func local(_ text: String) -> Int { CalendarDateTime(text, zone: .utc)?.local ?? 0 }

    var spans: [Range<Int>] {
        busy.map { span in
            let sides = span.split(separator: "/").map { Self.local(String($0)) }
            return sides[0]..<sides[1]
        }
    }

    /// One event with these lines.
    static func event(_ lines: String, uid: String = "one") -> String {
        "BEGIN:VEVENT\nUID:\(uid)\n\(lines)\nEND:VEVENT"
    }

    /// An event and others of its UID.
    static func series(_ lines: String...) -> String { lines.map { event($0) }.joined(separator: "\n") }

    /// A zone by its winter and its summer.
    static func zone(
        _ name: String, winter: String, _ winterRule: String, summer: String? = nil, _ summerRule: String = ""
    ) -> String {
        let summerOffset = summer ?? winter
        func observance(_ kind: String, _ from: String, _ to: String, _ rule: String) -> String {
            let rule = rule.isEmpty ? "" : "RRULE:FREQ=YEARLY;\(rule)\n"
            return
                "BEGIN:\(kind)\nDTSTART:16010101T020000\nTZOFFSETFROM:\(from)\nTZOFFSETTO:\(to)\n\(rule)END:\(kind)\n"
        }
        return "BEGIN:VTIMEZONE\nTZID:\(name)\n" + observance("STANDARD", summerOffset, winter, winterRule)
            + (summer.map { observance("DAYLIGHT", winter, $0, summerRule) } ?? "") + "END:VTIMEZONE\n"
    }

    /// When it takes the time of a specialist of its zone.
    func read() async throws -> BusyTimes {
        let specialist = try await Seed.specialist(SchedulingFixture.vault, timeZone: zone)
        let calendar = try CalendarReader.read(document(lines))
        return try await BusyTimes.read(
            calendar, of: specialist, in: Self.window, through: TestDatabase.current.worker)
    }
}
