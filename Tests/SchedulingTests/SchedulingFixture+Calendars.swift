import Clinic
import FoundationEssentials
import ICalendar
import Outbox
import Postgres
import TestSupport
import Testing

@testable import Scheduling

/// A document with these lines in it.
func document(_ lines: String) -> [UInt8] { Array("BEGIN:VCALENDAR\n\(lines)\nEND:VCALENDAR\n".utf8) }

extension SchedulingFixture {
    private var imports: CalendarImport {
        CalendarImport(vault: Self.vault, outbox: Outbox(), pause: .seconds(900))
    }

    func link(_ url: String) async throws -> LinkedCalendar {
        try await run(specialist) {
            try await scheduler.linkCalendar(LinkRequest(url: url), of: specialist.account, by: specialist, in: $0)
        }
    }

    func links() async throws -> [LinkedCalendar] {
        try await run(specialist) {
            try await scheduler.linkedCalendars(of: specialist.account, by: specialist, in: $0)
        }
    }

    func unlink(_ id: LinkedCalendarID) async throws {
        try await run(specialist) {
            try await scheduler.unlinkCalendar(id, of: specialist.account, by: specialist, in: $0)
        }
    }

    /// As the worker takes it when its turn has come, whatever became of the fetch before.
    func claim(_ linked: LinkedCalendar) async throws -> CalendarImport.Poll {
        try await asOwner(
            "UPDATE calendar_poll SET poll_at = '-infinity', begun = 0 WHERE calendar_id = \(linked.id)")
        let polls = try await TestDatabase.current.worker.withTransaction(as: .nobody) {
            try await imports.claim(1000, in: $0)
        }
        return try #require(polls.first { $0.calendar == linked.id })
    }

    /// What the worker takes, as it is due.
    func claimDue(again: Bool) async throws -> [LinkedCalendarID] {
        try await TestDatabase.current.worker.withTransaction(as: .nobody) {
            try await imports.claim(1000, again: again, in: $0)
        }.map(\.calendar)
    }

    func setAside() async throws -> [LinkedCalendarID] {
        try await TestDatabase.current.worker.withTransaction(as: .nobody) { try await imports.setAside(in: $0) }
    }

    func keep(
        _ poll: CalendarImport.Poll, _ calendar: ForeignCalendar, _ version: CalendarImport.Version? = nil
    ) async throws {
        try await imports.keep(poll, reading: calendar, version: version, through: TestDatabase.current.worker)
    }

    /// What the worker does with a document that it fetched.
    func imports(_ linked: LinkedCalendar, _ lines: String) async throws {
        let poll = try await claim(linked)
        try await keep(poll, try CalendarReader.read(document(lines), of: poll.addresses))
    }

    /// How often somebody was told so of a calendar.
    func told(_ template: String, of linked: LinkedCalendar) async throws -> Int {
        try await count(
            "SELECT count(*) FROM job WHERE payload -> 'template' -> \(template) ->> '_0' = \(linked.id.description)")
    }

    func fails(_ linked: LinkedCalendar, because problem: String) async throws {
        let poll = try await claim(linked)
        try await TestDatabase.current.worker.withTransaction(as: .nobody) {
            try await imports.fail(poll, because: problem, in: $0)
        }
    }
}
