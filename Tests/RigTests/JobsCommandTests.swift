import Clinic
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("Jobs that no worker takes are listed and revived", .database)
struct JobsCommandTests {
    private func bury(_ installation: Installation, because word: String) async throws -> String {
        let account = try await Seed.account(installation.vault)
        return try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await Outbox().enqueue(Notice(to: .account(account), .passwordChanged), in: tx)
            try await tx.execute(
                """
                UPDATE consilium.job SET state = 'running', worker_id = gen_random_uuid(),
                    lease_until = clock_timestamp() + interval '1 minute' WHERE state = 'ready'
                """)
            let buried = try await tx.first(
                """
                UPDATE consilium.job SET state = 'buried', attempts = 3, last_error = \(word),
                    worker_id = NULL, lease_until = NULL, finished_at = clock_timestamp()
                WHERE state = 'running' RETURNING id
                """)
            return try #require(buried).decode(JobID.self).description
        }
    }

    @Test("By id, by cause, all of them; what is not stuck is left alone")
    func revive() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        var jobs: [String] = []
        for word in ["first", "second", "second", "third"] { jobs.append(try await bury(installation, because: word)) }
        let listed = try installation.run("jobs", "stuck")
        #expect(listed.code == 0)
        let lines = listed.said.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(lines.map { String($0[0]) } == jobs)
        #expect(lines.allSatisfy { $0.count == 6 && $0[1] == "notice" && $0[2] == "buried" && $0[4] == "3" })
        #expect(lines.map { $0[3] } == ["first", "second", "second", "third"])
        #expect(try installation.run("jobs", "stuck", "--limit", "2").said.split(separator: "\n").count == 2)

        for (arguments, count) in [([jobs[0]], 1), ([jobs[0]], 0), (["--cause", "second"], 2), (["--all"], 1)] {
            let revived = try installation.run(["jobs", "revive"] + arguments)
            #expect(revived.said == "\(count) revived\n" && revived.code == (count > 0 ? 0 : 1), "\(arguments)")
        }
        #expect(try installation.run("jobs", "stuck").said.isEmpty)
    }

    @Test("What names no job, or in two ways, is refused")
    func refused() throws {
        let installation = try Installation()
        defer { installation.remove() }
        for (arguments, says) in [
            (["revive", "7"], "7 is not the id of a job"), (["revive", "--all", "--cause", "x"], "name ids, or"),
            (["stuck", "--limit", "0"], "--limit must be at least 1"),
        ] {
            let refused = try installation.run(["jobs"] + arguments)
            #expect(refused.code == 64 && refused.said.contains(says), "\(refused.said)")
        }
    }
}
