import Clinic
import FoundationEssentials
import Glibc
import Notifications
import Outbox
import Postgres
import Rig
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Vault
import Worker

@Suite("A worker whose mail server hangs", .database, .timeLimit(.minutes(10)))
struct WorkerLeaveTests {
    let vault = Vault(.generate())
    let folder = "/tmp/worker-\(UUID().uuidString)"

    /// A worker that cancels at once what is under way when it is told to stop.
    private func group(_ server: SMTPServer) throws -> ServiceGroup {
        var settings = WorkerSettings(checkpoints: "\(folder)/checkpoints.jsonl")
        settings.shutdownDeadline = .milliseconds(10)
        let worker = buildWorker(
            settings, database: TestDatabase.current.worker, vault: vault,
            channel: .smtp(SMTPSettings(host: "127.0.0.1", port: server.port, security: .none)),
            mail: try MailSettings(sender: "no-reply@consilium.example", linkBase: "https://c.example"),
            logger: TestDatabase.current.logger)
        return ServiceGroup(services: [worker], logger: TestDatabase.current.logger)
    }

    private func states() async throws -> [String] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT DISTINCT j.state::text || '/' || d.state::text FROM consilium.job j
                LEFT JOIN consilium.delivery d ON d.notification_id = j.id
                """
            ).map { try $0.decode(String.self) }
        }
    }

    @Test(
        "leaves in time with a mail under way in every slot; the jobs are another's, who sends each once")
    func hangs() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // It answers no recipient until it is mended, and no QUIT ever.
        let (isMended, waiting) = (Flag(), AsyncStream<Void>.makeStream())
        var script = SMTPServer.Script()
        script.answersQuit = false
        script.toRecipient = { _ in
            waiting.continuation.yield()
            isMended.waitAtMost()
            return nil
        }
        let server = try SMTPServer(script)
        defer {
            isMended.set()
            server.stop()
        }
        let account = try await Seed.account(vault)
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            for _ in 0..<8 { try await Outbox().enqueue(Notice(to: .account(account), .passwordChanged), in: tx) }
        }
        let hanging = try group(server)
        let run = Task { try await hanging.run() }
        var arrivals = waiting.stream.makeAsyncIterator()
        for _ in 0..<8 { await arrivals.next() }
        await hanging.triggerGracefulShutdown()
        try await run.value
        // The server still answers nothing: the worker left by itself.
        #expect(!isMended.isSet)
        #expect(try await states() == ["ready/pending"])
        #expect(server.taken.isEmpty)

        isMended.set()
        let next = try group(server)
        let second = Task { try await next.run() }
        try await wait(for: "all mails to be sent") { try await states() == ["done/sent"] }
        await next.triggerGracefulShutdown()
        try await second.value
        let ids = server.taken.compactMap { $0.content.firstMatch(of: /Message-ID: <(.*)@/)?.1 }
        #expect(ids.count == 8 && Set(ids).count == 8)
    }

    private final class Flag: Sendable {
        private let state = Atomic(false)
        var isSet: Bool { state.load(ordering: .relaxed) }
        func set() { state.store(true, ordering: .relaxed) }

        /// Blocks the thread until it is set, and no longer than a test waits.
        func waitAtMost() {
            let end = ContinuousClock.now + patience * 2
            while !isSet, ContinuousClock.now < end { usleep(1_000) }
        }
    }
}
