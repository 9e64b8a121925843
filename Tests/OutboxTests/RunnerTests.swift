import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite("A runner", .database, .serialized, .timeLimit(.minutes(10)))
struct RunnerTests {
    let fixture = OutboxFixture()

    @Test("Two runners never run one job at once, and run each once")
    func exclusive() async throws {
        struct Seen {
            var running: Set<JobID> = []
            var runs: [JobID: Int] = [:]
            var overlapped = false
        }
        let seen = Mutex(Seen())
        let allDone = Signal()
        let handler: Runner.Handler = { job in
            seen.withLock { seen in
                if !seen.running.insert(job.id).inserted { seen.overlapped = true }
                seen.runs[job.id, default: 0] += 1
            }
            for _ in 0..<20 { await Task.yield() }
            let count = seen.withLock { seen in
                seen.running.remove(job.id)
                return seen.runs.count
            }
            if count == 120 { allDone.fire() }
            return .done
        }
        for number in 0..<120 { _ = try await fixture.enqueue(number) }
        let (one, two) = (fixture.runner(concurrency: 5, handler), fixture.runner(concurrency: 3, handler))
        async let first: Void = one.run()
        async let second: Void = two.run()
        try await allDone.wait()
        await one.stop()
        await two.stop()
        _ = await (first, second)
        seen.withLock { seen in
            #expect(!seen.overlapped)
            #expect(seen.runs.count == 120 && seen.runs.values.allSatisfy { $0 == 1 })
        }
        let left = try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                "SELECT count(*) FROM consilium.job WHERE kind = \(fixture.kind.rawValue) AND state <> 'done'")?
                .decode(Int.self)
        }
        #expect(left == 0)
    }

    @Test("The job of a killed worker is run when its lease has ended")
    func resumes() async throws {
        let id = try await fixture.enqueue()
        // This worker is never heard of again.
        let dead = try #require(try await fixture.claim(lease: .milliseconds(500)).first)
        let resumed = Signal()
        let runner = fixture.runner { job in
            #expect(job.id == dead.id && job.lease.fence > dead.lease.fence)
            resumed.fire()
            return .done
        }
        async let run: Void = runner.run()
        try await resumed.wait()
        await runner.stop()
        await run
        #expect(try await fixture.state(id) == ("done", 2, "lease_expired"))
    }

    @Test(
        "All that a killed worker held is under way again in as many slots before any of it has ended")
    func resumesAllAtOnce() async throws {
        var ids: Set<JobID> = []
        for number in 0..<8 { ids.insert(try await fixture.enqueue(number)) }
        // This worker is never heard of again.
        #expect(Set(try await fixture.claim(lease: .milliseconds(500)).map(\.id)) == ids)
        let begun = Mutex<Set<JobID>>([])
        let release = Signal()
        let runner = fixture.runner(concurrency: 8) { job in
            let count = begun.withLock { begun in
                begun.insert(job.id)
                return begun.count
            }
            // Nothing ends until the last has begun.
            if count == 8 { release.fire() }
            try await release.wait()
            return .done
        }
        async let run: Void = runner.run()
        try await release.wait()
        await runner.stop()
        await run
        #expect(begun.withLock { $0 } == ids)
        for id in ids { #expect(try await fixture.state(id) == ("done", 2, "lease_expired")) }
    }

    @Test("A long job keeps its lease by the heartbeat")
    func beats() async throws {
        let id = try await fixture.enqueue()
        let ended = Signal()
        let runner = fixture.runner(lease: .seconds(60), heartbeat: .milliseconds(50)) { job in
            // Until the lease has moved on twice.
            var leases: Set<Date?> = []
            while leases.count < 3 { leases.insert(try await fixture.lease(of: job.id)) }
            ended.fire()
            return .done
        }
        async let run: Void = runner.run()
        try await ended.wait()
        await runner.stop()
        await run
        #expect(try await fixture.state(id) == ("done", 1, nil))
    }

    @Test("A job whose lease was lost is cancelled and not finished")
    func cancelsTheLost() async throws {
        let id = try await fixture.enqueue()
        let (started, cancelled) = (Signal(), Signal())
        let runner = fixture.runner(concurrency: 1, heartbeat: .milliseconds(50)) { job in
            started.fire()
            defer { cancelled.fire() }
            try await Signal().wait()
            return .done
        }
        async let run: Void = runner.run()
        try await started.wait()
        try await fixture.lose(id)
        let other = try #require(try await fixture.claim().first)
        try await cancelled.wait()
        await runner.stop()
        await run
        #expect(try await fixture.state(id).state == "running")
        try await fixture.work { try await fixture.outbox.finish(other, in: $0) }
    }

    @Test("A job that comes back to the runner that lost it is another lease")
    func reclaims() async throws {
        let id = try await fixture.enqueue()
        let (started, again) = (Signal(), Signal())
        let runner = fixture.runner(concurrency: 2, heartbeat: .milliseconds(50)) { job in
            if job.attempt > 1 {
                again.fire()
                return .done
            }
            started.fire()
            try await Signal().wait()
            return .done
        }
        async let run: Void = runner.run()
        try await started.wait()
        try await fixture.lose(id)
        try await again.wait()
        await runner.stop()
        await run
        #expect(try await fixture.state(id) == ("done", 2, "lease_expired"))
    }

    @Test("Stopped, it claims nothing more and finishes what it holds")
    func drains() async throws {
        let held = try await fixture.enqueue()
        let (started, release) = (Signal(), Signal())
        // With its one place taken it asks for nothing: a claim that is under way when it is stopped may still bring one.
        let runner = fixture.runner(concurrency: 1) { job in
            #expect(job.id == held)
            started.fire()
            try await release.wait()
            return .done
        }
        async let run: Void = runner.run()
        try await started.wait()
        await runner.stop()
        let later = try await fixture.enqueue()
        release.fire()
        await run
        #expect(try await fixture.state(held) == ("done", 1, nil))
        #expect(try await fixture.state(later) == ("ready", 0, nil))
    }

    @Test("Cancelled, it gives back what it holds, at once and uncounted")
    func releases() async throws {
        let id = try await fixture.enqueue()
        let started = Signal()
        let runner = fixture.runner { _ in
            started.fire()
            try await Signal().wait()
            return .done
        }
        let run = Task { await runner.run() }
        try await started.wait()
        run.cancel()
        await run.value
        #expect(try await fixture.state(id) == ("ready", 0, nil))
    }

    @Test(
        "How a job ends is what its handler says",
        arguments: [
            (JobFailure.permanent("refused") as any Error, "buried", 1, "refused"),
            (JobFailure.transient("mail_away"), "ready", 1, "mail_away"),
            (JobFailure.needsOperator("refuses_us"), "ready", 1, "refuses_us"),
            (DatabaseUnavailable.busy, "ready", 1, "database"),
            (KeyedError(), "ready", 1, "unexpected"),
        ])
    func settles(error: any Error, state: String, attempts: Int, word: String) async throws {
        let id = try await fixture.enqueue()
        let called = Signal()
        let runner = fixture.runner { _ in
            called.fire()
            throw error
        }
        async let run: Void = runner.run()
        try await called.wait()
        await runner.stop()
        await run
        #expect(try await fixture.state(id) == (state, attempts, word))
    }

    @Test("A postponed job waits without losing an attempt")
    func postpones() async throws {
        let id = try await fixture.enqueue()
        let called = Signal()
        let runner = fixture.runner { _ in
            called.fire()
            return .postponed(until: Date(timeIntervalSinceNow: 3600))
        }
        async let run: Void = runner.run()
        try await called.wait()
        await runner.stop()
        await run
        #expect(try await fixture.state(id) == ("ready", 0, nil))
    }

    @Test("A notification wakes a runner that looks by itself every ten minutes")
    func wakes() async throws {
        let release = Signal()
        let (calls, called) = AsyncStream<Void>.makeStream()
        let runner = fixture.runner(concurrency: 9, poll: .seconds(600)) { _ in
            called.yield()
            try await release.wait()
            return .done
        }
        async let run: Void = runner.run()
        let outbox = Outbox(notifier: JobNotifier(fixture.app))
        var started = calls.makeAsyncIterator()
        // Without a notification it looks twice: when it starts and when its listener is there. No job ends meanwhile.
        var jobs: [JobID] = []
        for number in 0..<5 {
            let job = try Job(fixture.kind, payload: number)
            try await fixture.app.withTransaction(as: .nobody) { tx in try await outbox.enqueue(job, in: tx) }
            await started.next()
            jobs.append(job.id)
        }
        for job in jobs { #expect(try await fixture.state(job) == ("running", 1, nil)) }
        release.fire()
        await runner.stop()
        await run
    }
}

private struct KeyedError: Error {}
