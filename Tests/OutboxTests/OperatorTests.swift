import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("Operators", .database, .serialized, .timeLimit(.minutes(5)))
struct OperatorTests {
    let fixture = OutboxFixture()
    var outbox: Outbox { fixture.outbox }

    @Test("see how many wait, fail and are buried, and which the mail server refuses for our sake")
    func backlog() async throws {
        let ids = [try await fixture.enqueue(), try await fixture.enqueue(), try await fixture.enqueue()]
        let jobs = try await fixture.claim()
        #expect(jobs.count == ids.count)
        try await fixture.work { tx in
            try await outbox.retry(jobs[0], after: .seconds(60), because: "smtp_refuses_us:greeting_554", in: tx)
            try await outbox.bury(jobs[1], because: "smtp_rcpt_550", in: tx)
        }
        let after = try await fixture.work { try await outbox.backlog(in: $0) }
        #expect(after.refused == 1 && after.retrying == 1)
        #expect(after.buried == 1 && after.running == 1 && after.due == 0)
        let seen = try await fixture.app.withTransaction(as: .nobody) { try await outbox.backlog(in: $0) }
        #expect(seen == after)
    }

    @Test("list what is stuck with its cause, and revive it by id, by cause or all of it")
    func revive() async throws {
        _ = try await fixture.work { try await outbox.revive(.all, in: $0) }
        let ids = [try await fixture.enqueue(), try await fixture.enqueue(), try await fixture.enqueue()]
        let jobs = try await fixture.claim()
        try await fixture.work { tx in
            for (job, word) in zip(jobs, ["first", "second", "second"]) {
                try await outbox.bury(job, because: word, in: tx)
            }
        }
        let stuck = try await fixture.work { try await outbox.stuck(limit: 10, in: $0) }
        #expect(Set(stuck.map(\.id)) == Set(ids) && stuck.allSatisfy { !$0.isSetAside })
        #expect(stuck.map(\.cause).sorted() == ["first", "second", "second"])
        for (selection, count) in [
            (Outbox.Selection.ids([jobs[0].id]), 1), (.cause("third"), 0), (.cause("second"), 2),
        ] {
            #expect(try await fixture.work { try await outbox.revive(selection, in: $0) } == count)
        }
        #expect(try await fixture.work { try await outbox.stuck(limit: 10, in: $0) }.isEmpty)
        #expect(try await fixture.claim().map(\.attempt) == [1, 1, 1])
        // What is not stuck is left alone.
        #expect(try await fixture.work { try await outbox.revive(.all, in: $0) } == 0)
    }
}
