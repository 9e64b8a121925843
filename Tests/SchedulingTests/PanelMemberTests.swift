import Clinic
import Foundation
import Postgres
import TestSupport
import Testing

@testable import Scheduling

@Suite("To a colleague a panel's consult is their own", .database, .timeLimit(.minutes(5)))
struct PanelMemberTests {
    /// A panel of two that is booked, and the fixture as the colleague sees it.
    private struct Panel {
        let fixture: SchedulingFixture
        let colleague: Caller
        let booked: Appointment

        var colleagues: SchedulingFixture {
            SchedulingFixture(
                scheduler: fixture.scheduler, database: fixture.database, specialist: colleague,
                patient: fixture.patient,
                caseID: fixture.caseID)
        }

        init(licensedIn: [String] = ["US-OH"]) async throws {
            fixture = try await SchedulingFixture.make()
            colleague = try await fixture.colleague(licensedIn: licensedIn)
            booked = try await fixture.book(
                try await fixture.hold(try await fixture.opening(daysAhead: 5).startsAt, with: [colleague]))
        }

        func leave() async throws {
            try await fixture.run(colleague) {
                try await fixture.scheduler.release(colleague.account, from: fixture.caseID, by: colleague, in: $0)
            }
        }
    }

    @Test("in their calendar feed, until they leave the panel")
    func feed() async throws {
        let panel = try await Panel()
        func entries() async throws -> [String] {
            try CalendarFeedTests.read([try await panel.fixture.content(of: panel.colleague).text]).icalendar.map(\.uid)
        }
        #expect(try await entries() == ["\(panel.booked.id)@consilium"])
        // Of the case's consults only those that the colleague is part of.
        let other = try await panel.fixture.booked(daysAhead: 8)
        #expect(try await entries() == ["\(panel.booked.id)@consilium"])
        try await panel.leave()
        #expect(try await entries() == [])
        let specialists = try CalendarFeedTests.read([
            try await panel.fixture.content(of: panel.fixture.specialist).text
        ])
        #expect(Set(specialists.icalendar.map(\.uid)) == Set([panel.booked, other].map { "\($0.id)@consilium" }))
    }

    @Test("when a calendar that they linked takes its time: they are told of it once, and shown it")
    func conflict() async throws {
        let panel = try await Panel()
        let linked = try await panel.colleagues.link("https://example.com/x.ics")
        let event = """
            BEGIN:VEVENT
            UID:x
            DTSTART:\(panel.booked.startsAt.basic)
            DTEND:\(panel.booked.endsAt.basic)
            END:VEVENT
            """
        for _ in 0..<2 { try await panel.colleagues.imports(linked, event) }
        #expect(try await panel.colleagues.links().first?.conflicts == [panel.booked.id])
        #expect(try await panel.fixture.told("calendarConflict", of: panel.booked.id) == [panel.colleague.account])
        #expect(try await panel.fixture.notices("calendarConflict", of: panel.booked) == 1)
        // A consult of the case without the colleague is no business of their calendar's.
        let other = try await panel.fixture.booked(daysAhead: 8)
        try await panel.colleagues.imports(
            linked,
            event.replacing(
                panel.booked.startsAt.basic, with: other.startsAt.basic
            ).replacing(
                panel.booked.endsAt.basic, with: other.endsAt.basic))
        #expect(try await panel.colleagues.links().first?.conflicts == [])
        #expect(try await panel.fixture.notices("calendarConflict", of: other) == 0)
    }

    @Test("when their hours or their time off leave it outside: as previewed and as saved")
    func outside() async throws {
        let panel = try await Panel()
        _ = try await panel.fixture.booked(daysAhead: 8)
        let version = try await panel.colleagues.availability().version
        let none = Availability(timeZone: "America/New_York", ruleSets: [])
        #expect(try await panel.colleagues.preview(none, nil, nil).outside.map(\.id) == [panel.booked.id])
        let away = try await panel.fixture.run(panel.colleague) {
            try await panel.fixture.scheduler.takeTimeOff(
                TimeOffRequest(startsAt: panel.booked.startsAt, endsAt: panel.booked.endsAt),
                of: panel.colleague.account, by: panel.colleague, in: $0)
        }
        #expect(away.outside.map(\.id) == [panel.booked.id])
        #expect(
            try await panel.colleagues.replace(none, ifVersion: version).change.outside.map(\.id) == [
                panel.booked.id
            ])
        // Who leaves has nothing outside any more.
        try await panel.leave()
        #expect(try await panel.colleagues.preview(none, nil, nil).outside.isEmpty)
    }

    @Test("when joining: let in by a token of their own once its specialist is there, and where they are licensed")
    func joins() async throws {
        let panel = try await Panel()
        let (fixture, booked) = (panel.fixture, panel.booked)
        let nowhere = JoinRequest(jurisdiction: nil)
        try await fixture.wait(until: booked, isInMinutes: 10)
        let early = try await fixture.join(booked, nowhere, by: panel.colleague)
        #expect(early.room.state == .closed && early.token == nil)
        _ = try await fixture.join(booked, JoinRequest(jurisdiction: "US-OH"), by: fixture.patient)
        #expect(try await fixture.join(booked, nowhere, by: panel.colleague).room.state == .waiting)
        let host = try await fixture.join(booked, nowhere, by: fixture.specialist)
        let pass = try await fixture.join(booked, nowhere, by: panel.colleague)
        #expect(pass.room.state == .open && pass.token != host.token)
        let claims = try Self.claims(try #require(pass.token))
        #expect(claims.room == "\(booked.id)" && claims.context.user.id == "\(panel.colleague.account)")
        #expect(claims.context.user.affiliation == "member")
        // The colleague's own lane is looked at, and nobody else's.
        try await fixture.asOwner("DELETE FROM licence WHERE specialist_id = \(panel.colleague.account)")
        let refusal = await #expect(throws: BookingRefusal.self) {
            try await fixture.join(booked, nowhere, by: panel.colleague)
        }
        guard case .laneClosed(let check) = refusal else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.facts.specialist == panel.colleague.account && check.gate == .joining)
        #expect(try await fixture.join(booked, nowhere, by: fixture.specialist).token != nil)
        // Who has left the panel, and a colleague who never sat in it, are not let in.
        let onlooker = try await fixture.colleague()
        await #expect(throws: BookingRefusal.notAllowed) { try await fixture.join(booked, nowhere, by: onlooker) }
        try await panel.leave()
        await #expect(throws: BookingRefusal.notFound) { try await fixture.join(booked, nowhere, by: panel.colleague) }
    }

    @Test("when the soonest is asked for: what suits them as well, however far ahead")
    func soonest() async throws {
        let fixture = try await SchedulingFixture.make()
        let colleague = try await fixture.colleague(hours: [("10:00", "12:00")])
        func soonest(_ colleagues: [Caller], limit: Int = 4) async throws -> [Opening] {
            try await fixture.run(fixture.patient) {
                try await fixture.scheduler.soonest(
                    for: fixture.caseID, with: colleagues.map(\.account), limit: limit, by: fixture.patient, in: $0)
            }
        }
        let from = Date()
        let found = try await soonest([colleague], limit: 20)
        let shown = try await fixture.openings(with: [colleague], from: from, to: from.addingTimeInterval(62 * 86_400))
        let apart = Opening.choicesApart / .seconds(1)
        let choice = shown.reduce(into: [Opening]()) { choice, opening in
            guard let last = choice.last else {
                choice = [opening]
                return
            }
            if opening.startsAt.timeIntervalSince(last.startsAt) >= apart { choice.append(opening) }
        }
        #expect(found == Array(choice.prefix(20)) && found.count == 20)
        #expect(found.allSatisfy { ("10:00"..."11:15").contains($0.specialistTime.local.description.suffix(5)) })
        // Control: alone the case's specialist is free at other hours as well, more than one morning's worth of starts.
        #expect(try await soonest([], limit: 20) != found)
        // The colleague is away for two months: found all the same.
        let back = from.addingTimeInterval(65 * 86_400)
        _ = try await fixture.run(colleague) {
            try await fixture.scheduler.takeTimeOff(
                TimeOffRequest(startsAt: from, endsAt: back), of: colleague.account, by: colleague, in: $0)
        }
        let late = try await soonest([colleague])
        #expect(late.count == 4 && late.allSatisfy { $0.startsAt >= back })
        try await fixture.hold(try #require(late.first).startsAt, with: [colleague])
        let stranger = Seed.caller(try await Seed.specialist(SchedulingFixture.vault))
        await #expect(throws: FieldRefusal.self) { _ = try await soonest([stranger]) }
    }

    private static func claims(_ token: String) throws -> JitsiClaims {
        let body = token.split(separator: ".")[1].replacing("-", with: "+").replacing("_", with: "/")
        let padded = body + String(repeating: "=", count: (4 - body.utf8.count % 4) % 4)
        return try JSONDecoder().decode(JitsiClaims.self, from: try #require(Data(base64Encoded: String(padded))))
    }
}
