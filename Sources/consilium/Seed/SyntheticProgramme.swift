import Clinic
import Identity
import Postgres
import Scheduling
import Vault

/// Specialists, patients and consults in any number, the same for the same seed. Works as `consilium_owner`.
struct SyntheticProgramme: Sendable {
    let seed: Int
    let specialists: Int
    let patients: Int
    let consults: Int

    private static let zones = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"]
    /// People that one transaction adds.
    private static let batch = 200

    /// Adds what is not there yet.
    func load(into database: Database, _ settings: Settings, report: @Sendable (String) -> Void) async throws {
        let organisation: OrganisationID = id("organisation", 0)
        let vault = try settings.vault()
        let creation = try AccountCreation(vault: vault, settings: settings.identity())
        let hash = try await creation.hash(DemoPeople.password, for: account(.patient, 0))
        try await database.withTransaction(as: .nobody) { tx in
            try await Demonstration.claim(in: tx)
            try await tx.execute(Self.organisation(organisation))
        }
        for role in [Role.specialist, .patient] {
            let count = role == .specialist ? specialists : patients
            for start in stride(from: 0, to: count, by: Self.batch) {
                let end = min(start + Self.batch, count)
                try await database.withTransaction(as: .nobody) { tx in
                    for index in start..<end {
                        let account = account(role, index)
                        guard try await creation.find(email: account.email, in: tx) == nil else { continue }
                        try await creation.create(account, password: hash, in: tx)
                        if role == .specialist {
                            try await addSpecialist(account, of: organisation, in: tx)
                        } else {
                            try await addCase(of: account, index, vault, in: tx)
                        }
                    }
                }
                report("\(end) of \(count) \(role.rawValue)s")
            }
        }
        for start in stride(from: 0, to: consults, by: 10_000) {
            let end = min(start + 10_000, consults)
            try await database.withTransaction(as: .nobody) { tx in
                try await tx.execute(Self.completed(start, end, of: specialists, seed: seed))
            }
            report("\(end) of \(consults) consults")
        }
    }

    private func id<Tag>(_ noun: String, _ index: Int) -> ID<Tag> {
        ID(demo: "seed \(seed) \(noun)", "\(index)")
    }

    private func account(_ role: Role, _ index: Int) -> NewAccount {
        NewAccount(
            id: id(role.rawValue, index),
            email: "\(role.rawValue)-\(index)@seed-\(seed).example",
            particulars: Particulars(
                name: "Synthetic \(index)", birthDate: CivilDate(rawValue: "1970-01-01")!, sex: .unknown),
            jurisdiction: Jurisdiction(rawValue: "US-OH")!, language: "en",
            timeZone: Self.zones[index % Self.zones.count], roles: [role])
    }

    private func addSpecialist(
        _ account: NewAccount, of organisation: OrganisationID, in tx: Transaction
    ) async throws {
        try await tx.execute(
            """
            INSERT INTO consilium.specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes,
                languages, peer_to_peer, weekly_capacity)
            SELECT \(account.id), \(account.particulars.name), 'MD', \(organisation), \(account.timeZone),
                ARRAY['207RC0000X'], ARRAY['en'], true, 20
            """)
        try await tx.execute(
            """
            INSERT INTO consilium.licence (specialist_id, jurisdiction, number, expires_on)
            VALUES (\(account.id), 'US-OH', 'SEED', '2035-12-31')
            """)
        let hours = HoursRule(
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", from: CivilDate(rawValue: "2026-01-05")!, starts: "09:00", ends: "17:00"
        )
        try await Availability(timeZone: account.timeZone, ruleSets: [RuleSet(rules: [hours])])
            .write(of: account.id, in: tx)
    }

    /// An accepted case of one patient with the specialist whose turn it is.
    private func addCase(of patient: NewAccount, _ index: Int, _ vault: Vault, in tx: Transaction) async throws {
        let caseID: CaseID = id("case", index)
        let specialist: AccountID = id(Role.specialist.rawValue, index % specialists)
        try await tx.execute(
            """
            INSERT INTO consilium.clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
            VALUES (\(caseID), \(patient.id), 'draft', false, 'licensed', 'US-OH', 'en', '')
            """)
        try await tx.execute(
            """
            INSERT INTO consilium.case_part (case_id, account_id, part)
            VALUES (\(caseID), \(patient.id), 'patient'), (\(caseID), \(specialist), 'specialist')
            """)
        let key = try await vault.createCaseKey(caseID, in: tx)
        let reason = try key.seal(Array("synthetic".utf8), as: RowIdentity("clinical_case.reason", caseID))
        for state in ["submitted", "ready", "offered", "accepted"] {
            try await tx.execute(
                """
                UPDATE consilium.clinical_case
                SET state = \(state), reason = \(reason), specialist_id = \(specialist)
                WHERE id = \(caseID)
                """)
        }
    }

    private static func organisation(_ id: OrganisationID) -> SQL {
        """
        INSERT INTO consilium.organisation (id, name, city, jurisdiction)
        VALUES (\(id), \("Synthetic \(id)"), 'Columbus', 'US-OH') ON CONFLICT DO NOTHING
        """
    }

    /// Completed consults, one after the other into each specialist's past, 45 minutes every hour.
    private static func completed(_ start: Int, _ end: Int, of specialists: Int, seed: Int) -> SQL {
        """
        INSERT INTO consilium.appointment (id, case_id, specialist_id, party_id, lane, visit_type, visit_version, state,
            starts_at, ends_at, booked_by, ended_by, ended_at)
        SELECT md5(\("seed \(seed) consult ")::text || n)::uuid, c.id, c.specialist_id, c.patient_id, 'licensed',
            'consult-45', 1, 'completed', t.at, t.at + interval '45 minutes', c.patient_id, c.specialist_id,
            t.at + interval '45 minutes'
        FROM generate_series(\(start)::bigint, \(end - 1)::bigint) n
        JOIN (SELECT c.*, row_number() OVER (ORDER BY c.id) - 1 AS nth, count(*) OVER () AS total
            FROM consilium.clinical_case c JOIN consilium.specialist s ON s.id = c.specialist_id
            JOIN consilium.organisation o ON o.id = s.organisation_id
            WHERE o.name LIKE 'Synthetic %') c ON c.nth = n % c.total,
            LATERAL (SELECT date_trunc('day', clock_timestamp()) - make_interval(hours => (n / c.total)::integer + 1)
                AS at) t
        ON CONFLICT DO NOTHING
        """
    }
}
