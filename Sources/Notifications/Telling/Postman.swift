import Clinic
import FoundationEssentials
import ICalendar
package import Outbox
package import Postgres
package import Vault

/// Turns a notice into a mail: the worker's handler of jobs of the kind ``Outbox/JobKind/notice``.
///
/// What was told lies in `notification` and `delivery` under the notice's id, which is also the mail's `Message-ID`:
/// an attempt that was interrupted after the server had taken the mail sends it again under the same id.
package struct NotificationSender: Sendable {
    private let database: Database
    private let vault: Vault
    private let outbox: Outbox
    private let channel: MailChannel
    private let settings: MailSettings

    /// - Parameter database: as `consilium_worker`.
    package init(
        database: Database, vault: Vault, outbox: Outbox, channel: MailChannel, settings: MailSettings
    ) {
        self.database = database
        self.vault = vault
        self.outbox = outbox
        self.channel = channel
        self.settings = settings
    }

    private enum Plan {
        case send(Mail)
        case nothing
        case wait(Date)
    }

    /// What was to be told has passed its meaning while its mail waited to go out.
    private struct Overtaken: Error {}

    /// - Throws: `JobFailure`, `LeaseLost`, `DatabaseUnavailable`, `CancellationError`.
    package func deliver(_ job: ClaimedJob) async throws -> JobOutcome {
        let notice = try job.decode(Notice.self)
        do {
            let plan = try await database.withTransaction(as: .nobody) { tx in
                guard try await outbox.isHeld(job, in: tx) else { throw LeaseLost() }
                return try await self.plan(notice, of: job, in: tx)
            }
            switch plan {
            case .nothing: return .done
            case .wait(let instant): return .postponed(until: instant)
            case .send(let mail): try await channel.send(mail) { try await lookAgain(job, notice) }
            }
        } catch let failure as MailFailure {
            switch failure {
            case .transient(let word): throw JobFailure.transient(word)
            case .refusesUs(let word): throw JobFailure.needsOperator(word)
            case .refused(let word): throw JobFailure.permanent(word)
            }
        } catch is Overtaken {
            return .done
        } catch VaultError.destroyed {
            // Their particulars were shredded: there is nobody to tell.
            return .done
        }
        // The server has it, whoever holds the job by now: nobody is to send it again. A cancelled task could not write.
        try await Task {
            try await database.withTransaction(as: .nobody) { tx in try await Deliveries.end(notice.id, .sent, in: tx) }
        }.value
        return .done
    }

    /// The moment before the first byte goes out: whether the job is still this worker's, and what it tells still to be
    /// told, however long the mail waited for the server (P9).
    /// - Throws: `LeaseLost`, `Overtaken`, `CancellationError`.
    private func lookAgain(_ job: ClaimedJob, _ notice: Notice) async throws {
        try Task.checkCancellation()
        try await database.withTransaction(as: .nobody) { tx in
            guard try await outbox.isHeld(job, in: tx) else { throw LeaseLost() }
            switch notice.recipient {
            case .envelope:
                guard try await isUsable(notice.template, of: job, in: tx) else { throw Overtaken() }
            case .account(let account):
                guard try await Deliveries.isPending(notice.id, in: tx),
                    try await current(notice, for: account, in: tx) != nil
                else { throw Overtaken() }
            }
        }
        try Task.checkCancellation()
    }

    /// Whether a mail to an address still brings what it says: a link that works, an invitation that can be accepted.
    private func isUsable(_ template: Notice.Template, of job: ClaimedJob, in tx: Transaction) async throws -> Bool {
        if let lifetime = template.lifetime, try await outbox.isOlder(job, than: lifetime, in: tx) { return false }
        return try await template.isOpen(in: tx)
    }

    /// Whom a notice is to be told, and what it is about; nil when it is not to be told any more.
    private func current(
        _ notice: Notice, for account: AccountID, in tx: Transaction
    ) async throws -> (recipient: Recipient, matter: NotificationSubject)? {
        guard let recipient = try await Recipient.find(account, in: tx),
            recipient.isActive || notice.template.reachesClosed,
            let matter = try await NotificationSubject.find(notice.template, for: recipient, in: tx), matter.isCurrent
        else { return nil }
        return (recipient, matter)
    }

    private func plan(_ notice: Notice, of job: ClaimedJob, in tx: Transaction) async throws -> Plan {
        switch notice.recipient {
        case .envelope(let sealed):
            guard try await isUsable(notice.template, of: job, in: tx) else { return .nothing }
            let envelope = try vault.openEnvelope(sealed, for: notice.id)
            return .send(
                try await mail(
                    notice, to: envelope.address, token: envelope.token, language: envelope.language, in: tx))
        case .account(let account):
            return try await plan(notice, for: account, in: tx)
        }
    }

    private func plan(_ notice: Notice, for account: AccountID, in tx: Transaction) async throws -> Plan {
        guard let (recipient, matter) = try await current(notice, for: account, in: tx) else { return .nothing }
        let urgency = notice.template.urgency
        if let end = recipient.silentUntil(for: urgency), recipient.wantsMail { return .wait(end) }
        guard try await Deliveries.begin(notice, to: account, about: matter, in: tx) else { return .nothing }
        let isWanted =
            urgency == .security
            || recipient.wantsMail && (recipient.wantsReminders || !notice.template.isReminder)
        guard isWanted else {
            try await Deliveries.end(notice.id, .suppressed, in: tx)
            return .nothing
        }
        let address = try await vault.personKey(account, in: tx).open(recipient.email, as: .accountEmail(account))
        // She knows her own name.
        let specialist = matter.specialist.flatMap { recipient.showsNames && $0.id != account ? $0.name : nil }
        return .send(
            try await mail(
                notice, to: String(decoding: address, as: UTF8.self), language: recipient.language,
                about: matter, specialist: specialist,
                entry: notice.template.changesCalendar(ofWhoHasLeft: matter.hasLeft) ? matter.entry : nil, in: tx))
    }

    private func mail(
        _ notice: Notice, to address: String, token: String? = nil, language: String,
        about matter: NotificationSubject = NotificationSubject(),
        specialist: String? = nil, entry: ConsultEntry? = nil,
        in tx: Transaction
    ) async throws -> Mail {
        guard let recipient = MailAddress(address) else { throw MailFailure.refused("address") }
        let link = try notice.template.link(token: token, for: matter.reader, hasLeft: matter.hasLeft)
            .map { settings.linkBase + $0 }
        let facts = MessageTemplate.Facts(
            time: matter.time, deadline: matter.deadline,
            alternatives: try matter.alternatives.compactMap { kept in
                try Notice.Template.openingOffered(kept.hold).link(token: nil, for: matter.reader)
                    .map { (kept, settings.linkBase + $0) }
            }, remaining: matter.remaining, specialist: specialist, hasLeft: matter.hasLeft, reader: matter.reader,
            lane: matter.lane, link: link)
        let wording = MessageTemplate.of(notice.template, in: language, facts)
        let date = try await tx.first(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'Dy, DD Mon YYYY HH24:MI:SS \"+0000\"')")
        let canBeTurnedOff = notice.template.urgency.canBeTurnedOff
        return try Mail(
            Draft(
                id: notice.id, recipient: recipient, subject: wording.subject, paragraphs: wording.paragraphs,
                unsubscribe: canBeTurnedOff ? "\(settings.linkBase)/settings/notifications" : nil,
                date: date?.decode(String.self) ?? "",
                invitation: entry.map { Invitation($0, to: recipient, place: link ?? settings.linkBase, settings) }),
            settings)
    }
}
