import Clinic
import FoundationEssentials
import Identity
import Postgres
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("The checkpoints of the audit log", .database)
struct CheckpointTests {
    let vault = Vault(.generate())
    let path = "/tmp/checkpoints-\(UUID().uuidString)"

    private func read() throws -> [AuditCheckpoint] {
        try AuditCheckpoint.read(Array(Data(contentsOf: URL(filePath: path))))
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
        let report = try await AuditLog(
            Database.Settings(conninfo: TestDatabase.current.conninfo(as: "consilium_backup")),
            logger: TestDatabase.current.logger
        ).verify(checkpoints: try read(), vault: vault)
        #expect(report.isClean && report.checkpoints >= 2)

        try await Checkpoints(path: path, vault: vault, database: TestDatabase.current.worker).take()
        #expect(try read().filter { $0.id == account.rawValue } == moved + [moved[1]])
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
