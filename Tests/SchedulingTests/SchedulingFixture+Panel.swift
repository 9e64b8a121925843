import Clinic
import FoundationEssentials
import Postgres
@testable import Scheduling
import TestSupport
import Testing

extension SchedulingFixture {
    /// The patient agrees that further specialists are brought into their case.
    func agreeToPanel() async throws {
        try await asOwner(
            """
            INSERT INTO consent (id, case_id, kind, wording, given_by)
            VALUES (\(ConsentID.random()), \(caseID), 'panel', 'panel.2026-01', \(patient.account)) ON CONFLICT DO NOTHING
            """)
    }

    /// A specialist whom the case's own brings into it.
    func colleague(
        licensedIn: [String] = ["US-OH"], hours: [(starts: String, ends: String)] = [("00:00", "24:00")]
    ) async throws -> Caller {
        let id = try await Seed.specialist(Self.vault, licensedIn: licensedIn, hours: hours)
        try await agreeToPanel()
        try await bring(id)
        return Seed.caller(id, roles: [.specialist])
    }

    @discardableResult
    func bring(_ id: AccountID, by caller: Caller? = nil) async throws -> Colleague {
        let caller = caller ?? specialist
        return try await run(caller) {
            try await scheduler.addColleague(ColleagueRequest(specialist: id), to: caseID, by: caller, in: $0)
        }
    }

    /// Holds a start for a panel.
    @discardableResult
    func hold(_ start: Date, with colleagues: [Caller], visitType: String = "consult-45") async throws -> Hold {
        let request = HoldRequest(
            case: caseID, startsAt: start, visitType: visitType, colleagues: colleagues.map(\.account))
        return try await run(patient) { try await scheduler.hold(request, by: patient, in: $0) }
    }

    /// The starts that suit a panel.
    func openings(with colleagues: [Caller], from: Date, to: Date) async throws -> [Opening] {
        let search = OpeningSearch(case: caseID, colleagues: colleagues.map(\.account), from: from, to: to)
        return try await run(patient) { try await scheduler.openings(search, by: patient, in: $0) }
    }

    /// Whose time a consult or hold takes, by person.
    func taken(hold: HoldID? = nil, appointment: AppointmentID? = nil) async throws -> [AccountID: Range<Date>] {
        let rows = try await asOwner(
            """
            SELECT person_id, lower(during), upper(during) FROM busy
            WHERE hold_id = \(hold) OR appointment_id = \(appointment)
            """)
        return try Dictionary(
            uniqueKeysWithValues: rows.map { row in
                let (person, from, to) = try row.decode(AccountID.self, Date.self, Date.self)
                return (person, from..<to)
            })
    }

    /// How many jobs there are to tell somebody this of a consult.
    func told(_ template: String, of appointment: AppointmentID) async throws -> Set<AccountID> {
        let rows = try await asOwner(
            """
            SELECT (payload -> 'recipient' -> 'account' ->> '_0')::uuid FROM job
            WHERE payload -> 'template' -> \(template) ->> '_0' = \(appointment.description)
            """)
        return Set(try rows.map { try $0.decode(AccountID.self) })
    }
}
