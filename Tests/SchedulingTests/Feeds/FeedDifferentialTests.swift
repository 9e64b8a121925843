import Clinic
import Foundation
import ICalendar
import Rig
import TestSupport
import Testing

@testable import Scheduling

/// Random calendars held against another expander, recurring_ical_events over the system's zoneinfo, in every quarter hour of
/// four months. `CONSILIUM_FEEDS` says how many, `CONSILIUM_FEED_SEED` which.
@Suite("Random calendars take what another expander says", .database, .timeLimit(.minutes(5)))
struct FeedDifferentialTests {
    private static let count = setting("CONSILIUM_FEEDS") ?? 60
    private static let seed = setting("CONSILIUM_FEED_SEED") ?? 1
    private static let first = "2026-12-01"

    private static func setting(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    private struct Line: Decodable {
        let zone: String
        let feed: String
        let window: [Int]
        let busy: [[Int]]
    }

    /// What differs, in quarter hours.
    private struct Difference {
        var (busy, free) = (0, 0)
        /// Busy, and could be booked; free, and could not.
        var (bookable, blocked) = (0, 0)

        init(_ ours: [Range<Int>], _ theirs: [Range<Int>], in window: Range<Int>) {
            func quarters(_ spans: [Range<Int>]) -> Set<Int> {
                Set(
                    spans.map { $0.clamped(to: window) }.filter { !$0.isEmpty }
                        .flatMap { $0.lowerBound / 900..<($0.upperBound + 899) / 900 })
            }
            let (ours, theirs) = (quarters(ours), quarters(theirs))
            (busy, free) = (theirs.count, window.count / 900 - theirs.count)
            (bookable, blocked) = (theirs.subtracting(ours).count, ours.subtracting(theirs).count)
        }
    }

    @Test("no busy quarter hour can be booked, and of the free ones 99 of 100 can")
    func differential() async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "feeds.py").path
        let said = try command([python, script, "\(Self.seed)", "\(Self.count)", Self.first], input: "")
        let lines = try said.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(lines.count == Self.count)
        var specialists: [String: SpecialistOfZone] = [:]
        var (busy, free, bookable, blocked, same) = (0, 0, 0, 0, 0)
        for (number, line) in lines.enumerated() {
            if specialists[line.zone] == nil { specialists[line.zone] = try await SpecialistOfZone(line.zone) }
            let window = line.window[0]..<line.window[1]
            let taken = try #require(try await specialists[line.zone]?.read(line.feed, in: window))
            let theirs = line.busy.map { $0[0]..<$0[1] }
            let difference = Difference(taken.spans, theirs, in: window)
            #expect(difference.bookable == 0 && taken.unclear.isEmpty, "feed \(number) of seed \(Self.seed)")
            same += difference.bookable + difference.blocked == 0 ? 1 : 0
            (busy, free) = (busy + difference.busy, free + difference.free)
            (bookable, blocked) = (bookable + difference.bookable, blocked + difference.blocked)
            // Control: the same events on another clock are seen to differ, where there are any.
            if number == 0 {
                let moved = Difference(
                    taken.spans.map { $0.lowerBound + 3600..<$0.upperBound + 3600 }, theirs, in: window)
                #expect(moved.bookable > 0)
            }
        }
        print(
            "\(lines.count) feeds, seed \(Self.seed): \(busy) busy quarter hours, \(bookable) of them bookable; \(free) free "
                + "ones, \(blocked) of them blocked; \(same) feeds the same")
        #expect(bookable == 0 && blocked * 100 <= free)
    }

    /// Somebody with a clock.
    private struct SpecialistOfZone {
        let id: AccountID

        init(_ zone: String) async throws {
            id = try await Seed.specialist(SchedulingFixture.vault, timeZone: zone)
        }

        func read(_ feed: String, in window: Range<Int>) async throws -> BusyTimes {
            let calendar = try CalendarReader.read(Array(feed.utf8))
            return try await BusyTimes.read(calendar, of: id, in: window, through: TestDatabase.current.worker)
        }
    }
}
