import Foundation
import Glibc
import Postgres
import Rig
import TestSupport
import Testing

/// Each test has a database of its own: tampering is felt by the whole log.
@Suite("What `consilium audit verify` exits with is what the runbook says", .serialized)
struct AuditCommandTests {
    /// Does to the log what only a superuser can.
    private func tamper(_ script: String) async throws {
        try await Session.with(TestDatabase.current.superuser, logger: TestDatabase.current.logger) { session in
            try await session.run(
                script: "SET search_path = consilium; SET session_replication_role = replica; \(script)")
        }
    }

    /// Lets a worker copy the heads of all chains.
    private func copyHeads(_ installation: Installation) throws {
        let worker = try installation.start("worker")
        try until("the checkpoints of all chains") {
            try installation.run("audit", "verify").said.contains("Every entry is as it was written.")
        }
        worker.signal(SIGTERM)
        #expect(try worker.wait() == 0)
    }

    @Test("2 without checkpoints, 0 with them, also where entries are newer than these", .database)
    func clean() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        _ = try await Seed.account(installation.vault)
        let alone = try installation.run("audit", "verify")
        #expect(alone.code == 2 && alone.said.contains("There are no checkpoints at \(installation.checkpoints)."))

        try copyHeads(installation)
        let proved = try installation.run("audit", "verify")
        #expect(proved.code == 0 && proved.said.contains("Every entry is as it was written."), "\(proved.said)")

        _ = try await Seed.account(installation.vault)
        let ahead = try installation.run("audit", "verify")
        #expect(ahead.code == 0 && ahead.said.contains("are newer"), "\(ahead.said)")
    }

    @Test("1 where an entry was altered, with checkpoints or without, and the entry is named", .database)
    func altered() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let account = try await Seed.account(installation.vault)
        try copyHeads(installation)
        try await tamper("UPDATE audit_entry SET items = 7 WHERE chain_id = '\(account)' AND seq = 2")
        for arguments in [[], ["--checkpoints", "\(installation.folder)/none"]] {
            let found = try installation.run(["audit", "verify"] + arguments)
            #expect(found.code == 1 && found.said.contains("account \(account): entry 2 is altered"), "\(found.said)")
        }
    }

    @Test("1 where a tail was cut off; without checkpoints nobody can tell, and it is 2", .database)
    func cutOff() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let account = try await Seed.account(installation.vault)
        try copyHeads(installation)
        try await tamper(
            """
            DELETE FROM audit_entry WHERE chain_id = '\(account)' AND seq > 1;
            UPDATE audit_head h SET seq = e.seq, hash = e.hash FROM audit_entry e
            WHERE e.chain_id = h.chain_id AND h.chain_id = '\(account)';
            """)
        #expect(try installation.run("audit", "verify").code == 1)
        #expect(try installation.run("audit", "verify", "--checkpoints", "\(installation.folder)/none").code == 2)
    }

    @Test("1 where a line of the checkpoints was altered", .database)
    func alteredCheckpoint() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        _ = try await Seed.account(installation.vault)
        try copyHeads(installation)
        let text = try String(contentsOfFile: installation.checkpoints, encoding: .utf8)
        try text.replacing("\"seq\":", with: "\"seq\":1", maxReplacements: 1)
            .write(toFile: installation.checkpoints, atomically: true, encoding: .utf8)
        let found = try installation.run("audit", "verify")
        #expect(found.code == 1 && found.said.contains("line 1"), "\(found.said)")
    }
}
