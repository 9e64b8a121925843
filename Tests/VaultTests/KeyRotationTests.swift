import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@Suite("A rotation of keys")
struct KeyRotationTests {
    let keyring = Keyring.generate()
    var vault: Vault { Vault(keyring) }
    var owner: Database { TestDatabase.current.owner }
    var app: Database { TestDatabase.current.app }

    @Test("Rotation re-wraps both tables while keys are in use, and the old master key can be removed", .database)
    func rotates() async throws {
        let patient = try await Seed.account(vault)
        var cases: [CaseID] = []
        var seals: [CaseID: [UInt8]] = [:]
        for _ in 0..<7 {
            let id = try await Seed.openCase(of: patient, vault)
            cases.append(id)
            seals[id] = try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
                try await vault.caseKey(id, in: tx).seal([9], as: RowIdentity("clinical_case.reason", id))
            }
        }
        let next = try keyring.adding("master-2").promoting("master-2")
        let rotation = KeyRotation(next, database: owner, batch: 3)
        #expect(try await rotation.wrapped(by: "master-1") >= 8)

        let first = cases[0]
        // One key is locked by somebody: it is passed over, then waited for.
        let held = AsyncStream<Void>.makeStream()
        let release = AsyncStream<Void>.makeStream()
        async let holder: Void = owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("SELECT FROM consilium.case_key WHERE case_id = \(first) FOR UPDATE")
            held.continuation.finish()
            for await _ in release.stream {}
        }
        for await _ in held.stream {}
        let progress = try await rotation.run { progress in
            if progress.done == 6 { release.continuation.finish() }
        }
        try await holder
        #expect(progress.left == 0 && progress.done >= 8)
        #expect(try await rotation.run().done == 0)
        #expect(try await rotation.wrapped(by: "master-1") == 0)

        let after = Vault(try next.removing("master-1"))
        try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
            for (id, key) in try await after.caseKeys(cases, in: tx) {
                #expect(try key.open(seals[id] ?? [], as: RowIdentity("clinical_case.reason", id)) == [9])
            }
            _ = try await after.personKey(patient, in: tx)
            await #expect(throws: VaultError.unknownKey) { try await vault.caseKey(first, in: tx) }
        }
    }

    @Test("A new look-up key finds every account, and whatever stood in for a secret has ended", .database)
    func replacesLookup() async throws {
        var accounts: [AccountID] = []
        for index in 0..<5 { accounts.append(try await Seed.account(vault, email: "person-\(index)@example.org")) }
        let me = accounts[0]
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.recovery_code (account_id, digest)
                VALUES (\(me), \(vault.digest("code", for: .recoveryCode)))
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.calendar_feed (id, account_id, token_digest)
                VALUES (\(UUID()), \(me), \(vault.digest("token", for: .calendarFeed)))
                """)
        }
        func found(by keyring: Keyring) async throws -> Int {
            let digests = (0..<5).map { Vault(keyring).digest("person-\($0)@example.org", for: .email) }
            return try await count("SELECT count(*) FROM consilium.account WHERE email_digest = ANY (\(digests))")
        }
        await #expect(throws: KeyringError.missing("lookup.next")) {
            try await LookupRotation(keyring, database: owner).run()
        }
        let waiting = keyring.addingLookupKey()
        let next = try waiting.promotingLookupKey()
        // Control: the key alone finds nobody.
        #expect(try await found(by: keyring) == 5)
        #expect(try await found(by: next) == 0)
        for _ in 1...2 {
            #expect(try await LookupRotation(waiting, database: owner, batch: 2).run() == 5)
            #expect(try await found(by: keyring) == 0)
            #expect(try await found(by: next) == 5)
        }
        for table in ["recovery_code", "calendar_feed"] {
            #expect(try await count("SELECT count(*) FROM consilium.\(identifier: table)") == 0)
        }
    }

    private func count(_ question: SQL) async throws -> Int {
        try await owner.withTransaction(as: .nobody) { tx in try await tx.first(question)?.decode(Int.self) ?? -1 }
    }

    @Test("A key whose master key is not in the keyring stops the rotation and stays as it is", .database)
    func losesNoKey() async throws {
        let patient = try await Seed.account(vault)
        let short = try keyring.adding("master-2").promoting("master-2").removing("master-1")
        let rotation = KeyRotation(short, database: owner)
        await #expect(throws: VaultError.unknownKey) { try await rotation.run() }
        #expect(try await rotation.wrapped(by: "master-1") == 1)
        try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
            _ = try await vault.personKey(patient, in: tx)
        }
    }
}
