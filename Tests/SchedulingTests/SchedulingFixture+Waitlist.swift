import Clinic
import FoundationEssentials
import Outbox
import Postgres
@testable import Scheduling
import TestSupport

extension SchedulingFixture {
    /// Where everybody is awake.
    static let noon = Seed.zone(whereItIs: 12)

    /// A specialist whose only hour of a day is booked, by one patient, and others who wait for it.
    static func line(
        _ count: Int, zone: String = SchedulingFixture.noon
    ) async throws -> (first: SchedulingFixture, booked: Appointment, waiting: [(SchedulingFixture, WaitlistEntry)]) {
        let first = try await SchedulingFixture.make(hours: [("09:00", "10:00")])
        let opening = try await first.opening(visitType: "consult-45")
        let booked = try await first.book(try await first.hold(opening.startsAt))
        var waiting: [(SchedulingFixture, WaitlistEntry)] = []
        for _ in 0..<count {
            let fixture = try await SchedulingFixture.make(with: first.specialist.account, patientIn: zone)
            let entry = try await fixture.join(earliest: booked.startsAt, latest: booked.endsAt)
            waiting.append((fixture, entry))
        }
        try await first.serve()
        return (first, booked, waiting)
    }

    @discardableResult
    func join(
        appointment: AppointmentID? = nil, earliest: Date? = nil, latest: Date? = nil, weekdays: [Int]? = nil,
        between: HoursOfDay? = nil, by caller: Caller? = nil
    ) async throws -> WaitlistEntry {
        let caller = caller ?? patient
        let request = WaitlistRequest(
            case: caseID, appointment: appointment, visitType: nil, earliest: earliest, latest: latest,
            weekdays: weekdays,
            between: between)
        return try await run(caller) { try await scheduler.joinWaitlist(request, by: caller, in: $0) }
    }

    /// One round of the worker for this specialist, where something was noted that is due.
    /// - Parameter lapsing: whether holds whose time is over are let lapse first, as its other round does.
    /// - Returns: how many were made an offer.
    @discardableResult
    func serve(lapsing: Bool = false) async throws -> Int {
        let worker = TestDatabase.current.worker
        if lapsing {
            try await asOwner("SELECT lapse_holds(ARRAY[\(specialist.account)])")
        }
        let due = try await count(
            "SELECT count(*) FROM waitlist_signal WHERE specialist_id = \(specialist.account) AND due_at <= now()")
        guard due > 0 else { return 0 }
        return try await worker.withTransaction(as: .nobody) {
            try await Scheduler.serveWaitlist(
                of: specialist.account, lasts: .seconds(3600), outbox: Outbox(), in: $0)
        }
    }

    /// What is offered to the case's patient now.
    func offered() async throws -> Hold? {
        try await run(patient) { try await scheduler.holds(of: caseID, by: patient, in: $0) }.first {
            $0.kind == .offered
        }
    }

    func place() async throws -> WaitlistEntry? {
        try await run(patient) { try await scheduler.waitlist(of: caseID, by: patient, in: $0) }.first
    }

    /// How often an entry's people were told that something is open to everybody.
    func times(told entry: WaitlistEntry) async throws -> Int {
        try await count(
            """
            SELECT count(*) FROM job
            WHERE payload -> 'template' -> 'openingsAvailable' ->> '_0' = \(entry.id.description)
            """)
    }

    func cancel(_ consult: Appointment) async throws {
        _ = try await run(patient) { try await scheduler.cancel(consult.id, by: patient, in: $0) }
    }

    func release(_ hold: Hold) async throws {
        try await run(patient) { try await scheduler.release(hold.id, by: patient, in: $0) }
    }

    func end(_ off: TimeOff) async throws {
        try await run(specialist) {
            try await scheduler.endTimeOff(off.id, of: specialist.account, by: specialist, in: $0)
        }
    }
}
