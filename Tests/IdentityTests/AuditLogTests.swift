import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

/// Each test has a database of its own: tampering is felt by the whole log.
@Suite("The audit log", .timeLimit(.minutes(30)))
struct AuditLogTests {
    let vault = Vault(.generate())

    /// A log of three chains, the first of seven entries, and the checkpoints of its heads.
    private func log() async throws -> (chain: UUID, checkpoints: [AuditCheckpoint]) {
        let reads = AuditReads(database: TestDatabase.current.app)
        let chain = AccountID.random()
        for (account, entries) in [(chain, 7), (.random(), 3)] {
            for _ in 0..<entries {
                try await reads.record([AuditRead(.account, UUID(), in: .account(account), by: account)])
            }
        }
        try await reads.record([AuditRead(.task, UUID(), in: .programme, by: chain, items: 4)])
        return (chain.rawValue, try await heads())
    }

    private func heads() async throws -> [AuditCheckpoint] {
        try await TestDatabase.current.worker.withTransaction(as: .nobody) { tx in
            try await AuditCheckpoint.heads(since: .distantPast, limit: 1000, vault: vault, in: tx).checkpoints
        }
    }

    private func verify(_ checkpoints: [AuditCheckpoint] = []) async throws -> AuditReport {
        var settings = TestDatabase.current.superuser
        settings.conninfo = TestDatabase.current.conninfo(as: "consilium_backup")
        return try await AuditLog(settings, logger: TestDatabase.current.logger)
            .verify(checkpoints: checkpoints, vault: vault)
    }

    /// Does to the log what only a superuser can.
    private func tamper(_ script: String, _ chain: UUID) async throws {
        let before = try await verify()
        #expect(before.isClean, "the log was clean before")
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(
                script: """
                    SET search_path = consilium; SET session_replication_role = replica;
                    \(script.replacing("CHAIN", with: "'\(chain.uuidString)'"))
                    """)
        }
    }

    @Test("A log that nobody touched verifies, with its checkpoints", .database)
    func clean() async throws {
        let (_, checkpoints) = try await log()
        #expect(checkpoints.count == 3)
        let report = try await verify(checkpoints)
        #expect(report.isClean)
        #expect(report.chains == 3)
        #expect(report.entries == 11)
    }

    @Test("Writes through the schema's own triggers verify as well", .database)
    func cleanWrites() async throws {
        let patient = try await Seed.account(vault)
        _ = try await Seed.openCase(of: patient, vault)
        let report = try await verify(try await heads())
        #expect(report.isClean)
        #expect(report.entries >= 5)
    }

    @Test(
        "Tampering is found, and the first entry that it touched is named", .database,
        arguments: [
            ("UPDATE audit_entry SET actor_id = gen_random_uuid() WHERE chain_id = CHAIN AND seq = 3", 3, .altered),
            (
                "UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE chain_id = CHAIN AND seq = 1", 1,
                .altered
            ),
            ("UPDATE audit_entry SET items = 0 WHERE chain_id = CHAIN AND seq = 7", 7, .altered),
            ("UPDATE audit_entry SET hash = sha256('x') WHERE chain_id = CHAIN AND seq = 7", 7, .altered),
            ("DELETE FROM audit_entry WHERE chain_id = CHAIN AND seq = 4", 4, .removed),
            ("DELETE FROM audit_entry WHERE chain_id = CHAIN AND seq = 1", 1, .removed),
            (
                """
                UPDATE audit_entry SET seq = 99 WHERE chain_id = CHAIN AND seq = 3;
                UPDATE audit_entry SET seq = 3 WHERE chain_id = CHAIN AND seq = 4;
                UPDATE audit_entry SET seq = 4 WHERE chain_id = CHAIN AND seq = 99
                """, 3, .reordered
            ),
            (
                """
                UPDATE audit_entry SET seq = seq + 100 WHERE chain_id = CHAIN AND seq > 2;
                UPDATE audit_entry SET seq = seq - 99 WHERE chain_id = CHAIN AND seq > 100;
                INSERT INTO audit_entry SELECT chain_kind, chain_id, 3, at, actor_id, action, subject_id, items, hash
                FROM audit_entry WHERE chain_id = CHAIN AND seq = 2
                """, 3, .inserted
            ),
            (
                """
                INSERT INTO audit_entry
                SELECT chain_kind, chain_id, 8, at, actor_id, action, subject_id, items,
                    sha256(hash || audit_bytes(chain_kind, chain_id, 8, at, actor_id, action, subject_id, items))
                FROM audit_entry WHERE chain_id = CHAIN AND seq = 7
                """, 8, .inserted
            ),
            ("DELETE FROM audit_entry WHERE chain_id = CHAIN AND seq > 5", 6, .cutOff),
            ("DELETE FROM audit_entry WHERE chain_id = CHAIN", 1, .cutOff),
            ("UPDATE audit_head SET hash = sha256('x') WHERE chain_id = CHAIN", 7, .headAltered),
            ("DELETE FROM audit_head WHERE chain_id = CHAIN", 7, .headAltered),
        ] as [(String, Int64, AuditFault.Kind)])
    func tampering(script: String, seq: Int64, kind: AuditFault.Kind) async throws {
        let (chain, _) = try await log()
        try await tamper(script, chain)
        let report = try await verify()
        #expect(
            report.faults == [AuditFault(chain: AuditChain(kind: "account", id: chain), seq: seq, kind: kind)])
    }

    /// A forger who can write everything in the database and computes every hash anew.
    private static let rewriteAll = """
        DO $$ DECLARE e record; last bytea := decode(repeat('00', 32), 'hex'); BEGIN
            FOR e IN SELECT * FROM audit_entry WHERE chain_id = CHAIN ORDER BY seq LOOP
                last := sha256(last || audit_bytes(
                    e.chain_kind, e.chain_id, e.seq, e.at, e.actor_id, e.action, e.subject_id, e.items));
                UPDATE audit_entry SET hash = last WHERE chain_id = CHAIN AND seq = e.seq;
                UPDATE audit_head SET hash = last, seq = e.seq WHERE chain_id = CHAIN;
            END LOOP;
        END $$
        """

    @Test(
        "What agrees within itself is found by the checkpoints", .database,
        arguments: [
            ("UPDATE audit_entry SET items = 9 WHERE chain_id = CHAIN AND seq = 5;" + rewriteAll, 7, .rewritten),
            ("DELETE FROM audit_entry WHERE chain_id = CHAIN AND seq > 5;" + rewriteAll, 6, .cutOff),
            (
                "DELETE FROM audit_entry WHERE chain_id = CHAIN; DELETE FROM audit_head WHERE chain_id = CHAIN", 1,
                .cutOff
            ),
        ] as [(String, Int64, AuditFault.Kind)])
    func rewriting(script: String, seq: Int64, kind: AuditFault.Kind) async throws {
        let (chain, checkpoints) = try await log()
        try await tamper(script, chain)
        #expect(try await verify().isClean, "control: without checkpoints it cannot be seen")
        let report = try await verify(checkpoints)
        #expect(
            report.faults == [AuditFault(chain: AuditChain(kind: "account", id: chain), seq: seq, kind: kind)])
    }

    @Test("A checkpoint that was made without the keyring is found", .database)
    func forgedCheckpoint() async throws {
        let (chain, _) = try await log()
        let stranger = Vault(.generate())
        let forged = AuditCheckpoint(
            AuditChain(kind: "account", id: chain), seq: 7, hash: [UInt8](repeating: 7, count: 32), at: 0,
            vault: stranger)
        #expect(try await verify([forged]).faults.map(\.kind) == [.checkpointForged])
    }

    @Test("Checkpoints read as they were written, but for a line that was being written")
    func checkpointFile() throws {
        let chain = AuditChain(kind: "case", id: UUID())
        let one = AuditCheckpoint(chain, seq: 4, hash: [UInt8](repeating: 200, count: 32), at: 17, vault: vault)
        let two = AuditCheckpoint(chain, seq: 5, hash: [UInt8](repeating: 1, count: 32), at: 18, vault: vault)
        let first = try CheckpointFile.lines(for: [one], after: nil, vault: vault)
        let file = first + (try CheckpointFile.lines(for: [two], after: Array(first.dropLast()), vault: vault))
        let read = CheckpointFile(file, vault: vault)
        #expect(read.checkpoints == [one, two] && read.faults.isEmpty)
        #expect(CheckpointFile(Array(file.dropLast(9)), vault: vault).checkpoints == [one])
        #expect(CheckpointFile([], vault: vault) == CheckpointFile(Array("{".utf8), vault: vault))
        for text in ["nonsense\n", "\n", String(decoding: file, as: UTF8.self) + "{}\n"] {
            #expect(CheckpointFile(Array(text.utf8), vault: vault).faults.last?.kind == .altered)
        }
        #expect(CheckpointFile(file, vault: Vault(.generate())).faults.map(\.line) == [1, 2])
    }

    @Test("A file goes on when the look-up key has changed, and reads for as long as the keyring has both")
    func checkpointsAcrossRotation() throws {
        let both = try Keyring.generate().adding("lookup-2", of: .lookup)
        let next = try both.promoting("lookup-2", of: .lookup)
        let chain = AuditChain(kind: "case", id: UUID())
        func append(_ seq: Int64, to file: [UInt8], by keyring: Keyring) throws -> [UInt8] {
            let vault = Vault(keyring)
            let head = AuditCheckpoint(chain, seq: seq, hash: [UInt8](repeating: 9, count: 32), at: seq, vault: vault)
            let last = file.split(separator: UInt8(ascii: "\n")).last.map(Array.init)
            return file + (try CheckpointFile.lines(for: [head], after: last, vault: vault))
        }
        // Two workers, of which one was restarted with the new key before the other.
        var file: [UInt8] = []
        for (seq, keyring) in [(1, both), (2, next), (3, both), (4, next)] {
            file = try append(Int64(seq), to: file, by: keyring)
        }
        for keyring in [both, next] {
            let read = CheckpointFile(file, vault: Vault(keyring))
            #expect(read.checkpoints.map(\.seq) == [1, 2, 3, 4] && read.faults.isEmpty)
        }
        let lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let cut = Array((lines[..<1] + lines[2...]).joined(separator: [UInt8(ascii: "\n")]))
        #expect(
            CheckpointFile(cut, vault: Vault(next)).faults == [CheckpointFault(line: 2, kind: .unlinked)],
            "a line that is gone is missed as before")
        let after = CheckpointFile(file, vault: Vault(try next.removing("lookup-1", of: .lookup)))
        #expect(after.faults.map(\.line) == [1, 3], "control: the old key's lines need it")
    }

    @Test("The app can neither alter nor delete an entry, nor write one past the chain", .database)
    func closed() async throws {
        _ = try await log()
        for sql: SQL in [
            "UPDATE consilium.audit_entry SET items = 0", "DELETE FROM consilium.audit_entry",
            "UPDATE consilium.audit_head SET seq = 0",
            "SELECT consilium.audit_append('programme', gen_random_uuid(), NULL, 'x', gen_random_uuid(), 1)",
        ] {
            await #expect(throws: DatabaseError.self) {
                try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in _ = try await tx.query(sql) }
            }
        }
    }
}
