import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("The checkpoints of the audit log", .database)
struct CheckpointTests {
    let vault = Vault(.generate())
    let path = "/tmp/checkpoints-\(UUID().uuidString)"

    private func lines() throws -> [ArraySlice<UInt8>] {
        let bytes = Array(try Data(contentsOf: URL(filePath: path)))
        return bytes.split(separator: UInt8(ascii: "\n"))
    }

    private func read() throws -> [AuditCheckpoint] {
        try lines().map { try #require(AuditCheckpoint(line: $0, vault)) }
    }

    @Test("Each head that moved is copied once, and all of them by a worker that starts anew")
    func copies() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let account = try await Seed.account(vault)
        let checkpoints = Checkpoints(path: path, vault: vault, database: TestDatabase.current.worker)
        try await checkpoints.take()
        let first = try read().filter { $0.id == account.rawValue }
        #expect(first.map(\.chain) == ["account"])
        try await checkpoints.take()
        #expect(try read().filter { $0.id == account.rawValue } == first)

        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                "INSERT INTO consilium.account_role (account_id, role) VALUES (\(account), 'caregiver')")
        }
        try await checkpoints.take()
        let moved = try read().filter { $0.id == account.rawValue }
        #expect(moved.count == 2 && moved[1].seq == moved[0].seq + 1 && moved[1].hash != moved[0].hash)
        let head = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                "SELECT seq, encode(hash, 'hex') FROM consilium.audit_head WHERE chain_id = \(account)")?
                .decode(Int64.self, String.self)
        }
        #expect(try #require(head) == (moved[1].seq, moved[1].hash))

        try await Checkpoints(path: path, vault: vault, database: TestDatabase.current.worker).take()
        #expect(try read().filter { $0.id == account.rawValue } == moved + [moved[1]])
    }

    @Test("A line that was altered, or written without the keyring, is not believed")
    func refusesForgeries() throws {
        let checkpoint = AuditCheckpoint(
            chain: "case", id: UUID(), seq: 41, hash: "00ff", at: "2026-11-22T16:21:42.000001Z")
        let line = try checkpoint.line(vault).dropLast()
        #expect(AuditCheckpoint(line: line, vault) == checkpoint)
        let altered = String(decoding: line, as: UTF8.self).replacing("41", with: "40")
        #expect(AuditCheckpoint(line: Array(altered.utf8), vault) == nil)
        #expect(AuditCheckpoint(line: try checkpoint.line(Vault(.generate())).dropLast(), vault) == nil)
        #expect(AuditCheckpoint(line: line.dropLast(), vault) == nil)
    }

    @Test("A file that cannot be written is said so, and the heads are copied by the next round")
    func retries() async throws {
        let folder = "/tmp/checkpoints-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let account = try await Seed.account(vault)
        let checkpoints = Checkpoints(
            path: "\(folder)/heads", vault: vault, database: TestDatabase.current.worker)
        await #expect(throws: Checkpoints.Failure.self) { try await checkpoints.take() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await checkpoints.take()
        let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/heads")), as: UTF8.self)
        #expect(text.contains(account.rawValue.uuidString))
    }
}
