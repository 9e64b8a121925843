import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("The job of a notice", .database, .timeLimit(.minutes(5)))
struct NotificationJobTests {
    private let fixture = NotificationFixture()
    private var vault: Vault { fixture.vault }
    private var owner: Database { fixture.owner }
    private var worker: Database { fixture.worker }
    private var outbox: Outbox { fixture.outbox }

    @Test("An attempt that died after the server took the mail sends it again under the same id")
    func repeatsUnderOneID() async throws {
        let patient = try await Seed.account(vault)
        let notice = Notice(to: .account(patient), .passwordChanged)
        let box = NotificationFixture.MailRecorder()
        let job = try await fixture.claim(notice)
        struct Killed: Error {}
        let dying = try fixture.sender(
            MailChannel { mail, _ in
                box.take(mail)
                throw Killed()
            })
        await #expect(throws: Killed.self) { try await dying.deliver(job) }
        #expect(try #require(try await fixture.delivery(notice.id)) == ("pending", 1))
        let living = try fixture.sender(
            MailChannel { mail, preSendCheck in
                try await preSendCheck()
                box.take(mail)
            })
        #expect(try await living.deliver(job) == .done)
        #expect(box.texts.count == 2)
        let ids = box.texts.compactMap { $0.firstMatch(of: /Message-ID: (.*)\n/)?.1 }
        #expect(Set(ids).count == 1 && ids.count == 2)
        #expect(try #require(try await fixture.delivery(notice.id)) == ("sent", 2))

        // Once it is noted as sent, no later attempt sends anything.
        #expect(try await living.deliver(job) == .done)
        #expect(box.texts.count == 2)
    }

    @Test("A worker that lost its lease sends nothing")
    func asksForItsLease() async throws {
        let patient = try await Seed.account(vault)
        let job = try await fixture.claim(Notice(to: .account(patient), .passwordChanged))
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.job SET fence = fence + 1 WHERE id = \(job.id)")
        }
        let box = NotificationFixture.MailRecorder()
        await #expect(throws: LeaseLost()) {
            try await fixture.sender(
                MailChannel { mail, preSendCheck in
                    try await preSendCheck()
                    box.take(mail)
                }
            ).deliver(job)
        }
        #expect(box.all.isEmpty)
    }

    @Test(
        "What a server refuses for good ends the job, what it refuses for now or to us does not",
        arguments: [
            (MailFailure.refused("smtp_rcpt_550"), JobFailure.permanent("smtp_rcpt_550")),
            (.transient("smtp_rcpt_451"), .transient("smtp_rcpt_451")),
            (.refusesUs("smtp_refuses_us:x"), .needsOperator("smtp_refuses_us:x")),
        ])
    func passesFailuresOn(failure: MailFailure, expected: JobFailure) async throws {
        let patient = try await Seed.account(vault)
        let notice = Notice(to: .account(patient), .passwordChanged)
        let job = try await fixture.claim(notice)
        await #expect(throws: expected) {
            try await fixture.sender(MailChannel { _, _ in throw failure }).deliver(job)
        }
        #expect(try await fixture.delivery(notice.id)?.state == "pending")
    }

    @Test("A buried job's delivery has failed; revived, both live again, and the mail goes out under its old id")
    func revives() async throws {
        let patient = try await Seed.account(vault)
        let notice = Notice(to: .account(patient), .passwordChanged)
        let kind = JobKind(rawValue: "test.revived")
        try await owner.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(Job(kind, payload: notice, id: JobID(rawValue: notice.id.rawValue)), in: tx)
        }
        let job = try await fixture.claimAgain(kind)
        let refused = MailFailure.refused("smtp_rcpt_550_5.1.1")
        await #expect(throws: JobFailure.permanent("smtp_rcpt_550_5.1.1")) {
            try await fixture.sender(MailChannel { _, _ in throw refused }).deliver(job)
        }
        try await worker.withTransaction(as: .nobody) {
            try await outbox.bury(job, because: "smtp_rcpt_550_5.1.1", in: $0)
        }
        #expect(try #require(try await fixture.delivery(notice.id)) == ("failed", 1))
        let stuck = try await worker.withTransaction(as: .nobody) { try await outbox.stuck(limit: 1000, in: $0) }
        #expect(stuck.first { $0.id == job.id }?.cause == "smtp_rcpt_550_5.1.1")

        let count = try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.revive(.ids([job.id]), in: tx)
        }
        #expect(count == 1)
        #expect(try #require(try await fixture.delivery(notice.id)) == ("pending", 1))
        let box = NotificationFixture.MailRecorder()
        let again = try await fixture.claimAgain(kind)
        #expect(again.attempt == 1)
        let living = try fixture.sender(MailChannel { mail, _ in box.take(mail) })
        #expect(try await living.deliver(again) == .done)
        try await worker.withTransaction(as: .nobody) { try await outbox.finish(again, in: $0) }
        #expect(box.texts.first?.contains("Message-ID: <\(notice.id)@consilium.example>\n") == true)
        #expect(try #require(try await fixture.delivery(notice.id)) == ("sent", 2))
    }

    @Test("Whatever ends a job ends its delivery: the last attempt, a worker's death at it, a job done without a mail")
    func endsTogether() async throws {
        let patient = try await Seed.account(vault)
        func begun() async throws -> (notice: Notice, job: ClaimedJob) {
            let notice = Notice(to: .account(patient), .passwordChanged)
            let kind = JobKind(rawValue: "test.\(notice.id.description.replacing("-", with: ""))")
            try await owner.withTransaction(as: .nobody) { tx in
                try await outbox.enqueue(
                    Job(kind, payload: notice, maxAttempts: 1, id: JobID(rawValue: notice.id.rawValue)), in: tx)
            }
            let job = try await fixture.claimAgain(kind)
            await #expect(throws: JobFailure.transient("away")) {
                try await fixture.sender(MailChannel { _, _ in throw MailFailure.transient("away") }).deliver(job)
            }
            return (notice, job)
        }
        let last = try await begun()
        try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.retry(last.job, after: .zero, because: "away", in: tx)
        }
        #expect(try await fixture.delivery(last.notice.id)?.state == "failed")

        let died = try await begun()
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute("UPDATE consilium.job SET lease_until = now() WHERE id = \(died.job.id)")
        }
        try await worker.withTransaction(as: .nobody) { try await outbox.recover(in: $0) }
        #expect(try await fixture.delivery(died.notice.id)?.state == "failed")

        let done = try await begun()
        try await worker.withTransaction(as: .nobody) { try await outbox.finish(done.job, in: $0) }
        #expect(try await fixture.delivery(done.notice.id)?.state == "dropped")
    }
}
