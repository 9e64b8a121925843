import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@Suite("A rotation of keys", .timeLimit(.minutes(30)))
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
        let next = try keyring.adding("master-2", of: .master).promoting("master-2", of: .master)
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

        let after = Vault(try next.removing("master-1", of: .master))
        try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
            for (id, key) in try await after.caseKeys(cases, in: tx) {
                #expect(try key.open(seals[id] ?? [], as: RowIdentity("clinical_case.reason", id)) == [9])
            }
            _ = try await after.personKey(patient, in: tx)
            await #expect(throws: VaultError.unknownKey) { try await vault.caseKey(first, in: tx) }
        }
    }

    @Test("A rotation brings each address under the new look-up key; stopped in the middle, it is run again", .database)
    func rotatesLookup() async throws {
        let emails = (0..<7).map { "person-\($0)@example.org" }
        for email in emails { _ = try await Seed.account(vault, email: email) }
        let next = try keyring.adding("lookup-2", of: .lookup).promoting("lookup-2", of: .lookup)
        func found(by keyring: Keyring) async throws -> Int {
            let digests = emails.flatMap { Vault(keyring).digests($0, for: .email) }
            return try await count("SELECT count(*) FROM consilium.account WHERE email_digest = ANY (\(digests))")
        }
        let last = try next.removing("lookup-1", of: .lookup)
        // Control: the new key alone finds nobody.
        #expect(try await found(by: keyring) == 7)
        #expect(try await found(by: last) == 0)

        let rotation = KeyRotation(next, database: owner, batch: 2)
        let stopped = Task {
            try await rotation.run { progress in
                if progress.done == 4 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: (any Error).self) { try await stopped.value }
        #expect(try await rotation.digested(by: "lookup-1") == 3, "what keeps the old key from being removed")
        #expect(try await rotation.digested(by: "lookup-2") == 4)
        #expect(try await found(by: next) == 7, "nobody is lost in the middle")
        #expect(try await found(by: keyring) == 3)

        let rest = try await rotation.run()
        #expect(rest.done == 3 && rest.left == 0)
        #expect(try await rotation.digested(by: "lookup-1") == 0)
        #expect(try await found(by: keyring) == 0)
        #expect(try await found(by: last) == 7)
        #expect(try await rotation.run().done == 0)
    }

    @Test("Both kinds of keys change in one run; of whom the key was destroyed nothing is waited for", .database)
    func rotatesBoth() async throws {
        let (one, erased) = (try await Seed.account(vault), try await Seed.account(vault))
        try await app.withTransaction(as: Actor(erased.rawValue)) { tx in
            try await vault.destroyPersonKey(erased, in: tx)
        }
        let next = try keyring.adding("master-2", of: .master).promoting("master-2", of: .master)
            .adding("lookup-2", of: .lookup).promoting("lookup-2", of: .lookup)
        let rotation = KeyRotation(next, database: owner)
        #expect(try await rotation.digested(by: "lookup-1") == 1)
        let progress = try await rotation.run()
        #expect(progress.done == 2 && progress.left == 0)
        #expect(try await rotation.wrapped(by: "master-1") == 0)
        #expect(try await rotation.digested(by: "lookup-1") == 0)
        let after = Vault(try next.removing("master-1", of: .master).removing("lookup-1", of: .lookup))
        let digest = after.digest("\(one)@example.org", for: .email)
        #expect(try await count("SELECT count(*) FROM consilium.account WHERE email_digest = \(digest)") == 1)
        try await app.withTransaction(as: Actor(one.rawValue)) { tx in _ = try await after.personKey(one, in: tx) }
    }

    private func count(_ question: SQL) async throws -> Int {
        try await owner.withTransaction(as: .nobody) { tx in try await tx.first(question)?.decode(Int.self) ?? -1 }
    }

    @Test("A key whose master key is not in the keyring stops the rotation and stays as it is", .database)
    func losesNoKey() async throws {
        let patient = try await Seed.account(vault)
        let short = try keyring.adding("master-2", of: .master).promoting("master-2", of: .master).removing(
            "master-1", of: .master)
        let rotation = KeyRotation(short, database: owner)
        await #expect(throws: VaultError.unknownKey) { try await rotation.run() }
        #expect(try await rotation.wrapped(by: "master-1") == 1)
        try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
            _ = try await vault.personKey(patient, in: tx)
        }
    }
}
