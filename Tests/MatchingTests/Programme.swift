import Clinic
import FoundationEssentials
import Matching
import Outbox
import Postgres
import TestSupport
import Vault

/// A small programme of one test: a condition, a taxonomy and a jurisdiction that no other test has, so that tests can
/// share a database.
struct Programme {
    let database = TestDatabase.current
    let vault: Vault
    let matching: MatchingService
    let condition: String
    let taxonomy: String
    let jurisdiction: Jurisdiction
    let patient: Caller
    let coordinator: Caller
    let organisation = OrganisationID.random()

    static let vault = Vault(.generate())

    init(offersLast: Duration = .seconds(43_200)) async throws {
        vault = Programme.vault
        matching = MatchingService(vault: vault, outbox: Outbox(), offersLast: offersLast)
        let mark = Programme.letters(3)
        condition = "\(Programme.letters(1))\(Int.random(in: 0...9))\(Programme.letters(1)).\(mark)"
        taxonomy = "\(Programme.letters(9))X"
        jurisdiction = Jurisdiction(rawValue: "US-\(mark)")!
        patient = Programme.caller([.patient])
        coordinator = Programme.caller([.coordinator])
        try await database.owner.withTransaction(as: .nobody) { [self] tx in
            try await insert(patient, in: tx)
            try await insert(coordinator, in: tx)
            try await tx.execute(
                """
                INSERT INTO organisation (id, name, city, jurisdiction)
                VALUES (\(organisation), \(organisation.description), 'Toledo', 'US-OH')
                """)
            try await tx.execute(
                "INSERT INTO taxonomy VALUES (\(taxonomy), 'Physicians', 'Test', '', 'Test Physician')")
            try await tx.execute(
                "INSERT INTO condition_taxonomy VALUES (\(String(condition.prefix(3))), \(taxonomy), 3)")
        }
    }

    static func letters(_ count: Int) -> String {
        String((0..<count).map { _ in "ABCDEFGHIJKLMNOPQRSTUVWXYZ".randomElement()! })
    }

    static func caller(_ roles: Set<Role>) -> Caller {
        Caller(account: .random(), session: .random(), roles: roles, showedSecondFactor: true, provedLately: true)
    }

    func person(_ role: Role) async throws -> Caller {
        let caller = Programme.caller([role])
        try await database.owner.withTransaction(as: .nobody) { try await insert(caller, in: $0) }
        return caller
    }

    func insert(_ caller: Caller, in tx: Transaction) async throws {
        try await tx.execute(
            """
            INSERT INTO account (id, state, email_digest, email, jurisdiction, language, time_zone,
                confirmed_at)
            VALUES (\(caller.account), 'active', \(vault.digest(caller.account.description, for: .email)), '',
                \(jurisdiction), 'en', 'America/New_York', clock_timestamp())
            """)
        try await tx.execute(
            """
            INSERT INTO account_role (account_id, role)
            SELECT \(caller.account), r FROM unnest(\(caller.roles.map(\.rawValue))) r
            """)
    }

    /// A specialist who can take the programme's case unless said otherwise.
    func specialist(
        volume: Int = 50, licensedUntil: String? = "2999-12-31", peers: Bool = false, accepting: Bool = true,
        capacity: Int = 5, languages: [String] = ["en"], taxonomy: String? = nil
    ) async throws -> Caller {
        let caller = Programme.caller([.specialist])
        try await database.owner.withTransaction(as: .nobody) { tx in
            try await insert(caller, in: tx)
            try await tx.execute(
                """
                INSERT INTO specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes, languages,
                    peer_to_peer, accepting, weekly_capacity)
                VALUES (\(caller.account), \("Dr. \(caller.account)"), 'MD', \(organisation), 'America/New_York',
                    \([taxonomy ?? self.taxonomy]), \(languages), \(peers), \(accepting), \(capacity))
                """)
            if let licensedUntil {
                try await tx.execute(
                    """
                    INSERT INTO licence VALUES (\(caller.account), \(jurisdiction), 'L-1', \(licensedUntil)::date)
                    """)
            }
            if volume > 0 {
                try await tx.execute(
                    "INSERT INTO specialist_condition VALUES (\(caller.account), \(String(condition.prefix(3))), \(volume))"
                )
            }
        }
        return caller
    }

    /// A case that is ready for a match, with the patient's and the coordinator's part.
    func readyCase(
        lane: Lane = .licensed, language: String = "en", consents: Bool = false, state: CaseState = .ready,
        condition: String? = nil
    ) async throws -> CaseID {
        let id = CaseID.random()
        let part = IntakePartID.random()
        try await database.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason)
                VALUES (\(id), \(patient.account), \(state), true, \(lane), \(jurisdiction), \(language), '')
                """)
            let key = try await vault.createCaseKey(id, in: tx)
            let reason = try key.seal(Array(Programme.reason.utf8), as: RowIdentity("clinical_case.reason", id))
            try await tx.execute("UPDATE clinical_case SET reason = \(reason) WHERE id = \(id)")
            let body = try key.seal(
                json: ["text": "canary", "code": condition ?? self.condition],
                as: RowIdentity("intake_part.body", part))
            try await tx.execute(
                """
                INSERT INTO intake_part (id, case_id, kind, reveals_prior, body)
                VALUES (\(part), \(id), 'condition', true, \(body))
                """)
            try await tx.execute(
                """
                INSERT INTO case_part (case_id, account_id, part)
                VALUES (\(id), \(patient.account), 'patient'), (\(id), \(coordinator.account), 'coordinator')
                """)
            var kinds = ["second_opinion", "telehealth", "records_release"]
            if consents { kinds.append("peer_to_peer") }
            for kind in kinds {
                try await tx.execute(
                    """
                    INSERT INTO consent (id, case_id, kind, wording, given_by)
                    VALUES (\(ConsentID.random()), \(id), \(kind), \("\(kind).2026-01"), \(patient.account))
                    """)
            }
        }
        return id
    }

    static let reason = "Finding in the left breast"

    /// As the gateway does it: in a transaction of the caller.
    func run<Value: Sendable>(
        as caller: Caller, _ body: nonisolated(nonsending) (Transaction) async throws -> Value
    ) async throws -> Value {
        try await database.app.withTransaction(as: caller.actor, body)
    }

    func match(_ id: CaseID) async throws -> Match {
        try await run(as: patient) { try await matching.makeMatch(for: id, by: patient, in: $0) }
    }

    func offer(_ match: Match, to specialist: Caller? = nil) async throws -> Offer {
        try await run(as: coordinator) { tx in
            try await matching.makeOffer(
                OfferRequest(match: match.id, specialist: specialist?.account), for: match.case, by: coordinator,
                in: tx)
        }
    }

    func offers(of id: CaseID) async throws -> [Offer] {
        try await run(as: coordinator) { try await matching.offers(of: id, by: coordinator, in: $0) }
    }

    func accept(_ id: OfferID, as specialist: Caller) async throws -> Offer {
        try await run(as: specialist) { try await matching.accept(id, by: specialist, in: $0) }
    }

    func decline(_ id: OfferID, as specialist: Caller) async throws {
        try await run(as: specialist) { try await matching.decline(id, because: .capacity, by: specialist, in: $0) }
    }

    func state(of id: CaseID) async throws -> CaseState? {
        try await owner("SELECT state FROM clinical_case WHERE id = \(id)")
    }

    /// The clock of an offer runs out.
    func letExpire(_ id: OfferID) async throws {
        _ = try await database.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE offer SET expires_at = clock_timestamp() WHERE id = \(id)")
        }
    }

    /// One value, read past every policy.
    func owner<Value: SQLValue>(_ sql: SQL) async throws -> Value? {
        try await database.owner.withTransaction(as: .nobody) { try await $0.first(sql)?.decode(Value.self) }
    }
}
