import Foundation
import Postgres
import Rig
import TestSupport
import Testing
import Vault

/// A rotation is of everything in a database: each test that makes one has its own.
@Suite("The keyring's commands")
struct KeysCommandTests {
    private let keyring = FileManager.default.temporaryDirectory.appending(path: "keyring-\(UUID()).json").path

    /// What `consilium keys` says, in the test's database, with one keyring.
    private func keys(_ arguments: String...) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let consilium = URL(filePath: tests).deletingLastPathComponent().appending(path: "consilium").path
        do {
            return try command(
                [consilium, "keys"] + arguments,
                environment: [
                    "CONSILIUM_DATABASE_CONNINFO": TestDatabase.current.superuser.conninfo,
                    "CONSILIUM_KEYRING_PATH": keyring,
                ])
        } catch RigFailure.command(_, let output) {
            return output
        }
    }

    @Test("A look-up key is added, promoted, rotated to, and the old one removed once nobody is found by it", .database)
    func rotatesLookup() async throws {
        defer { try? FileManager.default.removeItem(atPath: keyring) }
        #expect(try keys("create", keyring).hasPrefix("Wrote"))
        for _ in 0..<3 { _ = try await Seed.account(Vault(Keyring.load(keyring))) }
        #expect(try keys("add", "--lookup", "2026-11", keyring).hasPrefix("Added 2026-11."))
        #expect(try keys("remove", "--lookup", "lookup-1", keyring).contains("3 addresses are still found by lookup-1"))
        #expect(try keys("promote", "--lookup", "2026-11", keyring).contains("run `consilium keys rotate`"))
        #expect(try keys("remove", "--lookup", "lookup-1", keyring).contains("3 addresses are still found by lookup-1"))
        let rotated = try keys("rotate")
        #expect(rotated.hasSuffix("Done: 3 made anew, 0 left.\n"), "\(rotated)")
        #expect(try keys("remove", "--lookup", "2026-11", keyring).contains("3 addresses are still found by 2026-11"))
        #expect(try keys("remove", "--lookup", "lookup-1", keyring).hasPrefix("Removed lookup-1."))
        #expect(Vault(try Keyring.load(keyring)).lookup.name == "2026-11")
        #expect(try keys("remove", "--lookup", "lookup-1", keyring).contains("the keyring has no key lookup-1"))
    }

    @Test("A master key that was rotated away is removed once no reply is kept under it", .database)
    func removesMaster() async throws {
        defer { try? FileManager.default.removeItem(atPath: keyring) }
        #expect(try keys("create", keyring).hasPrefix("Wrote"))
        let vault = Vault(try Keyring.load(keyring))
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
        #expect(try keys("add", "2026-11", keyring).hasPrefix("Added 2026-11."))
        #expect(try keys("promote", "2026-11", keyring).hasPrefix("2026-11 is current."))
        #expect(try keys("remove", "master-1", keyring).contains("1 data keys and seals are still by master-1"))
        #expect(try keys("rotate").hasSuffix("0 left.\n"))
        #expect(try keys("remove", "master-1", keyring).contains("1 replies are still kept under master-1"))
        try await write("DELETE FROM consilium.idempotency_key WHERE account_id = \(account)")
        #expect(try keys("remove", "master-1", keyring).hasPrefix("Removed master-1."))
    }

    @Test("One key is one kind's", .database)
    func kinds() throws {
        defer { try? FileManager.default.removeItem(atPath: keyring) }
        _ = try keys("create", keyring)
        #expect(try keys("add", "--lookup", "--signing", "2026-11", keyring).contains("--signing"))
        #expect(try keys("promote", "--signing", "lookup-1", keyring).contains("the keyring has no key lookup-1"))
    }
}
