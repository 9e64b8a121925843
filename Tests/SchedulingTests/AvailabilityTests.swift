import Clinic
import FoundationEssentials
import Postgres
import Scheduling
import TestSupport
import Testing

@Suite("Availability", .database)
struct AvailabilityTests {
    static let weekdays = Availability(
        timeZone: "America/Vancouver",
        weekly: [
            WeeklyHours(weekday: 1, starts: "09:00", ends: "12:00"),
            WeeklyHours(weekday: 1, starts: "12:00", ends: "24:00"),
        ],
        exceptions: [
            DatedHours(date: "2027-05-31", hours: []),
            DatedHours(date: "2027-06-07", hours: [HoursOfDay(starts: "13:00", ends: "15:00")]),
        ])

    @Test("is replaced as a whole by whoever read the last version, and read back as it was written")
    func replaces() async throws {
        let stage = try await Stage.make()
        let (_, version) = try await stage.availability()
        let (change, next) = try await stage.replace(Self.weekdays, ifVersion: version)
        #expect(next == version + 1 && change.outside.isEmpty)
        #expect(try await stage.availability().availability == Self.weekdays)
        await #expect(throws: AvailabilityRefusal.changedMeanwhile) {
            try await stage.replace(Self.weekdays, ifVersion: version)
        }
    }

    @Test("lists the booked consults that an edit leaves outside, and touches none")
    func outside() async throws {
        let stage = try await Stage.make()
        let appointment = try await stage.booked()
        let (_, version) = try await stage.availability()
        let none = Availability(timeZone: "America/New_York", weekly: [], exceptions: [])
        let (change, _) = try await stage.replace(none, ifVersion: version)
        #expect(change.outside.map(\.id) == [appointment.id])
        #expect(try await stage.count("SELECT count(*) FROM busy WHERE appointment_id = \(appointment.id)") == 2)
        #expect(try await stage.openings().isEmpty)
    }

    @Test("gives way to time off at once, and back")
    func timeOff() async throws {
        let stage = try await Stage.make()
        let appointment = try await stage.booked()
        let all = try await stage.openings(from: appointment.startsAt)
        let request = TimeOffRequest(
            startsAt: appointment.startsAt.addingTimeInterval(-3600),
            endsAt: appointment.startsAt.addingTimeInterval(86_400))
        let change = try await stage.run(stage.specialist) {
            try await stage.scheduler.takeTimeOff(
                request, of: stage.specialist.account, by: stage.specialist, in: $0)
        }
        #expect(change.outside.map(\.id) == [appointment.id])
        let fewer = try await stage.openings(from: appointment.startsAt)
        #expect(fewer.allSatisfy { $0.startsAt >= request.endsAt } && fewer.count < all.count)
        try await stage.run(stage.specialist) {
            try await stage.scheduler.endTimeOff(
                change.timeOff.id, of: stage.specialist.account, by: stage.specialist, in: $0)
        }
        #expect(try await stage.openings(from: appointment.startsAt).first == all.first)
    }

    @Test("of somebody else is not found")
    func others() async throws {
        let stage = try await Stage.make()
        let other = try await Stage.make()
        await #expect(throws: AvailabilityRefusal.notFound) {
            try await stage.run(other.specialist) {
                try await stage.scheduler.availability(of: stage.specialist.account, by: other.specialist, in: $0)
            }
        }
    }

    @Test(
        "is refused by the field and its rule",
        arguments: [
            ("/weekly/0/weekday", [WeeklyHours(weekday: 8, starts: "09:00", ends: "10:00")]),
            ("/weekly/0/starts", [WeeklyHours(weekday: 1, starts: "9:00", ends: "10:00")]),
            ("/weekly/0/starts", [WeeklyHours(weekday: 1, starts: "24:00", ends: "24:00")]),
            ("/weekly/0/ends", [WeeklyHours(weekday: 1, starts: "09:00", ends: "24:01")]),
            ("/weekly/0/ends", [WeeklyHours(weekday: 1, starts: "09:00", ends: "09:00")]),
            (
                "/weekly/1",
                [
                    WeeklyHours(weekday: 1, starts: "09:00", ends: "12:00"),
                    WeeklyHours(weekday: 1, starts: "11:59", ends: "13:00"),
                ]
            ),
        ])
    func fields(pointer: String, weekly: [WeeklyHours]) async throws {
        let stage = try await Stage.make()
        let bad = Availability(timeZone: "America/New_York", weekly: weekly, exceptions: [])
        let refusal = await #expect(throws: FieldRefusal.self) { try await stage.replace(bad, ifVersion: 1) }
        #expect(refusal?.pointer == pointer)
    }

    @Test("is refused in a zone that nobody knows, and on a date that is none or is named twice")
    func zonesAndDates() async throws {
        let stage = try await Stage.make()
        for (pointer, bad) in [
            ("/timeZone", Availability(timeZone: "Mars/Olympus", weekly: [], exceptions: [])),
            ("/timeZone", Availability(timeZone: "+03:00", weekly: [], exceptions: [])),
            (
                "/exceptions/0/date",
                Availability(
                    timeZone: "UTC", weekly: [], exceptions: [DatedHours(date: "2027-02-29", hours: [])])
            ),
            (
                "/exceptions/1/date",
                Availability(
                    timeZone: "UTC", weekly: [],
                    exceptions: [DatedHours(date: "2027-02-28", hours: []), DatedHours(date: "2027-02-28", hours: [])])
            ),
        ] {
            let refusal = await #expect(throws: FieldRefusal.self) { try await stage.replace(bad, ifVersion: 1) }
            #expect(refusal?.pointer == pointer)
        }
    }

    @Test("Every opening that is shown and tried at once can be booked")
    func bookable() async throws {
        let stage = try await Stage.make(hours: [("08:00", "12:15"), ("13:05", "17:00")])
        let rival = try await Stage.make(with: stage.specialist.account)
        _ = try await rival.booked(daysAhead: 3)
        _ = try await rival.hold(try await rival.opening(daysAhead: 4).startsAt)
        _ = try await stage.booked(daysAhead: 5)
        var tried = 0
        for visitType in ["consult-30", "consult-45", "consult-60"] {
            let shown = try await stage.openings(visitType: visitType, from: Date(timeIntervalSinceNow: 2 * 86_400))
            for opening in shown.enumerated().filter({ $0.offset.isMultiple(of: 17) }).map(\.element) {
                #expect(try await stage.hold(opening.startsAt, visitType: visitType).endsAt == opening.endsAt)
                tried += 1
            }
        }
        #expect(tried > 30)
    }

    @Test("Openings show both people's clocks")
    func clocks() async throws {
        let stage = try await Stage.make(timeZone: "Asia/Kathmandu")
        let opening = try await stage.opening()
        #expect(opening.specialistTime.timeZone == "Asia/Kathmandu" && opening.partyTime.timeZone == "America/New_York")
        #expect(opening.specialistTime.local != opening.partyTime.local)
    }

    @Test("A search has its limits", arguments: [-1.0, 0, 63])
    func limits(days: Double) async throws {
        let stage = try await Stage.make()
        let from = Date(timeIntervalSinceNow: 86_400)
        await #expect(throws: FieldRefusal.self) {
            try await stage.openings(from: from, to: from.addingTimeInterval(days * 86_400))
        }
        await #expect(throws: FieldRefusal.self) { try await stage.openings(visitType: "consult-7") }
    }
}

extension Stage {
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
                of: specialist.account, with: availability, ifVersion: version, by: specialist, in: $0)
        }
    }
}
