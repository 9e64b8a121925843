import Clinic
import FoundationEssentials
import HTTPServer
import Scheduling

/// What the OpenAPI document shows of scheduling.
enum SchedulingExamples {
    static func id<Tag>(_ last: UInt8) -> ID<Tag> {
        ID(
            rawValue: UUID(
                uuid: (0x01, 0x92, 0xf0, 0xc1, 0x7d, 0x2e, 0x7a, 0x41, 0x9c, 0x3b, 0x5f, 0x1d, 0xe0, 0xa7, 0xb9, last)))
    }

    static let caseID: CaseID = id(1)
    static let patient: AccountID = id(2)
    static let specialist: AccountID = id(3)
    static let hold: HoldID = id(4)
    static let appointment: AppointmentID = id(5)
    static let timeOff: TimeOffID = id(6)
    static let feed: CalendarFeedID = id(7)
    static let calendar: LinkedCalendarID = id(8)
    static let colleague: AccountID = id(10)
    static let place: WaitlistID = id(8)
    static let offered: HoldID = id(9)
    static let start = Date(timeIntervalSince1970: 1_805_117_400)
    static let end = start.addingTimeInterval(45 * 60)
    static let token = "mRr1Jd0l9nV1oXx8w5sV8yqBqS0a2x3y4z5A6B7C8D9"
}

extension WallTime {
    static let specialistExample = WallTime(local: time("2027-03-15T06:30"), timeZone: "America/Vancouver")
    static let partyExample = WallTime(local: time("2027-03-15T09:30"), timeZone: "America/New_York")

    /// The same time of day a week later; no zone's clock changes in between.
    fileprivate var nextWeek: WallTime { WallTime(local: local.adding(minutes: 7 * 1440), timeZone: timeZone) }

    private static func time(_ text: StaticString) -> LocalTime {
        guard let time = LocalTime("\(text)") else { preconditionFailure("a time that exists") }
        return time
    }
}

extension Opening {
    static let example = Opening(
        specialist: SchedulingExamples.specialist, visitType: "consult-45", startsAt: SchedulingExamples.start,
        endsAt: SchedulingExamples.end, specialistTime: .specialistExample, partyTime: .partyExample)
}

extension HoldRequest {
    static let example = HoldRequest(
        case: SchedulingExamples.caseID, startsAt: SchedulingExamples.start, visitType: "consult-45")
}

extension Hold {
    static let example = made(token: SchedulingExamples.token)
    /// As it is read later: its token is shown once.
    static let tokenless = made()
    static let renewed = made(renewalsLeft: 2)
    static let offered = Hold(
        id: SchedulingExamples.offered, case: SchedulingExamples.caseID, kind: .offered,
        appointment: SchedulingExamples.appointment, specialist: SchedulingExamples.specialist,
        visitType: "consult-45", startsAt: SchedulingExamples.start.addingTimeInterval(604_800),
        endsAt: SchedulingExamples.end.addingTimeInterval(604_800), specialistTime: .specialistExample.nextWeek,
        partyTime: .partyExample.nextWeek, expiresAt: SchedulingExamples.start.addingTimeInterval(-43_200),
        renewalsLeft: 0,
        token: nil)

    private static func made(renewalsLeft: Int = 3, token: String? = nil) -> Hold {
        Hold(
            id: SchedulingExamples.hold, case: SchedulingExamples.caseID, specialist: SchedulingExamples.specialist,
            visitType: "consult-45", startsAt: SchedulingExamples.start, endsAt: SchedulingExamples.end,
            specialistTime: .specialistExample, partyTime: .partyExample,
            expiresAt: SchedulingExamples.start.addingTimeInterval(-86_400), renewalsLeft: renewalsLeft, token: token)
    }
}

extension ColleagueRequest {
    static let example = ColleagueRequest(specialist: SchedulingExamples.colleague)
}

extension Colleague {
    static let example = Colleague(
        specialist: SchedulingExamples.colleague, since: SchedulingExamples.start.addingTimeInterval(-86_400))
}

extension Appointment {
    static let example = made(.booked)
    static let moved = made(.booked, sequence: 1, version: 2)
    static let cancelled = made(
        .cancelled, sequence: 1, version: 2, endedAt: SchedulingExamples.start.addingTimeInterval(-50_000))
    static let checkedIn = made(.checkedIn, version: 2)
    static let completed = made(.completed, version: 3, endedAt: SchedulingExamples.end)
    static let missed = made(.noShow, version: 2, endedAt: SchedulingExamples.end)

    private static func made(
        _ state: AppointmentState, sequence: Int = 0, version: Int = 1, endedAt: Date? = nil,
        room: ConsultRoom = ConsultRoom(state: .closed, waitingSince: nil)
    ) -> Appointment {
        Appointment(
            id: SchedulingExamples.appointment, case: SchedulingExamples.caseID,
            specialist: SchedulingExamples.specialist, party: SchedulingExamples.patient, lane: .licensed,
            visitType: "consult-45", policyVersion: 1, state: state, startsAt: SchedulingExamples.start,
            endsAt: SchedulingExamples.end, specialistTime: .specialistExample, partyTime: .partyExample,
            sequence: sequence, version: version,
            bookedAt: SchedulingExamples.start.addingTimeInterval(-86_400), endedAt: endedAt,
            rescheduleUntil: SchedulingExamples.start.addingTimeInterval(-14_400),
            cancelUntil: SchedulingExamples.start.addingTimeInterval(-14_400),
            noShowFrom: SchedulingExamples.start.addingTimeInterval(600),
            joinOpensAt: SchedulingExamples.start.addingTimeInterval(-900), room: room)
    }
}

extension ConsultRoom {
    static let waiting = ConsultRoom(state: .waiting, waitingSince: SchedulingExamples.start.addingTimeInterval(-300))
    static let open = ConsultRoom(state: .open, waitingSince: SchedulingExamples.start.addingTimeInterval(-300))
}

extension JoinPass {
    static let example = JoinPass(
        case: SchedulingExamples.caseID, room: .open,
        url: "https://rooms.example.org/\(SchedulingExamples.appointment)?jwt=eyJhbGciOiJIUzI1NiJ9",
        token: "eyJhbGciOiJIUzI1NiJ9", opensAt: Appointment.example.joinOpensAt, closesAt: Appointment.example.endsAt)
}

extension WaitlistRequest {
    static let example = WaitlistRequest(
        case: SchedulingExamples.caseID, appointment: SchedulingExamples.appointment, weekdays: [1, 2, 3, 4, 5],
        between: HoursOfDay(starts: "08:00", ends: "18:30"))
}

extension WaitlistEntry {
    static let example = WaitlistEntry(
        id: SchedulingExamples.place, case: SchedulingExamples.caseID, specialist: SchedulingExamples.specialist,
        visitType: "consult-45", appointment: SchedulingExamples.appointment,
        earliest: SchedulingExamples.start.addingTimeInterval(-604_800), latest: SchedulingExamples.start,
        weekdays: [1, 2, 3, 4, 5], between: HoursOfDay(starts: "08:00", ends: "18:30"), state: .waiting,
        joinedAt: SchedulingExamples.start.addingTimeInterval(-604_800), position: 1, offered: nil)
}

extension Availability {
    static let example = Availability(
        timeZone: "America/New_York",
        ruleSets: [
            RuleSet(
                effectiveFrom: .example("2027-01-04"), effectiveUntil: .example("2027-05-30"),
                visitTypes: ["consult-30", "consult-45"],
                rules: [
                    HoursRule(
                        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", from: .example("2027-01-04"), starts: "09:00",
                        ends: "12:30", exdates: [.example("2027-02-01")], rdates: [.example("2027-02-02")]),
                    HoursRule("FREQ=MONTHLY;BYDAY=2SU", from: .example("2027-01-04"), starts: "01:00", ends: "04:00"),
                ])
        ],
        overrides: [
            HoursOverride(
                .replace, on: .example("2027-05-31"), hours: [HoursOfDay(starts: "13:00", ends: "15:00")],
                visitTypes: ["consult-45"])
        ])
}

extension AvailabilityPreview {
    static let example = AvailabilityPreview(
        timeZone: "America/New_York",
        days: [
            PreviewedDay(
                date: .example("2027-03-14"),
                hours: [
                    PreviewedHours(
                        starts: "01:00", ends: "04:00", startsAt: Date(timeIntervalSince1970: 1_805_004_000),
                        endsAt: Date(timeIntervalSince1970: 1_805_011_200), visitTypes: ["consult-30", "consult-45"])
                ],
                clockChange: ClockChange(
                    at: Date(timeIntervalSince1970: 1_805_007_600), effect: .skips, starts: "02:00", ends: "03:00"))
        ], outside: [.example])
}

extension CivilDate {
    fileprivate static func example(_ text: StaticString) -> CivilDate {
        guard let date = CivilDate(rawValue: "\(text)") else { preconditionFailure("a date that exists") }
        return date
    }
}

extension TimeOff {
    static let example = TimeOff(
        id: SchedulingExamples.timeOff, startsAt: SchedulingExamples.start,
        endsAt: SchedulingExamples.start.addingTimeInterval(604_800))
}
