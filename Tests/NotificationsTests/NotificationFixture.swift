import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Notifications

/// What the tests of a notice's job share, over the suite's database.
struct NotificationFixture {
    let vault = Vault(.generate())
    let owner = TestDatabase.current.owner
    let worker = TestDatabase.current.worker
    let outbox = Outbox()

    /// Mails that a channel took.
    final class MailRecorder: Sendable {
        private let mails = Mutex<[Mail]>([])
        var all: [Mail] { mails.withLock { $0 } }
        var texts: [String] {
            all.map { String(decoding: $0.message, as: UTF8.self).replacing("\r\n", with: "\n") }
        }
        func take(_ mail: Mail) { mails.withLock { $0.append(mail) } }
    }

    func sender(_ channel: MailChannel) throws -> NotificationSender {
        NotificationSender(
            database: worker, vault: vault, outbox: outbox, channel: channel,
            settings: try MailSettings(sender: "Consilium <no-reply@consilium.example>", linkBase: "https://c.example"))
    }

    /// Enqueues and claims the notice's job, as the runner does.
    func claim(_ notice: Notice, maxAttempts: Int = 25) async throws -> ClaimedJob {
        // A kind of its own keeps other tests' jobs apart.
        let kind = JobKind(rawValue: "test.\(notice.id.description.replacing("-", with: ""))")
        try await owner.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(Job(kind, payload: notice, maxAttempts: maxAttempts), in: tx)
        }
        return try await claimAgain(kind)
    }

    func claimAgain(_ kind: JobKind) async throws -> ClaimedJob {
        let jobs = try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.claim([kind], limit: 1, lease: .seconds(10), worker: UUID(), in: tx)
        }
        return try #require(jobs.first)
    }

    func tell(_ notice: Notice, _ box: MailRecorder) async throws -> JobOutcome {
        try await sender(
            MailChannel { mail, preSendCheck in
                try await preSendCheck()
                box.take(mail)
            }
        ).deliver(claim(notice))
    }

    func delivery(_ id: NoticeID) async throws -> (state: String, attempts: Int)? {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                "SELECT state::text, attempts FROM consilium.delivery WHERE notification_id = \(id)")?
                .decode(String.self, Int.self)
        }
    }

    func prefer(_ account: AccountID, _ columns: SQL, _ values: SQL) async throws {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.notification_preference (account_id, \(fragment: columns))
                VALUES (\(account), \(fragment: values))
                """)
        }
    }
}
