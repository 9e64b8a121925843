import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Synchronization
import TestSupport

/// What the tests of this module share: a kind of job of the test's own, so that tests in one database do not meet.
struct OutboxFixture {
    let kind = JobKind(rawValue: "test.\(UUID().uuidString.prefix(8).lowercased())")
    let outbox = Outbox()
    let app = TestDatabase.current.app
    let worker = TestDatabase.current.worker
    let owner = TestDatabase.current.owner

    func enqueue(_ payload: Int = 0, maxAttempts: Int = 5, runAt: Date? = nil) async throws -> JobID {
        let job = try Job(kind, payload: payload, runAt: runAt, maxAttempts: maxAttempts)
        try await app.withTransaction(as: .nobody) { tx in try await outbox.enqueue(job, in: tx) }
        return job.id
    }

    func claim(
        _ limit: Int = 10, lease: Duration = .seconds(10), by id: UUID = UUID()
    ) async throws -> [ClaimedJob] {
        try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.claim([kind], limit: limit, lease: lease, worker: id, in: tx)
        }
    }

    func work<Value: Sendable>(_ body: @Sendable (Transaction) async throws -> Value) async throws -> Value {
        try await worker.withTransaction(as: .nobody) { tx in try await body(tx) }
    }

    func state(_ id: JobID) async throws -> (state: String, attempts: Int, error: String?) {
        try await owner.withTransaction(as: .nobody) { tx in
            guard
                let row = try await tx.first(
                    "SELECT state::text, attempts, last_error::text FROM consilium.job WHERE id = \(id)")
            else { return ("gone", 0, nil) }
            return try row.decode(String.self, Int.self, String?.self)
        }
    }

    /// As if its worker had been silent for longer than its lease.
    func expire(_ id: JobID) async throws {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                "UPDATE consilium.job SET lease_until = now() - interval '1 second' WHERE id = \(id)")
        }
    }

    /// As if its worker had been silent for longer than its lease, and another had found that out: in one step, between
    /// whose parts neither a heartbeat nor a recovery of somebody else's comes; nor does one that began before still hold
    /// the job while it looks at it again, so that a claim would pass it over.
    @discardableResult
    func lose(_ ids: [JobID]) async throws -> [JobID] {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("LOCK TABLE consilium.job IN SHARE ROW EXCLUSIVE MODE")
            try await tx.execute(
                """
                UPDATE consilium.job SET lease_until = now() - interval '1 second'
                WHERE id = ANY (\(ids)) AND state = 'running'
                """)
            return try await outbox.recover(in: tx)
        }
    }

    func lose(_ id: JobID) async throws { try await lose([id]) }

    /// Until when its worker holds it.
    func lease(of id: JobID) async throws -> Date? {
        try await worker.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT lease_until FROM consilium.job WHERE id = \(id)")?.decode(Date?.self) ?? nil
        }
    }

    func runner(
        concurrency: Int = 4, lease: Duration = .seconds(10), heartbeat: Duration = .seconds(3),
        poll: Duration = .milliseconds(50), _ handler: @escaping Runner.Handler
    ) -> Runner {
        var settings = Runner.Settings()
        settings.concurrency = concurrency
        settings.lease = lease
        settings.heartbeat = heartbeat
        settings.poll = poll
        return Runner(
            outbox, database: worker, settings: settings, logger: TestDatabase.current.logger,
            handlers: [kind: handler])
    }
}

/// Something that happens once, and can be waited for.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func fire() { continuation.finish() }

    /// - Throws: `CancellationError`
    func wait() async throws {
        for await _ in stream {}
        try Task.checkCancellation()
    }
}
