import Clinic
import FoundationEssentials
import Postgres
@testable import Scheduling
import TestSupport
import Testing

@Suite("Availability", .database, .timeLimit(.minutes(5)))
struct AvailabilityTests {
    static let weekdays = Availability(
        timeZone: "America/Vancouver",
        ruleSets: [
            RuleSet(
                rules: [
                    HoursRule("FREQ=WEEKLY;BYDAY=MO,WE", from: date("2027-01-04"), starts: "09:00", ends: "12:00"),
                    HoursRule(
                        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", from: date("2027-01-04"), starts: "12:00",
                        ends: "24:00", exdates: [date("2027-02-26")], rdates: [date("2027-02-27"), date("2027-03-01")]),
                ]),
            RuleSet(
                effectiveFrom: date("2027-06-01"), effectiveUntil: date("2027-08-31"), visitTypes: ["consult-60"],
                rules: [HoursRule(nil, from: date("2027-07-01"), starts: "06:30", ends: "08:15")]),
            RuleSet(effectiveFrom: date("2027-09-01"), rules: []),
        ],
        overrides: [
            HoursOverride(.replace, on: date("2027-05-31"), hours: []),
            HoursOverride(
                .add, on: date("2027-05-31"), hours: [HoursOfDay(starts: "08:00", ends: "09:00")],
                visitTypes: ["consult-30"]),
            HoursOverride(
                .replace, on: date("2027-06-07"),
                hours: [HoursOfDay(starts: "13:00", ends: "15:00"), HoursOfDay(starts: "16:00", ends: "24:00")]),
        ])

    @Test("is replaced as a whole by whoever read the last version, and read back as it was written")
    func replaces() async throws {
        let fixture = try await SchedulingFixture.make()
        let (_, version) = try await fixture.availability()
        let (change, next) = try await fixture.replace(Self.weekdays, ifVersion: version)
        #expect(next == version + 1 && change.outside.isEmpty)
        #expect(try await fixture.availability().availability == Self.weekdays)
        await #expect(throws: VersionRefusal.changedMeanwhile) {
            try await fixture.replace(Self.weekdays, ifVersion: version)
        }
    }

    @Test("lists the booked consults that an edit leaves outside, and touches none")
    func outside() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        let (_, version) = try await fixture.availability()
        let none = Availability(timeZone: "America/New_York", ruleSets: [])
        let (change, _) = try await fixture.replace(none, ifVersion: version)
        #expect(change.outside.map(\.id) == [appointment.id])
        #expect(try await fixture.count("SELECT count(*) FROM busy WHERE appointment_id = \(appointment.id)") == 2)
        #expect(try await fixture.openings().isEmpty)
    }

    @Test("gives way to time off at once, and back")
    func timeOff() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        let all = try await fixture.openings(from: appointment.startsAt)
        let request = TimeOffRequest(
            startsAt: appointment.startsAt.addingTimeInterval(-3600),
            endsAt: appointment.startsAt.addingTimeInterval(86_400))
        let change = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.takeTimeOff(
                request, of: fixture.specialist.account, by: fixture.specialist, in: $0)
        }
        #expect(change.outside.map(\.id) == [appointment.id])
        let fewer = try await fixture.openings(from: appointment.startsAt)
        #expect(fewer.allSatisfy { $0.startsAt >= request.endsAt } && fewer.count < all.count)
        try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.endTimeOff(
                change.timeOff.id, of: fixture.specialist.account, by: fixture.specialist, in: $0)
        }
        #expect(try await fixture.openings(from: appointment.startsAt).first == all.first)
    }

    @Test(
        "that meet at midnight are one: a consult may lie over it, and is found there, and no longer where they do not")
    func overMidnight() async throws {
        func evening(_ hours: [(starts: String, ends: String)]) async throws -> [String] {
            let fixture = try await SchedulingFixture.make(hours: hours)
            let from = try await fixture.opening(daysAhead: 3).startsAt
            let all = try await fixture.openings(from: from, to: from.addingTimeInterval(2 * 86_400), limit: 400)
            let times = all.map { $0.specialistTime.local.description.suffix(5) }
            return Set(times).filter { $0 >= "23:00" }.map(String.init).sorted()
        }
        let whole = try await evening([("00:00", "24:00")])
        #expect(whole == ["23:00", "23:15", "23:30", "23:45"])
        #expect(try await evening([("20:00", "24:00"), ("00:00", "00:15")]) == ["23:00", "23:15", "23:30"])
        // Control: an hour apart they are two.
        #expect(try await evening([("20:00", "24:00"), ("01:00", "03:00")]) == ["23:00", "23:15"])
    }

    @Test("of somebody else is not found")
    func others() async throws {
        let fixture = try await SchedulingFixture.make()
        let other = try await SchedulingFixture.make()
        await #expect(throws: AvailabilityRefusal.notFound) {
            try await fixture.run(other.specialist) {
                try await fixture.scheduler.availability(of: fixture.specialist.account, by: other.specialist, in: $0)
            }
        }
    }

    static let refused: [(String, String, Availability)] = [
        ("/timeZone", "choice", hours(zone: "Mars/Olympus")), ("/timeZone", "choice", hours(zone: "+03:00")),
        ("/ruleSets/0/rules/0/starts", "format", hours("9:00", "10:00")),
        ("/ruleSets/0/rules/0/starts", "format", hours("24:00", "24:00")),
        ("/ruleSets/0/rules/0/ends", "format", hours("09:00", "24:01")),
        ("/ruleSets/0/rules/0/ends", "range", hours("09:00", "09:00")),
        ("/ruleSets/0/rules/0/rrule", "unsupported", hours(rrule: "FREQ=YEARLY;BYWEEKNO=3")),
        ("/ruleSets/0/rules/0/rrule", "format", hours(rrule: "FREQ=WEEKLY;UNTIL=20270101T090000Z")),
        ("/ruleSets/0/rules/0/startDate", "start", hours(rrule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")),
        ("/ruleSets/0/visitTypes/1", "choice", hours(visitTypes: ["consult-45", "consult-7"])),
        ("/ruleSets/0/visitTypes", "min_items", hours(visitTypes: [])),
        ("/ruleSets/0/visitTypes", "duplicate", hours(visitTypes: ["consult-45", "consult-45"])),
        ("/ruleSets/0/effectiveUntil", "range", hours(effective: ("2027-02-01", "2027-01-31"))),
        ("/ruleSets", "max_items", hours(sets: 21)), ("/ruleSets", "max_items", hours(rules: 101)),
        ("/ruleSets/0/rules/0/exdates", "max_items", hours(exdates: 367)),
        ("/overrides/0/hours", "min_items", hours(overrides: [HoursOverride(.add, on: date("2027-01-04"), hours: [])])),
        (
            "/overrides/0/hours/1", "overlap",
            hours(overrides: [
                HoursOverride(
                    .add, on: date("2027-01-04"),
                    hours: [HoursOfDay(starts: "09:00", ends: "12:00"), HoursOfDay(starts: "11:59", ends: "13:00")])
            ])
        ),
        (
            "/overrides/1", "duplicate",
            hours(overrides: [
                HoursOverride(.replace, on: date("2027-01-04"), hours: [], visitTypes: ["consult-45"]),
                HoursOverride(.replace, on: date("2027-01-04"), hours: []),
            ])
        ),
        (
            "/overrides/0/visitTypes/0", "choice",
            hours(overrides: [HoursOverride(.replace, on: date("2027-01-04"), hours: [], visitTypes: ["x,y"])])
        ),
    ]

    private static func hours(
        _ starts: String = "09:00", _ ends: String = "10:00", zone: String = "UTC", rrule: String = "FREQ=WEEKLY",
        effective: (String, String)? = nil, visitTypes: [String]? = nil, sets: Int = 1, rules: Int = 1,
        exdates: Int = 0, overrides: [HoursOverride] = []
    ) -> Availability {
        let rule = HoursRule(
            rrule, from: date("2027-01-04"), starts: starts, ends: ends,
            exdates: (0..<exdates).compactMap { date("2027-01-01").adding(days: $0) })
        let set = RuleSet(
            effectiveFrom: effective.map { date($0.0) }, effectiveUntil: effective.map { date($0.1) },
            visitTypes: visitTypes, rules: Array(repeating: rule, count: rules))
        return Availability(timeZone: zone, ruleSets: Array(repeating: set, count: sets), overrides: overrides)
    }

    @Test("is refused by the field and its rule", arguments: refused)
    func fields(pointer: String, rule: String, bad: Availability) async throws {
        let fixture = try await SchedulingFixture.make()
        let refusal = await #expect(throws: FieldRefusal.self) { try await fixture.replace(bad, ifVersion: 1) }
        #expect(refusal?.pointer == pointer && refusal?.rule == rule, "\(refusal.map { "\($0)" } ?? "taken")")
    }

    @Test("Every opening that is shown and tried at once can be booked")
    func bookable() async throws {
        let fixture = try await SchedulingFixture.make(hours: [("08:00", "12:15"), ("13:05", "17:00")])
        let rival = try await SchedulingFixture.make(with: fixture.specialist.account)
        _ = try await rival.booked(daysAhead: 3)
        _ = try await rival.hold(try await rival.opening(daysAhead: 4).startsAt)
        _ = try await fixture.booked(daysAhead: 5)
        var tried = 0
        for visitType in ["consult-30", "consult-45", "consult-60"] {
            let shown = try await fixture.openings(visitType: visitType, from: Date(timeIntervalSinceNow: 2 * 86_400))
            for opening in shown.enumerated().filter({ $0.offset.isMultiple(of: 17) }).map(\.element) {
                #expect(try await fixture.hold(opening.startsAt, visitType: visitType).endsAt == opening.endsAt)
                tried += 1
            }
        }
        #expect(tried > 30)
    }

    @Test("Openings show both people's clocks")
    func clocks() async throws {
        let fixture = try await SchedulingFixture.make(timeZone: "Asia/Kathmandu")
        let opening = try await fixture.opening()
        #expect(opening.specialistTime.timeZone == "Asia/Kathmandu" && opening.partyTime.timeZone == "America/New_York")
        #expect(opening.specialistTime.local != opening.partyTime.local)
    }

    @Test("A search has its limits", arguments: [-1.0, 0, 63])
    func limits(days: Double) async throws {
        let fixture = try await SchedulingFixture.make()
        let from = Date(timeIntervalSinceNow: 86_400)
        await #expect(throws: FieldRefusal.self) {
            try await fixture.openings(from: from, to: from.addingTimeInterval(days * 86_400))
        }
        await #expect(throws: FieldRefusal.self) { try await fixture.openings(visitType: "consult-7") }
    }
}

extension SchedulingFixture {
    func availability() async throws -> (availability: Availability, version: Int) {
        try await run(specialist) {
            try await scheduler.availability(of: specialist.account, by: specialist, in: $0)
        }
    }

    func replace(
        _ availability: Availability, ifVersion version: Int
    ) async throws -> (change: AvailabilityChange, version: Int) {
        try await run(specialist) {
            try await scheduler.replaceAvailability(
                of: specialist.account, with: availability, ifVersion: ExpectedVersion(version), by: specialist, in: $0)
        }
    }
}
