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
import Vault

@Suite("Time over HTTP", .database, .timeLimit(.minutes(5)))
struct SchedulingRouteTests {
    static let vault = Vault(.generate())

    /// A specialist, two patients with a case each, and all routes of time.
    private struct Clinic: Sendable {
        let endpoints: [Endpoint]
        let specialist: TestPerson
        let anna: TestPerson
        let berta: TestPerson
        let cases: [CaseID]

        static func make(licensedIn: [String] = ["US-OH"]) async throws -> Clinic {
            let specialist = try await Seed.specialist(vault, licensedIn: licensedIn)
            var patients: [AccountID] = []
            var cases: [CaseID] = []
            for _ in 0..<2 {
                let patient = try await Seed.account(vault)
                patients.append(patient)
                cases.append(try await Seed.acceptedCase(of: patient, with: specialist, vault))
            }
            let scheduler = Scheduler(
                vault: vault, outbox: Outbox(), database: TestDatabase.current.app,
                rooms: await VideoRooms(
                    form: .jitsi, url: "https://rooms.example.org", app: "consilium",
                    secret: Array(repeating: 1, count: 32)), allowsPlainFeeds: false)
            return Clinic(
                endpoints: availabilityRoutes(scheduler) + openingRoutes(scheduler) + visitTypeRoutes(scheduler)
                    + holdRoutes(scheduler)
                    + appointmentRoutes(scheduler) + waitlistRoutes(scheduler),
                specialist: TestPerson(
                    token: "s-\(specialist)", caller: Seed.caller(specialist, roles: [.specialist])),
                anna: TestPerson(token: "a-\(patients[0])", caller: Seed.caller(patients[0])),
                berta: TestPerson(token: "b-\(patients[1])", caller: Seed.caller(patients[1])), cases: cases)
        }

        func run(_ body: @Sendable (TestGateway) async throws -> Void) async throws {
            try await TestGateway.with(endpoints, people: [specialist, anna, berta], body)
        }

        /// The first start that the route lists for Anna's case.
        func start(_ gateway: TestGateway) async throws -> String {
            let from = RFC3339.format(Date(timeIntervalSinceNow: 3 * 86_400))
            let reply = try await gateway.send(.get, "/v1/openings?case=\(cases[0])&from=\(from)", as: anna)
            #expect(reply.status == 200)
            return try #require(reply.json["openings"]?.firstElement?["startsAt"]?.asString)
        }

        func hold(_ index: Int, _ start: String, _ gateway: TestGateway) async throws -> TestReply {
            try await gateway.send(
                .post, "/v1/holds", as: index == 0 ? anna : berta,
                json: #"{"case":"\#(cases[index])","startsAt":"\#(start)","visitType":"consult-45"}"#)
        }

        func book(_ gateway: TestGateway) async throws -> TestReply {
            let hold = try await hold(0, try await start(gateway), gateway)
            let id = try #require(hold.json["id"]?.asString)
            let token = try #require(hold.json["token"]?.asString)
            return try await gateway.send(
                .post, "/v1/appointments", as: anna, json: #"{"hold":"\#(id)","token":"\#(token)"}"#)
        }
    }

    @Test(
        "A wish for the waitlist that is out of form is refused by its place, and nobody waits",
        arguments: [
            (#""weekdays":[0]"#, "/weekdays/0 range"), (#""weekdays":[]"#, "/weekdays min_items"),
            (#""weekdays":["monday"]"#, "/weekdays/0 type"),
            (#""between":{"starts":"18:00","ends":"08:00"}"#, "/between/ends range"),
            (#""between":{"starts":"8:00","ends":"18:00"}"#, "/between/starts format"),
            (#""between":{"starts":"08:00"}"#, "/between/ends missing"),
            (#""earliest":"2030-01-02T00:00:00Z","latest":"2030-01-01T00:00:00Z""#, "/latest range"),
        ])
    func wishes(member: String, error: String) async throws {
        let clinic = try await Clinic.make()
        try await clinic.run { gateway in
            let reply = try await gateway.send(
                .post, "/v1/waitlist", as: clinic.anna, json: #"{"case":"\#(clinic.cases[0])",\#(member)}"#)
            #expect(reply.status == 422 && reply.errors == [error])
            #expect(try await gateway.send(.get, "/v1/waitlist", as: clinic.anna).text == #"{"waitlist":[]}"#)
        }
    }

    @Test("An opening is listed, held, booked, read, moved, and cancelled")
    func booking() async throws {
        let clinic = try await Clinic.make()
        try await clinic.run { gateway in
            let booked = try await clinic.book(gateway)
            #expect(booked.status == 201 && booked.json["state"]?.asString == "booked")
            let path = try #require(booked.header("Location"))
            let read = try await gateway.send(.get, path, as: clinic.specialist)
            #expect(read.status == 200 && read.header("ETag")?.hasPrefix("\"1-") == true)
            let entries = await gateway.recorded.entries
            #expect(entries.contains { $0.noun == .appointment && $0.chain == .case(clinic.cases[0]) })
            let calendar = try await gateway.send(.get, "\(path)/calendar", as: clinic.anna)
            #expect(calendar.header("Content-Type")?.hasPrefix("text/calendar") == true)
            #expect(calendar.text.contains("BEGIN:VEVENT"))

            let from = RFC3339.format(Date(timeIntervalSinceNow: 6 * 86_400))
            let id = try #require(booked.json["id"]?.asString)
            let openings = try await gateway.send(
                .get, "/v1/openings?case=\(clinic.cases[0])&appointment=\(id)&from=\(from)", as: clinic.anna)
            let target = try #require(openings.json["openings"]?.firstElement?["startsAt"]?.asString)
            let stale = try await gateway.send(
                .post, "\(path)/reschedule", as: clinic.anna, json: #"{"startsAt":"\#(target)"}"#,
                headers: ["If-Match": "\"7\""])
            #expect(stale.status == 412)
            let moved = try await gateway.send(
                .post, "\(path)/reschedule", as: clinic.anna, json: #"{"startsAt":"\#(target)"}"#,
                headers: ["If-Match": "\"1\""])
            #expect(moved.status == 200 && moved.json["id"]?.asString == id)
            #expect(moved.json["startsAt"]?.asString == target && moved.header("ETag") == "\"2\"")
            let list = try await gateway.send(.get, "/v1/appointments?limit=1", as: clinic.anna)
            #expect(list.json["appointments"]?.firstElement?["id"]?.asString == id)
            let cancelled = try await gateway.send(.post, "\(path)/cancel", as: clinic.specialist)
            #expect(cancelled.json["state"]?.asString == "cancelled")
            let again = try await gateway.send(.post, "\(path)/cancel", as: clinic.specialist)
            #expect(again.status == 409 && again.problem == "wrong-appointment-state")
        }
    }

    @Test("A stranger's consult answers exactly as one that is not there, and its time stays taken")
    func strangersConsult() async throws {
        let clinic = try await Clinic.make()
        let colleague = try await Seed.specialist(Self.vault)
        try await Seed.part(.colleague, of: colleague, in: clinic.cases[1])
        try await clinic.run { gateway in
            let booked = try await clinic.book(gateway)
            let theirs = try #require(booked.json["id"]?.asString)
            let specialist = clinic.specialist.caller.account
            for question in [
                "specialist=\(specialist)", "case=\(clinic.cases[1])",
                "case=\(clinic.cases[1])&colleagues=\(colleague)", "specialist=\(specialist)&case=\(clinic.cases[1])",
            ] {
                func ask(_ id: String, as person: TestPerson) async throws -> TestReply {
                    try await gateway.send(.get, "/v1/openings?\(question)&appointment=\(id)", as: person)
                }
                let (foreign, missing) = (
                    try await ask(theirs, as: clinic.berta),
                    try await ask("\(AppointmentID.random())", as: clinic.berta)
                )
                #expect(foreign.status == 404, "\(question)")
                #expect(
                    foreign.json.with("requestId", .null).bytes == missing.json.with("requestId", .null).bytes,
                    "\(question)")
            }
            // Control: whose consult it is sees its own time as free.
            let mine = try await gateway.send(
                .get, "/v1/openings?specialist=\(specialist)&appointment=\(theirs)", as: clinic.anna)
            let start = try #require(booked.json["startsAt"]?.asString)
            #expect(mine.list(at: "openings").contains { $0["startsAt"]?.asString == start })
        }
    }

    @Test("Of 64 clients at one opening one wins, and the others get 409 with the next")
    func race() async throws {
        let clinic = try await Clinic.make()
        try await clinic.run { gateway in
            let start = try await clinic.start(gateway)
            let replies = try await withThrowingTaskGroup(of: TestReply.self) { group in
                // The loser's case keeps no hold: 32 tries by each of two patients, of whom one wins every time.
                for number in 0..<64 { group.addTask { try await clinic.hold(number % 2, start, gateway) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.allSatisfy { $0.status == 201 || $0.status == 409 }, "\(Set(replies.map(\.status)))")
            let winners = Set(replies.filter { $0.status == 201 }.compactMap { $0.json["case"]?.asString })
            #expect(winners.count == 1)
            #expect(
                replies.filter { $0.status == 409 }.allSatisfy {
                    $0.problem == "opening-taken" && $0.json["nextOpenings"]?.firstElement?["startsAt"] != nil
                })
        }
    }

    @Test("A licence that is missing is refused with its obstacle, and the check is kept")
    func lane() async throws {
        let clinic = try await Clinic.make(licensedIn: ["US-TX"])
        try await clinic.run { gateway in
            let refused = try await clinic.book(gateway)
            #expect(refused.status == 409 && refused.problem == "lane-closed")
            #expect(refused.json["obstacle"]?.asString == "no_licence")
        }
        let kept = try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.query("SELECT FROM lane_check WHERE case_id = \(clinic.cases[0]) AND NOT lawful").count
        }
        #expect(kept == 1)
    }

    @Test("What is asked of a search is refused by the parameter's name")
    func parameters() async throws {
        let clinic = try await Clinic.make()
        try await clinic.run { gateway in
            for (query, error) in [
                ("", "case missing"), ("case=\(clinic.cases[0])&visitType=consult-7", "visitType choice"),
                ("case=\(clinic.cases[0])&from=2027-01-01T00:00:00Z&to=2027-05-01T00:00:00Z", "to range"),
                ("case=\(clinic.cases[0])&from=tomorrow", "from format"),
            ] {
                let reply = try await gateway.send(.get, "/v1/openings?\(query)", as: clinic.anna)
                #expect(reply.status == 400 && reply.errors == [error], "\(query): \(reply.errors)")
            }
            let foreign = try await gateway.send(
                .get, "/v1/openings?case=\(clinic.cases[0])", as: clinic.berta)
            #expect(foreign.status == 404)
        }
    }

    @Test("Hours are edited by version, and wrong ones refused by their place")
    func availability() async throws {
        let clinic = try await Clinic.make()
        try await clinic.run { gateway in
            let path = "/v1/specialists/\(clinic.specialist.caller.account)/availability"
            let read = try await gateway.send(.get, path, as: clinic.specialist)
            let tag = try #require(read.header("ETag"))
            let none = try await gateway.send(.put, path, as: clinic.specialist, json: read.text)
            #expect(none.status == 428)
            let same = try await gateway.send(
                .put, path, as: clinic.specialist, json: read.text, headers: ["If-Match": tag])
            #expect(same.status == 200 && same.header("ETag") != tag)
            let bad = try await gateway.send(
                .put, path, as: clinic.specialist,
                json: Self.hours(rrule: "FREQ=WEEKLY;WKST=TH;BYDAY=MO"),
                headers: ["If-Match": same.header("ETag") ?? ""])
            #expect(bad.status == 422 && bad.errors == ["/ruleSets/0/rules/0/rrule unsupported"])
            #expect(bad.text.contains("WKST=TH is not supported. Supported are FREQ=DAILY"))
            let patient = try await gateway.send(.get, path, as: clinic.anna)
            #expect(patient.status == 403)
        }
    }

    @Test("A preview says what hours mean, and is asked by dates")
    func preview() async throws {
        let clinic = try await Clinic.make()
        try await clinic.run { gateway in
            let path = "/v1/specialists/\(clinic.specialist.caller.account)/availability"
            let hours = Self.hours(rrule: "FREQ=WEEKLY;BYDAY=MO")
            let shown = try await gateway.send(
                .post, "\(path)/preview?from=2027-05-03&to=2027-05-04", as: clinic.specialist, json: hours)
            #expect(shown.status == 200 && shown.list(at: "days").count == 2)
            #expect(shown.json.value(at: "/days/0/hours/0/startsAt") == "2027-05-03T09:00:00Z")
            for (query, error) in [
                ("from=2027-05-03&to=2027-05-02", "to range"), ("from=2027-02-30", "from format"),
                ("from=2027-01-01&to=2027-12-31", "to range"), ("to=2900-01-01", "to range"),
            ] {
                let reply = try await gateway.send(
                    .post, "\(path)/preview?\(query)", as: clinic.specialist, json: hours)
                #expect(reply.status == 400 && reply.errors == [error], "\(query): \(reply.errors)")
            }
            let impossible = try await gateway.send(
                .post, "\(path)/preview", as: clinic.specialist,
                json: Self.hours(rrule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"))
            #expect(impossible.status == 422 && impossible.errors == ["/ruleSets/0/rules/0/rrule impossible"])
        }
    }

    private static func hours(rrule: String) -> String {
        """
        {"timeZone":"UTC","ruleSets":[{"rules":[
            {"rrule":"\(rrule)","startDate":"2027-01-04","starts":"09:00","ends":"10:00"}]}],"overrides":[]}
        """
    }
}
