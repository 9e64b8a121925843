import Clinic
import Dispatch
import Foundation
import Glibc
import Identity
import Postgres
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("The checkpoints of the audit log", .serialized, .database, .timeLimit(.minutes(5)))
struct CheckpointTests {
    let vault = Vault(.generate())
    let path = "/tmp/checkpoints-\(UUID().uuidString)"

    private func bytes() throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: path))) }

    private func read() throws -> [AuditCheckpoint] {
        let file = CheckpointFile(try bytes(), vault: vault)
        #expect(file.faults.isEmpty)
        return file.checkpoints
    }

    @Test("Each head that moved is copied once, and all of them by a worker that starts anew")
    func copies() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let account = try await Seed.account(vault)
        let checkpoints = CheckpointWriter(path: path, vault: vault, database: TestDatabase.current.worker)
        try await checkpoints.write()
        let first = try read().filter { $0.id == account.rawValue }
        #expect(first.map(\.chain) == ["account"])
        try await checkpoints.write()
        #expect(try read().filter { $0.id == account.rawValue } == first)

        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                "INSERT INTO consilium.account_role (account_id, role) VALUES (\(account), 'caregiver')")
        }
        try await checkpoints.write()
        let moved = try read().filter { $0.id == account.rawValue }
        #expect(moved.count == 2 && moved[1].seq == moved[0].seq + 1 && moved[1].hash != moved[0].hash)
        let report = try await AuditLog(
            Database.Settings(conninfo: TestDatabase.current.conninfo(as: "consilium_backup")),
            logger: TestDatabase.current.logger
        ).verify(checkpoints: try read(), vault: vault)
        #expect(report.isClean && report.checkpoints >= 2 && report.unwitnessed == 0)

        try await CheckpointWriter(path: path, vault: vault, database: TestDatabase.current.worker).write()
        #expect(try read().filter { $0.id == account.rawValue } == moved + [moved[1]])
    }

    @Test("Ten workers at one file write one chain of lines, also behind a line that was never finished")
    func sharedFile() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let path = path
        try Data("{\"checkpoint\":".utf8).write(to: URL(filePath: path))
        for _ in 0..<20 { _ = try await Seed.account(vault) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    try await CheckpointWriter(
                        path: path, vault: vault, database: TestDatabase.current.worker, patience: .seconds(120)
                    ).write()
                }
            }
            try await group.waitForAll()
        }
        #expect(try read().count >= 10 * 20)
    }

    @Test("A file that another holds is left to them, and the heads are copied by the next round")
    func heldFile() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let account = try await Seed.account(vault)
        let checkpoints = CheckpointWriter(
            path: path, vault: vault, database: TestDatabase.current.worker, patience: .milliseconds(200))
        let other = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(other) }
        #expect(flock(other, LOCK_EX | LOCK_NB) == 0)
        // Who waited for it would have it at some time.
        let left = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            _ = left.wait(timeout: .now() + 20)
            flock(other, LOCK_UN)
        }
        let failure = await #expect(throws: CheckpointWriter.Failure.self) { try await checkpoints.write() }
        #expect(failure?.code == EWOULDBLOCK)
        left.signal()
        try await wait(for: "the file to be free") {
            try? await checkpoints.write()
            return try !read().isEmpty
        }
        #expect(try read().contains { $0.id == account.rawValue })
    }

    @Test("A line that was altered, removed or moved is named")
    func namedLines() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<6 { _ = try await Seed.account(vault) }
        try await CheckpointWriter(path: path, vault: vault, database: TestDatabase.current.worker).write()
        let lines = String(decoding: try bytes(), as: UTF8.self).split(separator: "\n").map(String.init)
        func faults(_ lines: [String]) -> [CheckpointFault] {
            CheckpointFile(Array((lines.joined(separator: "\n") + "\n").utf8), vault: vault).faults
        }
        #expect(faults(lines).isEmpty)
        var altered = lines
        altered[2] = altered[2].replacing("\"seq\":", with: "\"seq\":1")
        #expect(faults(altered) == [CheckpointFault(line: 3, kind: .altered)])
        #expect(faults(Array(lines.dropFirst())) == [CheckpointFault(line: 1, kind: .unlinked)])
        var cut = lines
        cut.remove(at: 3)
        #expect(faults(cut) == [CheckpointFault(line: 4, kind: .unlinked)])
        var swapped = lines
        swapped.swapAt(1, 2)
        #expect(faults(swapped).map(\.line) == [2, 3, 4])
        #expect(faults(swapped).contains(CheckpointFault(line: 3, kind: .moved)))
        var relinked = lines
        relinked[3] = lines[4]
        #expect(!faults(relinked).isEmpty)
        // Control: without the links each line stands for itself, and one that is gone is not missed.
        let alone = cut.map { line in CheckpointFile(Array((line + "\n").utf8), vault: vault).checkpoints.count }
        #expect(alone.allSatisfy { $0 == 1 })
    }

    @Test(
        "A file that is damaged everywhere is read once: every line that is out of place is named, and few are searched for"
    )
    func damagedEverywhere() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<40 { _ = try await Seed.account(vault) }
        try await CheckpointWriter(path: path, vault: vault, database: TestDatabase.current.worker).write()
        let lines = String(decoding: try bytes(), as: UTF8.self).split(separator: "\n").map(String.init)
        let halved = lines.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let file = CheckpointFile(Array((halved.joined(separator: "\n") + "\n").utf8), vault: vault)
        #expect(file.checkpoints.count == halved.count)
        #expect(file.faults.map(\.line) == Array(1...halved.count))
        #expect(file.faults.prefix(8).allSatisfy { $0.kind == .unlinked })
        #expect(file.faults.dropFirst(8).allSatisfy { $0.kind == .misplaced })
    }

    @Test("A file that cannot be written is said so, and the heads are copied by the next round")
    func retries() async throws {
        let folder = "/tmp/checkpoints-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let account = try await Seed.account(vault)
        let checkpoints = CheckpointWriter(
            path: "\(folder)/heads", vault: vault, database: TestDatabase.current.worker)
        await #expect(throws: CheckpointWriter.Failure.self) { try await checkpoints.write() }
        #expect(await checkpoints.fault == "No such file or directory", "what the worker's report says")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await checkpoints.write()
        #expect(await checkpoints.fault == nil)
        let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/heads")), as: UTF8.self)
        #expect(text.contains(account.rawValue.uuidString))
    }
}
