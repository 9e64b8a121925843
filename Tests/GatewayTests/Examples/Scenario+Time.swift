import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Outbox
import Postgres
import Scheduling
@testable import ServiceAPI
import Testing
import TestSupport

// Openings, holds and consults, and the specialist's own hours.

extension Scenario {
    mutating func time() async throws {
        let types = try await replay.play("GET /v1/visit-types", as: patient).list(at: "visitTypes")
        let version = types.first { $0["id"] == "consult-45" }?["version"].map {
            String(decoding: $0.bytes, as: UTF8.self)
        }
        try await replay.play(
            "PUT /v1/visit-types/{id}", as: actors.operator, ["id": "consult-45"],
            headers: ["If-Match": "\"\(version ?? "1")\""])
        try await colleagues()
        try await replay.play("GET /v1/openings/soonest", as: patient, query: "?case=\(caseID)")
        let hold = ["id": try text(try await self.hold(at: try await opening(inDays: 3)), "/id")]
        try await replay.play("GET /v1/holds", as: patient, query: "?case=\(caseID)")
        try await replay.play("GET /v1/holds/{id}", as: patient, hold)
        try await replay.play("PATCH /v1/holds/{id}", as: patient, hold)
        try await replay.play("DELETE /v1/holds/{id}", as: patient, hold)
        let consults = [try await booked(inDays: 3), try await booked(inDays: 4), try await booked(inDays: 5)]
        try await replay.play("GET /v1/appointments", as: patient, query: "?limit=1")
        try await replay.play("GET /v1/appointments/{id}/calendar", as: patient, consults[0])
        try await feeds()
        try await waitAndClear()
        try await calendars(taking: consults[0])
        try await move(consults[0])
        try await hours(leavingOut: consults[0])
        try await attend(consults)
    }

    private mutating func colleagues() async throws {
        let consent = #"{"kind": "panel", "wording": "panel.2026-01"}"#
        _ = try await replay.gateway.send(.post, "/v1/cases/\(caseID)/consents", as: patient, json: consent)
        let other = try #require(actors.specialists.first { $0.caller.account != specialist.caller.account })
        let id = "\(other.caller.account)"
        try await replay.play(
            "POST /v1/cases/{id}/colleagues", as: specialist, ["id": caseID], with: ["/specialist": id])
        try await replay.play("GET /v1/cases/{id}/colleagues", as: patient, ["id": caseID])
        try await replay.play(
            "DELETE /v1/cases/{id}/colleagues/{specialist}", as: other, ["id": caseID, "specialist": id])
    }

    private mutating func opening(inDays days: Double) async throws -> String {
        let from = RFC3339.format(Date(timeIntervalSinceNow: days * 86_400))
        let reply = try await replay.play(
            "GET /v1/openings", as: patient, query: "?case=\(caseID)&from=\(from)")
        return try text(reply, "/openings/0/startsAt")
    }

    private mutating func hold(at start: String) async throws -> TestReply {
        try await replay.play("POST /v1/holds", as: patient, with: ["/case": caseID, "/startsAt": start])
    }

    /// - Returns: the id, for a path.
    private mutating func booked(inDays days: Double) async throws -> [String: String] {
        let hold = try await hold(at: try await opening(inDays: days))
        let reply = try await replay.play(
            "POST /v1/appointments", as: patient,
            with: ["/hold": text(hold, "/id"), "/token": text(hold, "/token")])
        return ["id": try text(reply, "/id")]
    }

    /// Linked, read by the worker, and unlinked.
    private mutating func calendars(taking consult: [String: String]) async throws {
        let id = "\(specialist.caller.account)"
        let linked = try await replay.play("POST /v1/specialists/{id}/calendars", as: specialist, ["id": id])
        let calendar = try #require(LinkedCalendarID(try text(linked, "/id")))
        let appointment = try #require(consult["id"].flatMap { AppointmentID($0) })
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.imported_busy
                SELECT \(calendar), a.specialist_id, tstzrange(a.starts_at, a.ends_at)
                FROM consilium.appointment a WHERE a.id = \(appointment)
                """)
            try await tx.execute(
                "UPDATE consilium.calendar_poll SET checked_at = now() WHERE calendar_id = \(calendar)")
        }
        try await replay.play("GET /v1/specialists/{id}/calendars", as: specialist, ["id": id])
        try await replay.play(
            "DELETE /v1/specialists/{id}/calendars/{calendar}", as: specialist,
            ["id": id, "calendar": "\(calendar)"])
    }

    private mutating func feeds() async throws {
        let made = try await replay.play("POST /v1/me/calendar-feeds", as: patient)
        let token = try text(made, "/path").dropFirst("/v1/calendars/".count).dropLast(".ics".count)
        try await replay.play("GET /v1/calendars/{token}.ics", ["token": String(token)])
        try await replay.play("GET /v1/me/calendar-feeds", as: patient)
        try await replay.play("DELETE /v1/me/calendar-feeds/{id}", as: patient, ["id": text(made, "/id")])
    }

    /// A consult that its patient has earlier by the waitlist, and that is called off when its specialist is ill.
    private mutating func waitAndClear() async throws {
        let late = try await booked(inDays: 20)
        let world = ["/case": caseID, "/appointment": late["id"] ?? ""]
        try await replay.play("POST /v1/waitlist", as: patient, with: world)
        let list = try await replay.play("GET /v1/waitlist", as: patient, query: "?case=\(caseID)")
        try await replay.play("GET /v1/waitlist/{id}", as: patient, ["id": text(list, "/waitlist/0/id")])
        let specialist = specialist.caller.account
        // As the worker offers what somebody gave up, where nobody sleeps.
        let entry = try #require(WaitlistID(text(list, "/waitlist/0/id")))
        let start = try #require(RFC3339.parse(try await opening(inDays: 10)))
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.query(
                """
                SELECT consilium.create_offered_hold(w.case_id, w.specialist_id, '{}', w.party_id, w.visit_type, \(start),
                    interval '1 hour', w.appointment_id, w.id)
                FROM consilium.waitlist w WHERE w.id = \(entry)
                """)
        }
        let offered = try await replay.gateway.send(.get, "/v1/waitlist", as: patient)
        let consult = try await replay.play(
            "POST /v1/holds/{id}/accept", as: patient, ["id": text(offered, "/waitlist/0/offered")])
        let again = try await replay.play("POST /v1/waitlist", as: patient, with: world)
        try await replay.play("DELETE /v1/waitlist/{id}", as: patient, ["id": text(again, "/id")])
        try await replay.play(
            "POST /v1/specialists/{id}/clear", as: self.specialist, ["id": "\(specialist)"],
            with: ["/startsAt": text(consult, "/startsAt"), "/endsAt": text(consult, "/endsAt")])
    }

    /// To midnight on the specialist's clock, where the hours of the example have nothing.
    private mutating func move(_ consult: [String: String]) async throws {
        let read = try await replay.play("GET /v1/appointments/{id}", as: patient, consult)
        let from = RFC3339.format(Date(timeIntervalSinceNow: 6 * 86_400))
        let query = "?case=\(caseID)&from=\(from)&appointment=\(consult["id"] ?? "")"
        let openings = try await replay.play("GET /v1/openings", as: patient, query: query).list(at: "openings")
        let night = openings.first { $0["specialistTime"]?["local"]?.asString?.hasSuffix("T00:00") == true }
        try await replay.play(
            "POST /v1/appointments/{id}/reschedule", as: patient, consult,
            with: ["/startsAt": try #require(night?["startsAt"]?.asString)], headers: ifMatch(read))
    }

    private mutating func hours(leavingOut consult: [String: String]) async throws {
        let id = "\(specialist.caller.account)"
        let read = try await replay.gateway.send(.get, "/v1/appointments/\(consult["id"] ?? "")", as: specialist)
        let off = try await replay.play(
            "POST /v1/specialists/{id}/time-off", as: specialist, ["id": id],
            with: ["/startsAt": text(read, "/startsAt"), "/endsAt": text(read, "/endsAt")])
        try await replay.play("GET /v1/specialists/{id}/time-off", as: specialist, ["id": id])
        try await replay.play(
            "DELETE /v1/specialists/{id}/time-off/{timeOff}", as: specialist,
            ["id": id, "timeOff": text(off, "/timeOff/id")])
        try await replay.play(
            "POST /v1/specialists/{id}/availability/preview", as: specialist, ["id": id],
            query: "?from=2027-03-01&to=2027-03-31")
        let old = try await replay.gateway.send(.get, "/v1/specialists/\(id)/availability", as: specialist)
        try await replay.play(
            "PUT /v1/specialists/{id}/availability", as: specialist, ["id": id], headers: ifMatch(old))
        try await replay.play("GET /v1/specialists/{id}/availability", as: specialist, ["id": id])
    }

    private mutating func attend(_ consults: [[String: String]]) async throws {
        try await replay.play("POST /v1/appointments/{id}/cancel", as: patient, consults[2])
        try await wait(until: consults[0], isInMinutes: 10)
        try await replay.play("POST /v1/appointments/{id}/check-in", as: patient, consults[0])
        for person in [patient, specialist] {
            _ = try await replay.gateway.send(
                .post, "/v1/appointments/\(consults[0]["id"] ?? "")/join", as: person,
                json: #"{"jurisdiction": "US-OH"}"#)
        }
        try await replay.play("GET /v1/appointments/{id}/room", as: patient, consults[0])
        try await replay.play("POST /v1/appointments/{id}/join", as: patient, consults[0])
        try await wait(until: consults[0], isInMinutes: -100)
        try await replay.play("POST /v1/appointments/{id}/complete", as: specialist, consults[0])
        try await wait(until: consults[1], isInMinutes: -15)
        try await replay.play("POST /v1/appointments/{id}/no-show", as: specialist, consults[1])
    }

    private func wait(until consult: [String: String], isInMinutes minutes: Int) async throws {
        try await Seed.wait(until: try #require(consult["id"].flatMap { AppointmentID($0) }), isInMinutes: minutes)
    }
}
