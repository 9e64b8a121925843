import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Scheduling
import TestSupport
import Testing
import Vault

/// One specialist who can be booked around the clock, one patient, and the case between them.
struct SchedulingFixture: Sendable {
    static let vault = Vault(Keyring.generate())

    let scheduler: Scheduler
    let database: Database
    let specialist: Caller
    let patient: Caller
    let caseID: CaseID

    static func make(
        lane: Lane = .licensed, timeZone: String = "America/New_York", licensedIn: [String] = ["US-OH"],
        expiresOn: String = "2999-12-31", hours: [(starts: String, ends: String)] = [("00:00", "24:00")],
        blinded: Bool = false, database: Database? = nil
    ) async throws -> SchedulingFixture {
        let specialist = try await Seed.specialist(
            vault, timeZone: timeZone, licensedIn: licensedIn, expiresOn: expiresOn, hours: hours)
        return try await make(with: specialist, lane: lane, blinded: blinded, database: database)
    }

    /// Another patient and case of the same specialist.
    static func make(
        with specialist: AccountID, patientIn zone: String = "America/New_York", lane: Lane = .licensed,
        blinded: Bool = false, database: Database? = nil
    ) async throws -> SchedulingFixture {
        let database = database ?? TestDatabase.current.app
        let patient = try await Seed.account(vault, timeZone: zone)
        return SchedulingFixture(
            scheduler: Scheduler(
                vault: vault, outbox: Outbox(), database: database,
                rooms: await VideoRooms(
                    form: .jitsi, url: "https://rooms.example.org/", app: "consilium",
                    secret: Array(repeating: 7, count: 32)), allowsPlainFeeds: false),
            database: database,
            specialist: Seed.caller(specialist, roles: [.specialist]),
            patient: Seed.caller(patient),
            caseID: try await Seed.acceptedCase(of: patient, with: specialist, vault, blinded: blinded, lane: lane))
    }

    /// Runs a service call as the gateway would: in one transaction, tried once more when it lost a race to a
    /// competitor who does not lock.
    func run<Value: Sendable>(
        _ caller: Caller, _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        do {
            return try await database.withTransaction(as: caller.actor, body)
        } catch let error as DatabaseError where error.retryable {
            return try await database.withTransaction(as: caller.actor, body)
        }
    }

    func openings(
        visitType: String = "consult-45", from: Date? = nil, to: Date? = nil, limit: Int? = nil
    ) async throws -> [Opening] {
        let search = OpeningSearch(case: caseID, from: from, to: to, visitType: visitType, limit: limit)
        return try await run(patient) { try await scheduler.openings(search, by: patient, in: $0) }
    }

    /// A start that is free, some days ahead.
    func opening(daysAhead: Double = 3, visitType: String = "consult-45") async throws -> Opening {
        let from = Date(timeIntervalSinceNow: daysAhead * 86_400)
        return try #require(try await openings(visitType: visitType, from: from, limit: 1).first)
    }

    /// Eight in the morning on the specialist's clock, some days ahead: hours from there on are of the same day.
    func morning(daysAhead: Double = 3) async throws -> Date {
        let from = Date(timeIntervalSinceNow: daysAhead * 86_400)
        let day = try await openings(from: from, to: from.addingTimeInterval(2 * 86_400))
        return try #require(day.first { $0.specialistTime.local.description.hasSuffix("T08:00") }).startsAt
    }

    @discardableResult
    func hold(_ start: Date, visitType: String = "consult-45") async throws -> Hold {
        let request = HoldRequest(case: caseID, startsAt: start, visitType: visitType)
        return try await run(patient) { try await scheduler.hold(request, by: patient, in: $0) }
    }

    func book(_ hold: Hold) async throws -> Appointment {
        let request = BookingRequest(hold: hold.id, token: hold.token ?? "")
        return try await run(patient) { try await scheduler.book(request, by: patient, in: $0) }
    }

    /// A booked consult, some days ahead.
    func booked(daysAhead: Double = 3) async throws -> Appointment {
        try await book(try await hold(try await opening(daysAhead: daysAhead).startsAt))
    }

    /// Lets a hold's time run out, as the clock would.
    func expire(_ hold: Hold) async throws {
        try await asOwner(
            """
            UPDATE hold SET created_at = created_at - interval '1 day', expires_at = clock_timestamp()
            WHERE id = \(hold.id)
            """)
    }

    /// Lets time pass until the consult starts in so many minutes.
    func wait(until appointment: Appointment, isInMinutes minutes: Int) async throws {
        try await Seed.wait(until: appointment.id, isInMinutes: minutes)
    }

    @discardableResult
    func asOwner(_ sql: SQL) async throws -> [Row] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { try await $0.query(sql) }
    }

    /// A number that the owner sees.
    func count(_ sql: SQL) async throws -> Int {
        try await asOwner(sql).first?.decode(Int.self) ?? 0
    }
}
