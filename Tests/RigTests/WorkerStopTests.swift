import Clinic
import Foundation
import Glibc
import Outbox
import Postgres
import Rig
import Synchronization
import TestSupport
import Testing

@Suite("A worker that systemd tells to stop", .database, .serialized)
struct WorkerStopTests {
    /// A mail server that takes each mail and answers once it is opened, and that answers no QUIT ever.
    private final class SlowServer: Sendable {
        private let isOpen = Atomic(false)
        private let offers = Atomic(0)

        /// Mails that wait for an answer, or had one.
        var offered: Int { offers.load(ordering: .relaxed) }

        func open() { isOpen.store(true, ordering: .relaxed) }

        func start() throws -> SMTPServer {
            var script = SMTPServer.Script()
            script.answersQuit = false
            script.toContent = { [self] _ in
                offers.add(1, ordering: .relaxed)
                while !isOpen.load(ordering: .relaxed) { usleep(1_000) }
                return nil
            }
            return try SMTPServer(script)
        }
    }

    /// After which systemd kills it.
    private static func unitLimit() throws -> Duration {
        let unit = try String(
            contentsOfFile: "\(Cluster.repository)/Deploy/systemd/consilium-worker.service", encoding: .utf8)
        return .seconds(try #require(unit.firstMatch(of: /\nTimeoutStopSec=([0-9]+)\n/).flatMap { Int($0.1) }))
    }

    /// How many jobs there are of each state, with that of their delivery.
    private func states() async throws -> [String: Int] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT j.state::text || '/' || coalesce(d.state::text, 'none'), count(*) FROM consilium.job j
                LEFT JOIN consilium.delivery d ON d.notification_id = j.id GROUP BY 1
                """
            ).reduce(into: [:]) { states, row in
                let (state, count) = try row.decode(String.self, Int.self)
                states[state] = count
            }
        }
    }

    private static func ids(_ server: SMTPServer) -> [Substring] {
        server.taken.compactMap { $0.content.firstMatch(of: /Message-ID: <(.*)@/)?.1 }
    }

    @Test(
        "leaves within its unit's limit though a mail is under way in every slot, and nothing is sent twice",
        .timeLimit(.minutes(10)))
    func leaves() async throws {
        let slow = SlowServer()
        let server = try slow.start()
        defer { server.stop() }
        let installation = try Installation(server.settings)
        defer { installation.remove() }
        let account = try await Seed.account(installation.vault)
        try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            for _ in 0..<12 { try await Outbox().enqueue(Notice(to: .account(account), .passwordChanged), in: tx) }
        }
        let worker = try installation.start("worker")
        try until("a mail to be under way in every slot") { slow.offered == 8 }
        worker.signal(SIGTERM)
        slow.open()
        #expect(try worker.wait(patience: try Self.unitLimit()) == 0)
        // It may have begun others before it heard of the signal: these it has ended, too.
        let left = try await states()
        let sent = left["done/sent", default: 0]
        #expect(sent >= 8 && left["ready/none", default: 0] == 12 - sent, "\(left)")
        #expect(Self.ids(server).count == sent)

        let next = try installation.start("worker")
        try until("the others to be sent") { Self.ids(server).count == 12 }
        next.signal(SIGTERM)
        #expect(try next.wait(patience: try Self.unitLimit()) == 0)
        #expect(try await states() == ["done/sent": 12])
        #expect(Set(Self.ids(server)).count == 12 && Self.ids(server).count == 12)
    }
}
