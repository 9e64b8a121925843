import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@Suite("The data keys", .database, .timeLimit(.minutes(5)))
struct DataKeyTests {
    let keyring = Keyring.generate()
    var vault: Vault { Vault(keyring) }
    let owner = TestDatabase.current.owner
    let app = TestDatabase.current.app

    @Test("A case's key is the same in the next transaction")
    func keepsCaseKey() async throws {
        let patient = try await Seed.account(vault)
        let id = try await Seed.openCase(of: patient, vault)
        let place = RowIdentity("clinical_case.reason", id)
        let sealed = try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
            try await vault.caseKey(id, in: tx).seal([1, 2, 3], as: place)
        }
        try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
            let alone = try await vault.caseKey(id, in: tx)
            let listed = try await vault.caseKeys([id, .random()], in: tx)
            #expect(try alone.open(sealed, as: place) == [1, 2, 3])
            #expect(try listed[id]?.open(sealed, as: place) == [1, 2, 3])
            #expect(listed.count == 1)
        }
    }

    @Test("A stranger gets no key")
    func hidesKeys() async throws {
        let patient = try await Seed.account(vault)
        let stranger = try await Seed.account(vault)
        let id = try await Seed.openCase(of: patient, vault)
        await #expect(throws: VaultError.noKey) {
            try await app.withTransaction(as: Actor(stranger.rawValue)) { tx in
                _ = try await vault.caseKey(id, in: tx)
            }
        }
        await #expect(throws: VaultError.noKey) {
            try await app.withTransaction(as: Actor(stranger.rawValue)) { tx in
                _ = try await vault.personKey(patient, in: tx)
            }
        }
        await #expect(throws: VaultError.noKey) {
            try await app.withTransaction(as: Actor(stranger.rawValue)) { tx in
                try await vault.destroyCaseKey(id, in: tx)
            }
        }
    }

    @Test("Keys that were swapped between rows do not open")
    func bindsKeysToRows() async throws {
        let patient = try await Seed.account(vault)
        let (one, two) = (try await Seed.openCase(of: patient, vault), try await Seed.openCase(of: patient, vault))
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.case_key k SET wrapped = o.wrapped FROM consilium.case_key o
                WHERE k.case_id = ANY (\([one, two])) AND o.case_id = ANY (\([one, two])) AND o.case_id <> k.case_id
                """)
        }
        for id in [one, two] {
            await #expect(throws: VaultError.unreadable) {
                try await app.withTransaction(as: Actor(patient.rawValue)) { tx in
                    _ = try await vault.caseKey(id, in: tx)
                }
            }
        }
    }

    @Test("What a destroyed key sealed is gone")
    func destroys() async throws {
        let patient = try await Seed.account(vault)
        let id = try await Seed.openCase(of: patient, vault)
        let actor = Actor(patient.rawValue)
        try await app.withTransaction(as: actor) { tx in
            try await vault.destroyCaseKey(id, in: tx)
            try await vault.destroyPersonKey(patient, in: tx)
        }
        try await app.withTransaction(as: actor) { tx in
            await #expect(throws: VaultError.destroyed) { try await vault.caseKey(id, in: tx) }
            await #expect(throws: VaultError.destroyed) { try await vault.personKey(patient, in: tx) }
            #expect(try await vault.caseKeys([id], in: tx).isEmpty)
            try await vault.destroyCaseKey(id, in: tx)
        }
        let left = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT wrapped FROM consilium.case_key WHERE case_id = \(id)").map {
                try $0.decode([UInt8]?.self)
            }
        }
        #expect(left == [nil])
    }
}
