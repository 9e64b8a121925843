import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("Reminders that come late", .database, .timeLimit(.minutes(5)))
struct ReminderTests {
    let vault = Vault(.generate())

    private func subjects(
        of consult: Consult, _ aheads: [Notice.Ahead] = Notice.Ahead.allCases
    ) async throws -> [String] {
        let mails = SentMails(vault)
        for ahead in aheads {
            try await mails.deliver(.reminder(consult.appointment, sequence: 0, ahead: ahead), to: consult.patient)
        }
        return mails.all.compactMap { SentMails.subject(of: $0) }
    }

    @Test(
        "A worker that comes back sends the nearest alone, and it says how long there is",
        arguments: [
            (40, ["Your consult begins in 40 minutes"]), (4, ["Your consult begins in a few minutes"]),
            (60, ["Your consult begins in an hour"]), (119, ["Your consult begins in an hour"]), (-1, []),
        ])
    func nearest(minutes: Int, expected: [String]) async throws {
        // What is due together after an outage is both.
        let consult = try await Consult(vault, startsAt: Date(timeIntervalSinceNow: Double(minutes) * 60 + 1))
        #expect(try await subjects(of: consult) == expected)
    }

    @Test("A day-ahead reminder names the day as it is when it is sent", arguments: [(5, "today"), (20, "tomorrow")])
    func names(hours: Int, day: String) async throws {
        let consult = try await Consult(
            vault, startsAt: Date(timeIntervalSinceNow: Double(hours) * 3600), zone: Seed.zone(whereItIs: 10))
        #expect(try await subjects(of: consult, [.day]) == ["Your consult is \(day)"])
    }

    @Test("No instant brings two, and none but the last two hours is without one")
    func one() {
        for seconds in stride(from: -600.0, through: 2 * 86_400, by: 60) {
            let remaining = TimeRemaining(seconds: seconds, days: 0, weekday: "Monday")
            // The hour's reminder is due in its last hour: the day's has left an hour before.
            let isDue: [Notice.Ahead: Bool] = [.day: seconds <= 86_400, .hour: seconds <= 3600]
            let sent = Notice.Ahead.allCases.filter { isDue[$0] == true && remaining.isTime(for: $0) }
            #expect(sent.count == (seconds > 0 && seconds <= 3600 || seconds > 7200 && seconds <= 86_400 ? 1 : 0))
        }
        // Twenty-four hours before it can be the day before yesterday, or today, by a clock that changes meanwhile.
        #expect(TimeRemaining(seconds: 86_400, days: 2, weekday: "Monday").englishDay == "on Monday")
    }

    @Test("Of a consult that moved meanwhile only the last time is told, and no calendar's quarrel with an earlier one")
    func lastTime() async throws {
        let consult = try await Consult(vault, startsAt: Date(timeIntervalSinceNow: 2 * 86_400))
        try await consult.change("sequence = 2")
        let mails = SentMails(vault)
        for template: Notice.Template in [
            .appointmentBooked(consult.appointment), .appointmentMoved(consult.appointment, sequence: 1),
            .appointmentMoved(consult.appointment, sequence: 2),
        ] { try await mails.deliver(template, to: consult.patient) }
        try await mails.deliver(.calendarConflict(consult.appointment, sequence: 1), to: consult.specialist)
        #expect(mails.all.compactMap { SentMails.subject(of: $0) } == ["Your consult has a new time"])
    }
}
