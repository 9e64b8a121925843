import Clinic
import Foundation
import Postgres
import Rig
import TestSupport
import Testing

@testable import Scheduling

@Suite("Joining", .database, .timeLimit(.minutes(5)))
struct JoiningTests {
    private static let here = JoinRequest(jurisdiction: "US-OH")
    private static let nowhere = JoinRequest(jurisdiction: nil)

    @Test("is possible within the window alone, and the patient's side says where they are")
    func window() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        await #expect(throws: BookingRefusal.self) {
            try await fixture.join(appointment, Self.here, by: fixture.patient)
        }
        try await fixture.wait(until: appointment, isInMinutes: 10)
        await #expect(throws: FieldRefusal.self) {
            try await fixture.join(appointment, Self.nowhere, by: fixture.patient)
        }
        let pass = try await fixture.join(appointment, Self.here, by: fixture.patient)
        #expect(pass.opensAt < Date() && pass.closesAt > Date())
        try await fixture.wait(until: appointment, isInMinutes: -46)
        for caller in [fixture.patient, fixture.specialist] {
            await #expect(throws: BookingRefusal.self) { try await fixture.join(appointment, Self.here, by: caller) }
        }
    }

    @Test("puts the party's side into the waiting room, without a token, until the specialist comes")
    func waits() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        try await fixture.wait(until: appointment, isInMinutes: 10)
        #expect(
            try await fixture.room(appointment, by: fixture.specialist)
                == ConsultRoom(state: .closed, waitingSince: nil))
        let waiting = try await fixture.join(appointment, Self.here, by: fixture.patient)
        #expect(waiting.room.state == .waiting && waiting.token == nil && waiting.url == nil)
        #expect(waiting.room.waitingSince != nil)
        let seen = try await fixture.read(appointment, by: fixture.specialist)
        #expect(seen.room == waiting.room && seen.version == appointment.version + 1)
        // Joining again changes nothing.
        #expect(try await fixture.join(appointment, Self.here, by: fixture.patient) == waiting)
        #expect(try await fixture.read(appointment, by: fixture.patient) == seen)

        let host = try await fixture.join(appointment, Self.nowhere, by: fixture.specialist)
        #expect(host.room == ConsultRoom(state: .open, waitingSince: waiting.room.waitingSince) && host.token != nil)
        #expect(try await fixture.room(appointment, by: fixture.patient) == host.room)
        let guest = try await fixture.join(appointment, Self.here, by: fixture.patient)
        #expect(guest.room == host.room && guest.token != nil && guest.token != host.token)
    }

    @Test(
        "is having come, were it only into the waiting room: nobody can say that the party did not",
        arguments: [false, true])
    func cameIsNoNoShow(specialistFirst: Bool) async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        // Past the grace, within the window.
        try await fixture.wait(until: appointment, isInMinutes: -15)
        if specialistFirst { _ = try await fixture.join(appointment, Self.nowhere, by: fixture.specialist) }
        _ = try await fixture.join(appointment, Self.here, by: fixture.patient)
        await #expect(throws: BookingRefusal.partyCame) {
            try await fixture.run(fixture.specialist) {
                try await fixture.scheduler.markNoShow(appointment.id, by: fixture.specialist, in: $0)
            }
        }
        // Nor can whoever writes to the database.
        let refusal = await #expect(throws: DatabaseError.self) {
            try await fixture.asOwner(
                "UPDATE appointment SET state = 'no_show', ended_at = now() WHERE id = \(appointment.id)")
        }
        #expect(refusal?.constraint == "appointment_party_came")
        let completed = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.complete(appointment.id, by: fixture.specialist, in: $0)
        }
        #expect(completed.state == .completed)
    }

    @Test("lets the party in at once where the specialist came first")
    func opened() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        try await fixture.wait(until: appointment, isInMinutes: 10)
        #expect(try await fixture.join(appointment, Self.nowhere, by: fixture.specialist).token != nil)
        let pass = try await fixture.join(appointment, Self.here, by: fixture.patient)
        #expect(pass.token != nil && pass.room == ConsultRoom(state: .open, waitingSince: nil))
    }

    @Test("checks the lane where the patient is each time, and lets nobody wait where it is closed")
    func lane() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        try await fixture.wait(until: appointment, isInMinutes: 10)
        let away = await #expect(throws: BookingRefusal.self) {
            try await fixture.join(appointment, JoinRequest(jurisdiction: "US-TX"), by: fixture.patient)
        }
        guard case .laneClosed(let check) = away else { return #expect(Bool(false), "not refused by the lane") }
        #expect(check.obstacle == .noLicence)
        #expect(try await fixture.room(appointment, by: fixture.patient).state == .closed)
        _ = try await fixture.join(appointment, Self.here, by: fixture.patient)
        _ = try await fixture.join(appointment, Self.nowhere, by: fixture.specialist)
        await #expect(throws: BookingRefusal.self) {
            try await fixture.join(appointment, JoinRequest(jurisdiction: "US-TX"), by: fixture.patient)
        }
        let checks = try await fixture.asOwner(
            "SELECT jurisdiction, lawful FROM lane_check WHERE case_id = \(fixture.caseID) AND gate = 'joining' ORDER BY at"
        ).map { try $0.decode(String.self, Bool.self) }
        #expect(checks.map(\.0) == ["US-TX", "US-OH", "US-OH", "US-TX"])
        #expect(checks.map(\.1) == [false, true, true, false])
    }

    @Test("is for the consult's own people: a coordinator does not, and a consult that is over is joined by nobody")
    func people() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        try await fixture.wait(until: appointment, isInMinutes: -5)
        let coordinator = Seed.caller(
            try await Seed.account(SchedulingFixture.vault, roles: [.coordinator]), roles: [.coordinator])
        await #expect(throws: BookingRefusal.notAllowed) {
            try await fixture.join(appointment, Self.here, by: coordinator)
        }
        let stranger = Seed.caller(try await Seed.account(SchedulingFixture.vault))
        await #expect(throws: BookingRefusal.notFound) { try await fixture.join(appointment, Self.here, by: stranger) }
        _ = try await fixture.join(appointment, Self.here, by: fixture.patient)
        _ = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.complete(appointment.id, by: fixture.specialist, in: $0)
        }
        await #expect(throws: BookingRefusal.wrongState(.completed)) {
            try await fixture.join(appointment, Self.here, by: fixture.patient)
        }
        #expect(try await fixture.room(appointment, by: fixture.patient).state == .closed)
    }

    @Test("is activity of the session until the consult's end, and the absolute limit waits for it; waiting is none")
    func presence() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        try await fixture.wait(until: appointment, isInMinutes: -5)
        for caller in [fixture.patient, fixture.specialist] {
            _ = try await fixture.asOwner(
                """
                INSERT INTO session (id, account_id, token_digest, second_factor, idle_limit, seen_at, expires_at)
                VALUES (\(caller.session), \(caller.account), \(Array(caller.session.description.utf8)), false,
                    interval '30 minutes', clock_timestamp() - interval '31 minutes', clock_timestamp())
                """)
        }
        func lives(_ caller: Caller) async throws -> Bool? {
            try await fixture.asOwner("SELECT session_lives(s) FROM session s WHERE s.id = \(caller.session)").first?
                .decode(Bool.self)
        }
        _ = try await fixture.join(appointment, Self.here, by: fixture.patient)
        #expect(try await lives(fixture.patient) == false)
        _ = try await fixture.join(appointment, Self.nowhere, by: fixture.specialist)
        #expect(try await lives(fixture.specialist) == true)
        _ = try await fixture.join(appointment, Self.here, by: fixture.patient)
        #expect(try await lives(fixture.patient) == true)
        // Whose session it is not, nobody is present with.
        _ = try await fixture.run(fixture.patient) {
            try await $0.execute("SELECT enter_consult(\(appointment.id), \(fixture.specialist.session))")
        }
        _ = try await fixture.asOwner("UPDATE session SET expires_at = clock_timestamp() + interval '1 hour'")
        _ = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.complete(appointment.id, by: fixture.specialist, in: $0)
        }
        let ended = try await fixture.asOwner(
            "SELECT session_id FROM consult_presence WHERE until <= clock_timestamp()")
        #expect(ended.count == 2)
        // The idle limit counts from the end.
        #expect(try await lives(fixture.specialist) == true)
        _ = try await fixture.asOwner("UPDATE consult_presence SET until = until - interval '31 minutes'")
        #expect(try await lives(fixture.specialist) == false)
    }

    @Test("begins anew in an empty room when the consult was moved")
    func moved() async throws {
        let fixture = try await SchedulingFixture.make()
        let appointment = try await fixture.booked()
        try await fixture.wait(until: appointment, isInMinutes: 10)
        _ = try await fixture.join(appointment, Self.here, by: fixture.patient)
        let target = try await fixture.opening(daysAhead: 5).startsAt
        let moved = try await fixture.run(fixture.specialist) {
            try await fixture.scheduler.reschedule(appointment.id, to: target, by: fixture.specialist, in: $0)
        }
        #expect(moved.room == ConsultRoom(state: .closed, waitingSince: nil))
    }

    @Test("gives a token in the form of the video rooms, for one person, one room and the window, in whole seconds")
    func tokens() async throws {
        let ticket = VideoRooms.Ticket(
            room: .random(), person: .random(), isHost: true, opensAt: Date(timeIntervalSince1970: 1_900_000_000.25),
            closesAt: Date(timeIntervalSince1970: 1_900_003_600.75))
        let secret = Array(repeating: UInt8(ascii: "s"), count: 32)
        let (room, person) = (ticket.room.description, ticket.person.description)

        let jitsi = await VideoRooms(form: .jitsi, url: "https://Meet.example.org:8443/", app: "house", secret: secret)
        let link = try await jitsi.issue(ticket)
        #expect(link.url == "https://Meet.example.org:8443/\(room)?jwt=\(link.token)")
        let claims = try Self.verified(link.token)
        #expect(Set(claims.keys) == ["iss", "aud", "sub", "room", "nbf", "exp", "context"])
        #expect(claims["iss"] as? String == "house" && claims["aud"] as? String == "jitsi")
        #expect(claims["sub"] as? String == "meet.example.org" && claims["room"] as? String == room)
        let user = (claims["context"] as? [String: Any])?["user"] as? [String: String]
        #expect(user == ["id": person, "affiliation": "owner", "moderator": "true"])
        #expect(claims["nbf"] as? Int == 1_900_000_001 && claims["exp"] as? Int == 1_900_003_600)
        let tenant = await VideoRooms(
            form: .jitsi, url: "https://meet.example.org/Clinic", app: "house", secret: secret)
        #expect(try Self.verified(try await tenant.issue(ticket).token)["sub"] as? String == "clinic")

        let livekit = await VideoRooms(form: .livekit, url: "wss://rooms.example.org", app: "APIkey", secret: secret)
        let grant = try await livekit.issue(ticket)
        #expect(grant.url == "wss://rooms.example.org")
        let granted = try Self.verified(grant.token)
        #expect(Set(granted.keys) == ["iss", "sub", "nbf", "exp", "video"])
        #expect(granted["iss"] as? String == "APIkey" && granted["sub"] as? String == person)
        #expect(granted["nbf"] as? Int == 1_900_000_001 && granted["exp"] as? Int == 1_900_003_600)
        let video = try #require(granted["video"] as? [String: Any])
        #expect(video["room"] as? String == room && video["roomJoin"] as? Bool == true)
        #expect(video["roomAdmin"] as? Bool == true && video["canPublish"] as? Bool == true)
    }

    @Test("Control: a token of another secret, or altered, is refused by the one who checks")
    func forged() async throws {
        let ticket = VideoRooms.Ticket(
            room: .random(), person: .random(), isHost: false, opensAt: Date(), closesAt: Date(timeIntervalSinceNow: 60)
        )
        let other = await VideoRooms(
            form: .jitsi, url: "https://x.example", app: "consilium", secret: Array(repeating: 1, count: 32))
        let token = try await other.issue(ticket).token
        #expect(throws: (any Error).self) { try Self.verified(token) }
    }

    /// The claims of a token that Python's own HMAC finds signed by the secret.
    private static func verified(_ token: String) throws -> [String: Any] {
        let script = """
            import sys, json, hmac, hashlib, base64
            head, body, signature = sys.stdin.read().split(".")
            read = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            header = json.loads(read(head))
            assert header["alg"] == "HS256" and header["typ"] == "JWT", header
            assert hmac.compare_digest(hmac.new(b"s" * 32, f"{head}.{body}".encode(), hashlib.sha256).digest(),
                read(signature))
            print(read(body).decode())
            """
        let output = try command([python, "-c", script], input: token)
        return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    }
}

extension SchedulingFixture {
    func join(_ appointment: Appointment, _ request: JoinRequest, by caller: Caller) async throws -> JoinPass {
        try await run(caller) { try await scheduler.join(appointment.id, request, by: caller, in: $0) }
    }

    func room(_ appointment: Appointment, by caller: Caller) async throws -> ConsultRoom {
        try await run(caller) { try await scheduler.room(of: appointment.id, by: caller, in: $0) }
    }

    func read(_ appointment: Appointment, by caller: Caller) async throws -> Appointment {
        try await run(caller) { try await scheduler.appointment(appointment.id, by: caller, in: $0) }
    }
}
