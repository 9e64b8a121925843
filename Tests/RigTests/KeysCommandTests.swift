import Foundation
import Postgres
import Rig
import TestSupport
import Testing
import Vault

/// A rotation is of everything in a database: each test that makes one has its own.
@Suite("The keyring's commands")
struct KeysCommandTests {
    /// What `consilium keys` says, in the test's database, with one keyring.
    private struct Keys {
        let installation: Installation
        var keyring: String { installation.keyring }

        init() throws { installation = try Installation() }

        func callAsFunction(_ arguments: String...) throws -> String { try installation.run(["keys"] + arguments).said }
    }

    @Test("A look-up key is added, promoted, rotated to, and the old one removed once nobody is found by it", .database)
    func rotatesLookup() async throws {
        let keys = try Keys()
        defer { keys.installation.remove() }
        for _ in 0..<3 { _ = try await Seed.account(Vault(Keyring.load(keys.keyring))) }
        #expect(try keys("add", "--lookup", "2026-11", keys.keyring).hasPrefix("Added 2026-11."))
        #expect(
            try keys("remove", "--lookup", "lookup-1", keys.keyring).contains("3 addresses still use lookup-1")
        )
        #expect(try keys("promote", "--lookup", "2026-11", keys.keyring).contains("run `consilium keys rotate`"))
        #expect(
            try keys("remove", "--lookup", "lookup-1", keys.keyring).contains("3 addresses still use lookup-1")
        )
        let rotated = try keys("rotate")
        #expect(rotated.hasSuffix("Done: 3 made anew, 0 left.\n"), "\(rotated)")
        #expect(
            try keys("remove", "--lookup", "2026-11", keys.keyring).contains("3 addresses still use 2026-11"))
        #expect(try keys("remove", "--lookup", "lookup-1", keys.keyring).hasPrefix("Removed lookup-1."))
        #expect(Vault(try Keyring.load(keys.keyring)).lookup.name == "2026-11")
        #expect(try keys("remove", "--lookup", "lookup-1", keys.keyring).contains("the keyring has no key lookup-1"))
    }

    @Test("A master key that was rotated away is removed once no reply is kept under it", .database)
    func removesMaster() async throws {
        let keys = try Keys()
        defer { keys.installation.remove() }
        let vault = Vault(try Keyring.load(keys.keyring))
        let account = try await Seed.account(vault)
        let reply = try vault.serviceKey.seal([9], as: RowIdentity("idempotency_key.reply", UUID()))
        func write(_ sql: SQL) async throws {
            _ = try await TestDatabase.current.owner.withTransaction(as: .nobody) { try await $0.execute(sql) }
        }
        try await write(
            """
            INSERT INTO consilium.idempotency_key (account_id, route, key, fingerprint, status, reply)
            VALUES (\(account), 'POST /v1/holds', 'kept', '', 200, \(reply))
            """)
        #expect(try keys("add", "2026-11", keys.keyring).hasPrefix("Added 2026-11."))
        #expect(try keys("promote", "2026-11", keys.keyring).hasPrefix("2026-11 is current."))
        #expect(try keys("remove", "master-1", keys.keyring).contains("1 data keys and seals still use master-1"))
        #expect(try keys("rotate").hasSuffix("0 left.\n"))
        #expect(try keys("remove", "master-1", keys.keyring).contains("1 replies are still kept under master-1"))
        try await write("DELETE FROM consilium.idempotency_key WHERE account_id = \(account)")
        #expect(try keys("remove", "master-1", keys.keyring).hasPrefix("Removed master-1."))
    }

    @Test("One key is one kind's", .database)
    func kinds() async throws {
        let keys = try Keys()
        defer { keys.installation.remove() }
        #expect(try keys("add", "--lookup", "--signing", "2026-11", keys.keyring).contains("--signing"))
        #expect(try keys("promote", "--signing", "lookup-1", keys.keyring).contains("the keyring has no key lookup-1"))
    }

    @Test("A keyring that is there is left alone", .database)
    func create() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let before = try Keyring.load(installation.keyring)
        let again = try installation.run("keys", "create", installation.keyring)
        #expect(again.code == 1 && again.said.contains("exists already"), "\(again.said)")
        #expect(Vault(before).lookup.name == Vault(try Keyring.load(installation.keyring)).lookup.name)
        let nowhere = try installation.run("keys", "create", "/nonexistent/keyring.json")
        #expect(nowhere.code == 1 && nowhere.said.contains("/nonexistent/keyring.json"), "\(nowhere.said)")
    }

    @Test("A signing key is retired after another was promoted, and not before", .database)
    func retire() async throws {
        let keys = try Keys()
        defer { keys.installation.remove() }
        #expect(try keys("retire", "signing-1", keys.keyring).contains("signing-1 is the current key"))
        #expect(try keys("add", "--signing", "2026-11", keys.keyring).hasPrefix("Added 2026-11."))
        #expect(
            try keys("promote", "--signing", "2026-11", keys.keyring).contains("`consilium keys retire` the old one"))
        #expect(try keys("retire", "signing-1", keys.keyring).hasPrefix("signing-1 signs no more."))
        #expect(try keys("promote", "--signing", "signing-1", keys.keyring).contains("Error"))
    }
}
