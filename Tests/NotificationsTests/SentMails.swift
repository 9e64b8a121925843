import Clinic
import FoundationEssentials
import Outbox
import Postgres
import Synchronization
import TestSupport
import Testing
import Vault

@testable import Notifications

/// Delivers notices as the worker does, and keeps the mails that became of them.
final class SentMails: Sendable {
    private let vault: Vault
    private let mails = Mutex<[Mail]>([])

    init(_ vault: Vault) {
        self.vault = vault
    }

    /// Enqueues a notice, claims its job and delivers it.
    /// - Returns: the mail with its lines ended by LF, or nil where nothing was sent.
    @discardableResult
    func deliver(_ template: Notice.Template, to account: AccountID) async throws -> String? {
        let notice = Notice(to: .account(account), template)
        // A kind of its own keeps other tests' jobs apart.
        let kind = JobKind(rawValue: "test.\(notice.id.description.replacing("-", with: ""))")
        let (worker, outbox) = (TestDatabase.current.worker, Outbox())
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await outbox.enqueue(Job(kind, payload: notice), in: tx)
        }
        let jobs = try await worker.withTransaction(as: .nobody) { tx in
            try await outbox.claim([kind], limit: 1, lease: .seconds(10), worker: UUID(), in: tx)
        }
        let sender = NotificationSender(
            database: worker, vault: vault, outbox: outbox,
            channel: MailChannel { mail, _ in self.mails.withLock { $0.append(mail) } },
            settings: try MailSettings(sender: "Consilium <no-reply@consilium.example>", linkBase: "https://c.example"))
        let before = all.count
        _ = try await sender.deliver(try #require(jobs.first))
        return all.count > before ? all.last : nil
    }

    var all: [String] {
        mails.withLock { $0 }.map { String(decoding: $0.message, as: UTF8.self).replacing("\r\n", with: "\n") }
    }

    static func subject(of mail: String?) -> String? {
        mail?.firstMatch(of: /\nSubject: (.*)\n/).map { String($0.1) }
    }
}

extension Notice.Template {
    /// A message of a case's care thread.
    static func message(in id: CaseID, seq: Int = 1, urgent: Bool = false) async throws -> Notice.Template {
        let thread = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT id FROM consilium.thread WHERE case_id = \(id) AND kind = 'care'")?
                .decode(ThreadID.self)
        }
        return .messagePosted(id, thread: try #require(thread), seq: seq, urgent: urgent)
    }
}
