import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Rig
import TestSupport
import Testing
import Vault

@testable import Notifications

@Suite("Delivery through a mail server", .database, .timeLimit(.minutes(10)))
struct DeliveryTests {
    @Test("Every mail arrives though the server puts off every third")
    func arrives() async throws {
        let vault = Vault(.generate())
        var script = SMTPServer.Script()
        script.toContent = { $0 % 3 == 2 ? "451 try later" : nil }
        let server = try SMTPServer(script)
        defer { server.stop() }
        let (worker, app, owner) = (TestDatabase.current.worker, TestDatabase.current.app, TestDatabase.current.owner)
        let outbox = Outbox(notifier: JobNotifier(app))
        let sender = NotificationSender(
            database: worker, vault: vault, outbox: outbox,
            channel: .smtp(SMTPSettings(host: "127.0.0.1", port: server.port, security: .none)),
            settings: try MailSettings(sender: "no-reply@consilium.example", linkBase: "https://c.example"))

        let patient = try await Seed.account(vault)
        let notices = (0..<12).map { _ in Notice(to: .account(patient), .passwordChanged) }
        let (settled, settle) = AsyncStream<Void>.makeStream()
        let runner = Runner(
            outbox, database: worker, logger: TestDatabase.current.logger,
            handlers: [
                .notice: { job in
                    let outcome = try await sender.deliver(job)
                    settle.yield()
                    return outcome
                }
            ])
        async let run: Void = runner.run()
        try await app.withTransaction(as: .nobody) { tx in
            for notice in notices { try await outbox.enqueue(notice, in: tx) }
        }
        var arrivals = settled.makeAsyncIterator()
        for _ in notices { await arrivals.next() }
        await runner.stop()
        await run

        let ids = server.taken.compactMap { $0.content.firstMatch(of: /Message-ID: <(.*)@/).map { String($0.1) } }
        #expect(ids.count == 12 && Set(ids) == Set(notices.map(\.id.description)))
        let states = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT d.state::text || '/' || j.state::text FROM consilium.delivery d
                JOIN consilium.job j ON j.id = d.notification_id
                """
            ).map { try $0.decode(String.self) }
        }
        #expect(states == Array(repeating: "sent/done", count: 12))
    }
}
