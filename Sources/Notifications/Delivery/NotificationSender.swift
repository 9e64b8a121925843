import Clinic
import FoundationEssentials
import ICalendar
package import Outbox
package import Postgres
package import Vault

/// Turns a notice into a mail: the worker's handler of jobs of the kind ``Outbox/JobKind/notice``.
///
/// `notification` and `delivery` keep what was sent, under the notice's id, which is also the mail's `Message-ID`. An
/// attempt that was interrupted after the server had accepted the mail sends it again under the same id.
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

    /// The notice is no longer true, or its mail was sent meanwhile.
    private struct NotCurrent: Error {}

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
            case .send(let mail): try await channel.send(mail) { try await checkIsCurrent(job, notice) }
            }
        } catch let failure as MailFailure {
            switch failure {
            case .transient(let word): throw JobFailure.transient(word)
            case .refusesUs(let word): throw JobFailure.needsOperator(word)
            case .refused(let word): throw JobFailure.permanent(word)
            }
        } catch is NotCurrent {
            return .done
        } catch VaultError.destroyed {
            // The recipient's particulars were shredded: there is no address any more.
            return .done
        }
        // The server has the mail, even if the lease is lost by now, and nobody should send it again. A cancelled task
        // could not write that down, so another one does.
        try await Task {
            try await database.withTransaction(as: .nobody) { tx in
                try await DeliveryStore.end(notice.id, .sent, in: tx)
            }
        }.value
        return .done
    }

    /// Checks, just before the first byte is sent, that the job is still this worker's and the notice still current,
    /// however long the mail waited for the server (P9).
    /// - Throws: `LeaseLost`, `NotCurrent`, `CancellationError`.
    private func checkIsCurrent(_ job: ClaimedJob, _ notice: Notice) async throws {
        try Task.checkCancellation()
        try await database.withTransaction(as: .nobody) { tx in
            guard try await outbox.isHeld(job, in: tx) else { throw LeaseLost() }
            switch notice.recipient {
            case .envelope:
                guard try await isUsable(notice.template, of: job, in: tx) else { throw NotCurrent() }
            case .account(let account):
                guard try await DeliveryStore.isPending(notice.id, in: tx),
                    try await current(notice, for: account, in: tx) != nil
                else { throw NotCurrent() }
            }
        }
        try Task.checkCancellation()
    }

    /// Whether what a mail to an address offers still works: its link, or the invitation in it.
    private func isUsable(_ template: Notice.Template, of job: ClaimedJob, in tx: Transaction) async throws -> Bool {
        if let lifetime = template.lifetime, try await outbox.isOlder(job, than: lifetime, in: tx) { return false }
        return try await template.isOpen(in: tx)
    }

    /// The recipient of a notice and what it is about; nil when it must not be sent any more.
    private func current(
        _ notice: Notice, for account: AccountID, in tx: Transaction
    ) async throws -> (recipient: Recipient, subject: NotificationSubject)? {
        guard let recipient = try await Recipient.find(account, in: tx),
            recipient.isActive || notice.template.reachesClosedAccounts,
            let subject = try await NotificationSubject.find(notice.template, for: recipient, in: tx), subject.isCurrent
        else { return nil }
        return (recipient, subject)
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
        guard let (recipient, subject) = try await current(notice, for: account, in: tx) else { return .nothing }
        let urgency = notice.template.urgency
        if let end = recipient.silentUntil(for: urgency), recipient.wantsMail { return .wait(end) }
        guard try await DeliveryStore.begin(notice, to: account, about: subject, in: tx) else { return .nothing }
        let isWanted =
            urgency == .security
            || recipient.wantsMail && (recipient.wantsReminders || !notice.template.isReminder)
        guard isWanted else {
            try await DeliveryStore.end(notice.id, .suppressed, in: tx)
            return .nothing
        }
        let address = try await vault.personKey(account, in: tx).open(recipient.email, as: .accountEmail(account))
        // A specialist need not read their own name.
        let specialist = subject.specialist.flatMap { recipient.showsNames && $0.id != account ? $0.name : nil }
        return .send(
            try await mail(
                notice, to: String(decoding: address, as: UTF8.self), language: recipient.language,
                about: subject, specialist: specialist,
                entry: notice.template.changesCalendar(hasLeft: subject.hasLeft) ? subject.entry : nil, in: tx))
    }

    private func mail(
        _ notice: Notice, to address: String, token: String? = nil, language: String,
        about subject: NotificationSubject = NotificationSubject(),
        specialist: String? = nil, entry: ConsultEntry? = nil,
        in tx: Transaction
    ) async throws -> Mail {
        guard let recipient = MailAddress(address) else { throw MailFailure.refused("address") }
        let link = try notice.template.link(token: token, for: subject.reader, hasLeft: subject.hasLeft)
            .map { settings.linkBase + $0 }
        let facts = MessageTemplate.Facts(
            time: subject.time, deadline: subject.deadline,
            alternatives: try subject.alternatives.compactMap { kept in
                try Notice.Template.openingOffered(kept.hold).link(token: nil, for: subject.reader)
                    .map { (kept, settings.linkBase + $0) }
            }, remaining: subject.remaining, specialist: specialist, hasLeft: subject.hasLeft, reader: subject.reader,
            lane: subject.lane, link: link)
        let message = MessageTemplate.of(notice.template, in: language, facts)
        let date = try await tx.first(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'Dy, DD Mon YYYY HH24:MI:SS \"+0000\"')")
        let canBeTurnedOff = notice.template.urgency.canBeTurnedOff
        return try Mail(
            Draft(
                id: notice.id, recipient: recipient, subject: message.subject, paragraphs: message.paragraphs,
                unsubscribe: canBeTurnedOff ? "\(settings.linkBase)/settings/notifications" : nil,
                date: date?.decode(String.self) ?? "",
                calendar: entry.map {
                    CalendarMessage($0, to: recipient, place: link ?? settings.linkBase, settings)
                }),
            settings)
    }
}
