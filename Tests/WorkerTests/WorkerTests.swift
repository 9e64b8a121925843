import Clinic
import FoundationEssentials
import Notifications
import Outbox
import Postgres
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Vault
import Worker

@Suite("The worker", .database, .serialized, .timeLimit(.minutes(10)))
struct WorkerTests {
    let vault = Vault(.generate())
    let folder = "/tmp/worker-\(UUID().uuidString)"

    /// A worker in a group of its own.
    private func group(_ channel: MailChannel, leavesWithin deadline: Duration = .seconds(600)) throws -> ServiceGroup {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var settings = WorkerSettings(checkpoints: "\(folder)/checkpoints.jsonl")
        settings.shutdownDeadline = deadline
        let worker = buildWorker(
            settings, database: TestDatabase.current.worker,
            vault: vault, channel: channel,
            mail: try MailSettings(sender: "no-reply@consilium.example", linkBase: "https://c.example"),
            logger: TestDatabase.current.logger)
        return ServiceGroup(services: [worker], logger: TestDatabase.current.logger)
    }

    private func tell(_ account: AccountID) async throws -> NoticeID {
        let notice = Notice(to: .account(account), .passwordChanged)
        let outbox = Outbox(notifier: JobNotifier(TestDatabase.current.app))
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(notice, in: tx)
        }
        return notice.id
    }

    private func state(_ notice: NoticeID) async throws -> String? {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT state::text FROM consilium.job WHERE id = \(notice)")?.decode(String.self)
        }
    }

    @Test("It delivers what was committed, copies the audit heads, and stops when told")
    func works() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let group = try group(.files(folder))
        let account = try await Seed.account(vault)
        let run = Task { try await group.run() }
        let notice = try await tell(account)
        try await wait(for: "the notice to be delivered") { try await state(notice) == "done" }
        await group.triggerGracefulShutdown()
        try await run.value
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["\(notice).eml", "checkpoints.jsonl"])
    }

    @Test("Told to stop, it ends the mail that it is in the middle of, and begins no other")
    func drains() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (started, start) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let group = try group(
            MailChannel { _, _ in
                start.finish()
                for await _ in released {}
            })
        let account = try await Seed.account(vault)
        let run = Task { try await group.run() }
        let first = try await tell(account)
        for await _ in started {}
        await group.triggerGracefulShutdown()
        // The runner hears of it in a task of its own: what it claims until then it also ends.
        release.finish()
        try await run.value
        let second = try await tell(account)
        #expect(try await state(first) == "done")
        #expect(try await state(second) == "ready")
    }

    @Test(
        "Told to stop, it cancels what does not end in time, and the job is another worker's")
    func leaves() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (started, start) = AsyncStream<Void>.makeStream()
        let hasLeft = Mutex(false)
        let group = try group(
            MailChannel(
                send: { _, _ in
                    start.finish()
                    // A server that never answers.
                    try await Task.sleep(for: .seconds(3600))
                }, close: { hasLeft.withLock { $0 = true } }),
            leavesWithin: .milliseconds(10))
        let account = try await Seed.account(vault)
        let run = Task { try await group.run() }
        let notice = try await tell(account)
        for await _ in started {}
        await group.triggerGracefulShutdown()
        try await run.value
        #expect(try await state(notice) == "ready")
        #expect(hasLeft.withLock { $0 })
    }
}
