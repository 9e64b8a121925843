import Clinic
import FoundationEssentials
import Postgres
@testable import Scheduling
import TestSupport
import Testing

/// Daily hours in a zone, and what one date makes of them: as `local/instants`, with what the clock does.
struct ClockCase: Sendable, CustomTestStringConvertible {
    let zone: String
    let hours: (String, String)
    let date: String
    let shown: String
    var testDescription: String { "\(zone) on \(date)" }

    init(_ zone: String, _ starts: String, _ ends: String, _ date: String, _ shown: String) {
        self.zone = zone
        hours = (starts, ends)
        self.date = date
        self.shown = shown
    }
}

@Suite("A preview of hours", .database, .timeLimit(.minutes(5)))
struct PreviewTests {
    /// By hand, from the zones' rules.
    static let table = [
        // Half an hour back, and forward.
        ClockCase(
            "Australia/Lord_Howe", "01:00", "03:00", "2026-04-05",
            "01:00-03:00 04T14:00Z-04T16:30Z, repeats 01:30-02:00 at 04T15:00Z"),
        ClockCase(
            "Australia/Lord_Howe", "01:00", "03:00", "2026-10-04",
            "01:00-03:00 03T14:30Z-03T16:00Z, skips 02:00-02:30 at 03T15:30Z"),
        // Around Ramadan.
        ClockCase(
            "Africa/Casablanca", "01:00", "04:00", "2026-02-15",
            "01:00-04:00 15T00:00Z-15T04:00Z, repeats 02:00-03:00 at 15T02:00Z"),
        ClockCase("Africa/Casablanca", "09:00", "12:00", "2026-03-01", "09:00-12:00 01T09:00Z-01T12:00Z"),
        ClockCase(
            "Africa/Casablanca", "01:00", "04:00", "2026-03-22",
            "01:00-04:00 22T01:00Z-22T03:00Z, skips 02:00-03:00 at 22T02:00Z"),
        ClockCase("Asia/Kathmandu", "09:00", "24:00", "2027-07-01", "09:00-24:00 01T03:15Z-01T18:15Z"),
        // Forward for good in March 2026: nothing in November.
        ClockCase(
            "America/Vancouver", "01:00", "04:00", "2026-03-08",
            "01:00-04:00 08T09:00Z-08T11:00Z, skips 02:00-03:00 at 08T10:00Z"),
        ClockCase("America/Vancouver", "01:00", "04:00", "2026-11-01", "01:00-04:00 01T08:00Z-01T11:00Z"),
        // The first of two.
        ClockCase(
            "America/New_York", "01:30", "03:00", "2026-11-01",
            "01:30-03:00 01T05:30Z-01T08:00Z, repeats 01:00-02:00 at 01T06:00Z"),
        ClockCase(
            "America/New_York", "01:00", "01:30", "2026-11-01",
            "01:00-01:30 01T05:00Z-01T05:30Z, repeats 01:00-02:00 at 01T06:00Z"),
        // Hours that the clock skips wholly are none, and of others what it skips is not shown.
        ClockCase("America/New_York", "02:30", "03:00", "2027-03-14", ", skips 02:00-03:00 at 14T07:00Z"),
        ClockCase("America/New_York", "02:00", "02:45", "2027-03-14", ", skips 02:00-03:00 at 14T07:00Z"),
        ClockCase(
            "America/New_York", "02:15", "05:00", "2027-03-14",
            "03:15-05:00 14T07:15Z-14T09:00Z, skips 02:00-03:00 at 14T07:00Z"),
        // At midnight, forward and back.
        ClockCase(
            "Africa/Cairo", "00:00", "02:00", "2026-04-24",
            "01:00-02:00 23T22:00Z-23T23:00Z, skips 00:00-01:00 at 23T22:00Z"),
        ClockCase(
            "Africa/Cairo", "22:00", "24:00", "2026-10-29",
            "22:00-24:00 29T19:00Z-29T22:00Z, repeats 23:00-24:00 at 29T21:00Z"),
    ]

    @Test("shows the instants of a date's hours, and what the clock skips or repeats", arguments: table)
    func clocks(of example: ClockCase) async throws {
        let fixture = try await SchedulingFixture.make(hours: [])
        let daily = HoursRule("FREQ=DAILY", from: date("2026-01-01"), starts: example.hours.0, ends: example.hours.1)
        let preview = try await fixture.preview(
            Availability(timeZone: example.zone, ruleSets: [RuleSet(rules: [daily])]), example.date, example.date)
        #expect(preview.days.map(Self.line) == ["\(example.date) \(example.shown)"])
    }

    @Test("puts together rule sets by their dates and visit types, with what overrides replace and add")
    func sets() async throws {
        let fixture = try await SchedulingFixture.make(hours: [])
        func rule(_ days: String, _ starts: String, _ ends: String) -> HoursRule {
            HoursRule("FREQ=WEEKLY;BYDAY=\(days)", from: date("2027-01-04"), starts: starts, ends: ends)
        }
        let availability = Availability(
            timeZone: "UTC",
            ruleSets: [
                RuleSet(effectiveUntil: date("2027-05-31"), rules: [rule("MO,TU", "09:00", "12:00")]),
                // From June on; what adjoins is one.
                RuleSet(
                    effectiveFrom: date("2027-06-01"),
                    rules: [rule("MO,TU", "08:00", "10:00"), rule("TU", "10:00", "11:00")]),
                RuleSet(
                    visitTypes: ["consult-30"], rules: [rule("MO", "11:30", "13:00"), rule("WE", "09:00", "10:00")]),
            ],
            overrides: [
                HoursOverride(.replace, on: date("2027-06-02"), hours: [], visitTypes: ["consult-30"]),
                HoursOverride(.add, on: date("2027-06-03"), hours: [HoursOfDay(starts: "20:00", ends: "24:00")]),
                HoursOverride(.replace, on: date("2027-06-07"), hours: [HoursOfDay(starts: "14:00", ends: "15:00")]),
                HoursOverride(
                    .add, on: date("2027-06-07"), hours: [HoursOfDay(starts: "15:00", ends: "16:00")],
                    visitTypes: ["consult-60"]),
            ])
        let preview = try await fixture.preview(availability, "2027-05-31", "2027-06-07")
        let shown = preview.days.flatMap { day in
            day.hours.map { "\(day.date.rawValue.suffix(5)) \($0.starts)-\($0.ends) \(Self.minutes($0.visitTypes))" }
        }
        #expect(
            shown == [
                "05-31 09:00-12:00 45 60", "05-31 09:00-13:00 30", "06-01 08:00-11:00 30 45 60",
                "06-03 20:00-24:00 30 45 60", "06-07 14:00-15:00 30 45", "06-07 14:00-16:00 60",
            ])
    }

    @Test("saves nothing, and says what saving then does")
    func savesNothing() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        let before = try await fixture.availability()
        let other = Availability(
            timeZone: "Europe/Berlin",
            ruleSets: [
                RuleSet(rules: [HoursRule("FREQ=WEEKLY", from: date("2026-01-05"), starts: "01:00", ends: "01:20")])
            ])
        let entries: SQL = "SELECT count(*) FROM audit_entry WHERE chain_id = \(fixture.specialist.account)"
        let audited = try await fixture.count(entries)
        let preview = try await fixture.preview(other, nil, nil)
        #expect(preview.days.count == 28 && preview.outside.map(\.id) == [appointment.id])
        #expect(try await fixture.availability() == before)
        #expect(try await fixture.count(entries) == audited)
        #expect(try await fixture.openings(from: appointment.startsAt).first != nil)
        let (change, _) = try await fixture.replace(other, ifVersion: before.version)
        #expect(change.outside == preview.outside)
    }

    @Test("refuses what saving refuses, and a range that is too long or too far")
    func refuses() async throws {
        let fixture = try await SchedulingFixture.make()
        let none = Availability(timeZone: "UTC", ruleSets: [])
        for (pointer, availability, from, to) in [
            ("/timeZone", Availability(timeZone: "Mars/Olympus", ruleSets: []), nil, nil),
            ("/to", none, "2027-03-01", "2027-02-28"), ("/to", none, "2027-01-01", "2027-04-03"),
            ("/to", none, "2050-01-01", nil), ("/to", none, "2999-12-31", nil),
        ] as [(String, Availability, String?, String?)] {
            let refusal = await #expect(throws: FieldRefusal.self) { try await fixture.preview(availability, from, to) }
            #expect(refusal?.pointer == pointer)
        }
        #expect(try await fixture.preview(none, "2027-01-01", "2027-04-02").days.count == 92)
        let other = try await SchedulingFixture.make()
        await #expect(throws: AvailabilityRefusal.notFound) {
            try await fixture.run(other.specialist) {
                try await fixture.scheduler.previewAvailability(
                    of: fixture.specialist.account, none, from: nil, to: nil, by: other.specialist, in: $0)
            }
        }
    }

    private static func line(_ day: PreviewedDay) -> String {
        let hours = day.hours.map { "\($0.starts)-\($0.ends) \(instant($0.startsAt))-\(instant($0.endsAt))" }
        let change = day.clockChange.map { ", \($0.effect) \($0.starts)-\($0.ends) at \(instant($0.at))" } ?? ""
        return "\(day.date.rawValue) \(hours.joined(separator: " "))\(change)"
    }

    /// As `04T14:00Z`.
    private static func instant(_ instant: Date) -> String { instant.formatted(.iso8601).dropFirst(8).prefix(8) + "Z" }

    private static func minutes(_ visitTypes: [String]) -> String {
        visitTypes.map { $0.dropFirst("consult-".count) }.joined(separator: " ")
    }
}

extension SchedulingFixture {
    func preview(_ availability: Availability, _ from: String?, _ to: String?) async throws -> AvailabilityPreview {
        try await run(specialist) {
            try await scheduler.previewAvailability(
                of: specialist.account, availability, from: from.map(date), to: to.map(date), by: specialist, in: $0)
        }
    }
}
