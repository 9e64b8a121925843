import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Vault

/// A booked consult with its people, in the suite's database.
struct Consult {
    let patient: AccountID
    let specialist: AccountID
    let caseID: CaseID
    let appointment: AppointmentID

    static let specialistName = "Dr. Ines Okafor"

    init(_ vault: Vault, startsAt: Date, zone: String = "America/New_York") async throws {
        let patient = try await Seed.account(vault, timeZone: zone)
        let specialist = try await Seed.account(vault, roles: [.specialist], timeZone: "Europe/Paris")
        let caseID = try await Seed.openCase(of: patient, vault, state: .accepted)
        let appointment = AppointmentID.random()
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            let organisation = UUID()
            try await tx.execute(
                """
                INSERT INTO consilium.organisation (id, name, city, jurisdiction)
                VALUES (\(organisation), \("Clinic \(organisation)"), 'Columbus', 'US-OH')
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes,
                    languages, peer_to_peer, weekly_capacity)
                VALUES (\(specialist), \(Self.specialistName), 'MD', \(organisation), 'America/Los_Angeles',
                    ARRAY['207RX0202X'], ARRAY['en'], true, 5)
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.appointment (id, case_id, specialist_id, party_id, lane, visit_type,
                    visit_version, state, starts_at, ends_at, booked_by)
                VALUES (\(appointment), \(caseID), \(specialist), \(patient), 'licensed', 'consult-30', 1, 'booked',
                    \(startsAt), \(startsAt.addingTimeInterval(1800)), \(patient))
                """)
        }
        try await Seed.part(.specialist, of: specialist, in: caseID)
        (self.patient, self.specialist, self.caseID, self.appointment) = (patient, specialist, caseID, appointment)
    }

    func change(_ change: SQL) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.appointment SET \(fragment: change) WHERE id = \(appointment)")
        }
    }

    /// A further specialist who sits in its panel.
    func colleague(_ vault: Vault) async throws -> AccountID {
        let id = try await Seed.specialist(vault)
        try await Seed.part(.colleague, of: id, in: caseID)
        try await change("colleagues = ARRAY[\(id)]")
        return id
    }
}
