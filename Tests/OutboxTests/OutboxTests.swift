import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("The outbox", .database, .timeLimit(.minutes(5)))
struct OutboxTests {
    let fixture = OutboxFixture()
    var outbox: Outbox { fixture.outbox }

    @Test("A job is there once its transaction has committed, with its payload")
    func enqueues() async throws {
        let id = try await fixture.enqueue(7)
        let claimed = try await fixture.claim()
        #expect(claimed.map(\.id) == [id])
        #expect(try claimed.first?.decode(Int.self) == 7)
        #expect(claimed.first?.attempt == 1)
        #expect(throws: JobFailure.permanent("unreadable_payload")) { try claimed.first?.decode([String].self) }
    }

    @Test("A transaction that is taken back leaves no job")
    func rollsBack() async throws {
        struct Stop: Error {}
        let job = try Job(fixture.kind, payload: 1)
        await #expect(throws: Stop.self) {
            try await fixture.app.withTransaction(as: .nobody) { tx in
                try await outbox.enqueue(job, in: tx)
                throw Stop()
            }
        }
        #expect(try await fixture.claim().isEmpty)
        #expect(try await fixture.state(job.id).state == "gone")
    }

    @Test("A notice becomes a job under its own id, once")
    func enqueuesNotices() async throws {
        let notice = Notice(to: .account(.random()), .passwordChanged)
        let later = Date(timeIntervalSinceNow: 3600)
        try await fixture.app.withTransaction(as: .nobody) { tx in try await outbox.enqueue(notice, at: later, in: tx) }
        #expect(try await fixture.state(JobID(rawValue: notice.id.rawValue)).state == "ready")
        await #expect(throws: DatabaseError.self) {
            try await fixture.app.withTransaction(as: .nobody) { tx in try await outbox.enqueue(notice, in: tx) }
        }
    }

    @Test("Jobs are claimed when they are due, the longest due first, each by one")
    func claimsInOrder() async throws {
        let second = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: -10))
        let first = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: -20))
        _ = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: 60))
        #expect(try await fixture.claim(1).map(\.id) == [first])
        #expect(try await fixture.claim().map(\.id) == [second])
        #expect(try await fixture.claim().isEmpty)
    }

    @Test("A worker that lost its lease can end the job in no way")
    func fences() async throws {
        let id = try await fixture.enqueue()
        let old = try #require(try await fixture.claim().first)
        #expect(try await fixture.work { try await outbox.isHeld(old, in: $0) })
        try await fixture.expire(id)
        #expect(try await fixture.work { try await !outbox.isHeld(old, in: $0) })
        try await fixture.lose(id)
        let new = try #require(try await fixture.claim().first)
        #expect(new.id == id && new.lease.fence > old.lease.fence && new.attempt == 2)

        await #expect(throws: LeaseLost()) { try await fixture.work { try await outbox.finish(old, in: $0) } }
        await #expect(throws: LeaseLost()) { try await fixture.work { try await outbox.release(old, in: $0) } }
        await #expect(throws: LeaseLost()) {
            try await fixture.work { try await outbox.bury(old, because: "x", in: $0) }
        }
        await #expect(throws: LeaseLost()) {
            try await fixture.work { try await outbox.retry(old, after: .zero, because: "x", in: $0) }
        }
        #expect(
            try await fixture.work { try await outbox.renew([old, new], lease: .seconds(10), in: $0) } == [new.lease])
        #expect(try await fixture.work { try await outbox.renew([old], lease: .seconds(10), in: $0) }.isEmpty)

        try await fixture.work { try await outbox.finish(new, in: $0) }
        #expect(try await fixture.state(id).state == "done")
        await #expect(throws: LeaseLost()) { try await fixture.work { try await outbox.finish(new, in: $0) } }
    }

    @Test("A job that fails is tried again, and buried after its last attempt")
    func buries() async throws {
        let id = try await fixture.enqueue(maxAttempts: 2)
        let first = try #require(try await fixture.claim().first)
        try await fixture.work { try await outbox.retry(first, after: .zero, because: "mail_away", in: $0) }
        #expect(try await fixture.state(id) == ("ready", 1, "mail_away"))
        let second = try #require(try await fixture.claim().first)
        #expect(second.isLastAttempt && !first.isLastAttempt)
        try await fixture.work { try await outbox.retry(second, after: .zero, because: "mail_away", in: $0) }
        #expect(try await fixture.state(id) == ("buried", 2, "mail_away"))
        #expect(try await fixture.claim().isEmpty)
    }

    @Test("A retry waits")
    func waits() async throws {
        _ = try await fixture.enqueue()
        let job = try #require(try await fixture.claim().first)
        try await fixture.work { try await outbox.retry(job, after: .seconds(60), because: "x", in: $0) }
        #expect(try await fixture.claim().isEmpty)
    }

    @Test("A job that kills its worker each time is buried, too")
    func buriesKillers() async throws {
        let id = try await fixture.enqueue(maxAttempts: 1)
        _ = try await fixture.claim()
        try await fixture.lose(id)
        #expect(try await fixture.state(id) == ("buried", 1, "lease_expired"))
    }

    @Test("What a dead worker held does not go behind what came later")
    func keepsItsPlace() async throws {
        let first = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: -20))
        #expect(try await fixture.claim(1).map(\.id) == [first])
        _ = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: -10))
        try await fixture.lose(first)
        #expect(try await fixture.claim(1).map(\.id) == [first])
    }

    @Test("A job that killed two workers is set aside; the neighbours that it took with it go on")
    func setsAside() async throws {
        let killer = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: -30))
        let neighbour = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: -20))
        #expect(Set(try await fixture.claim().map(\.id)) == [killer, neighbour])
        #expect(try await fixture.lose([killer, neighbour]).isEmpty)
        // Whoever lost a worker is tried alone, and those who did not beside it.
        let late = try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: -10))
        let trial = try await fixture.claim()
        #expect(Set(trial.map(\.id)) == [killer, late])
        #expect(trial.filter(\.isSuspect).map(\.id) == [killer])
        #expect(try await fixture.lose([killer, late]) == [killer])
        #expect(try await fixture.state(killer) == ("ready", 2, "killed_workers"))
        for survivor in [neighbour, late] {
            let job = try #require(try await fixture.claim().first)
            #expect(job.id == survivor)
            try await fixture.work { try await outbox.finish(job, in: $0) }
        }
        #expect(try await fixture.claim().isEmpty)

        #expect(try await fixture.work { try await outbox.revive(.ids([killer]), in: $0) } == 1)
        #expect(try await fixture.claim().map(\.id) == [killer])
    }

    @Test("A worker that has a suspect takes no other, and passes over them for what is above suspicion")
    func triesOneSuspectAtATime() async throws {
        let suspects = [try await fixture.enqueue(), try await fixture.enqueue()]
        _ = try await fixture.claim()
        try await fixture.lose(suspects)
        let fresh = try await fixture.enqueue()
        let claimed = try await fixture.work { tx in
            try await outbox.claim(
                [fixture.kind], limit: 10, takesSuspect: false, lease: .seconds(10), worker: UUID(), in: tx)
        }
        #expect(claimed.map(\.id) == [fresh])
    }

    @Test("Suspects that lose a second worker together are not set aside; from then on each begins alone")
    func clearsTheirNames() async throws {
        let (one, other) = (try await fixture.enqueue(), try await fixture.enqueue())
        _ = try await fixture.claim()
        try await fixture.lose([one, other])
        let worker = UUID()
        // The first is no longer alone when the second joins it.
        #expect(try await fixture.claim(by: worker).map(\.id) == [one])
        #expect(try await fixture.claim(by: worker).map(\.id) == [other])
        #expect(try await fixture.lose([one, other]).isEmpty)
        #expect(try await fixture.state(one) == ("ready", 2, "lease_expired"))

        #expect(try await fixture.claim(by: worker).map(\.id) == [one])
        #expect(try await fixture.claim(by: worker).isEmpty)
        #expect(try await fixture.lose([one]) == [one])
        let innocent = try #require(try await fixture.claim(by: worker).first)
        #expect(innocent.id == other)
        try await fixture.work { try await outbox.finish(innocent, in: $0) }
    }

    @Test("What lost one worker joins a suspect that lost two, which is then not blamed for what happens")
    func joins() async throws {
        let strong = try await fixture.enqueue()
        let (weak, worker) = (try await fixture.enqueue(runAt: Date(timeIntervalSinceNow: 3600)), UUID())
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.job SET deaths = 2 WHERE id = \(strong)")
        }
        #expect(try await fixture.claim(by: worker).map(\.id) == [strong])
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.job SET deaths = 1, run_at = now() WHERE id = \(weak)")
        }
        #expect(try await fixture.claim(by: worker).map(\.id) == [weak])
        #expect(try await fixture.lose([strong, weak]).isEmpty)
    }

    @Test("What a job failed at while its worker lived ends the suspicion")
    func countsDeathsInARow() async throws {
        let id = try await fixture.enqueue(maxAttempts: 20)
        for _ in 0..<3 {
            _ = try #require(try await fixture.claim(1).first)
            try await fixture.lose(id)
            let job = try #require(try await fixture.claim(1).first)
            try await fixture.work { try await outbox.retry(job, after: .zero, because: "mail_away", in: $0) }
        }
        #expect(try await fixture.claim(1).map(\.isSuspect) == [false])
    }

    @Test("A job that is put off or given back keeps its attempts")
    func postpones() async throws {
        let id = try await fixture.enqueue()
        let job = try #require(try await fixture.claim().first)
        try await fixture.work { try await outbox.postpone(job, until: Date(timeIntervalSinceNow: 60), in: $0) }
        #expect(try await fixture.state(id) == ("ready", 0, nil))
        #expect(try await fixture.claim().isEmpty)
    }

    @Test("A job that is put off until a time that is over waits for a second, behind the others")
    func postponesAhead() async throws {
        let id = try await fixture.enqueue()
        let job = try #require(try await fixture.claim().first)
        let other = try await fixture.enqueue()
        try await fixture.work { try await outbox.postpone(job, until: Date(timeIntervalSinceNow: -2400), in: $0) }
        let isAhead = try await fixture.work { tx in
            try await tx.first(
                "SELECT run_at > clock_timestamp() FROM consilium.job WHERE id = \(id) AND run_at <= now() + interval '2 s'"
            )?.decode(Bool.self)
        }
        #expect(isAhead == true)
        #expect(try await fixture.claim(1).map(\.id) == [other])
    }

    @Test("Only what ended long ago is forgotten")
    func cleans() async throws {
        let (old, recent, buried) = (
            try await fixture.enqueue(), try await fixture.enqueue(), try await fixture.enqueue()
        )
        for job in try await fixture.claim() {
            try await fixture.work { tx in
                if job.id == buried {
                    try await outbox.bury(job, because: "x", in: tx)
                } else {
                    try await outbox.finish(job, in: tx)
                }
            }
        }
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                UPDATE consilium.job SET finished_at = now() - interval '2 days' WHERE id = ANY (\([old, buried]))
                """)
        }
        _ = try await fixture.work {
            try await outbox.clean(done: .seconds(86_400), buried: .seconds(86_400 * 90), limit: 1000, in: $0)
        }
        #expect(try await fixture.state(old).state == "gone")
        #expect(try await fixture.state(recent).state == "done")
        #expect(try await fixture.state(buried).state == "buried")
    }

    @Test("The gateway's role asks for jobs and reads none")
    func hidesJobs() async throws {
        let error = await #expect(throws: DatabaseError.self) {
            try await fixture.app.withTransaction(as: .nobody) { tx in
                _ = try await tx.query("SELECT id FROM consilium.job")
            }
        }
        #expect(error?.isInsufficientPrivilege == true)
    }

    @Test("A payload with room for prose is refused by the database")
    func boundsPayloads() async throws {
        let job = try Job(fixture.kind, payload: String(repeating: "x", count: 2100))
        let error = await #expect(throws: DatabaseError.self) {
            try await fixture.app.withTransaction(as: .nobody) { tx in try await outbox.enqueue(job, in: tx) }
        }
        #expect(error?.isCheckViolation == true)
    }

    @Test(
        "The wait doubles with each attempt up to a quarter of an hour, between half and all of it",
        arguments: [(1, 2.0), (2, 4), (3, 8), (9, 512), (10, 900), (25, 900), (0, 2)])
    func backsOff(attempt: Int, seconds: Double) {
        for _ in 0..<100 {
            let delay = Backoff.delay(after: attempt)
            #expect(delay >= .seconds(seconds / 2) && delay <= .seconds(seconds))
        }
    }
}
