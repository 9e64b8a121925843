package import Clinic
package import FoundationEssentials
package import Postgres
package import Vault

extension Outbox {
    /// Adds a notice to each of these people.
    package func tell(_ template: Notice.Template, to people: [AccountID], in tx: Transaction) async throws {
        for person in people { try await enqueue(Notice(to: .account(person), template), in: tx) }
    }

    /// Adds a notice to everybody who has one of these parts in a case, or had it until this transaction ended it, also to
    /// those whom the caller may not see.
    /// - Parameter seeingPrior: only those who may see what reveals the earlier opinion.
    package func tell(
        _ template: Notice.Template, _ parts: Set<CasePart>, of id: CaseID, seeingPrior: Bool = false,
        except: AccountID? = nil, in tx: Transaction
    ) async throws {
        let people = try await tx.query(
            "SELECT person FROM consilium.people_of(\(id), \(parts.map(\.rawValue).sorted()), \(seeingPrior)) person"
        ).map { try $0.decode(AccountID.self) }
        try await tell(template, to: people.filter { $0 != except }, in: tx)
    }

    /// Adds reminders of a consult to these people, a day and an hour before it, as far as that is still to come. Reminders
    /// with an earlier sequence are not sent.
    package func remind(
        _ people: [AccountID], of id: AppointmentID, sequence: Int, startingAt start: Date, now: Date,
        in tx: Transaction
    ) async throws {
        for ahead in Notice.Ahead.allCases {
            let at = start.addingTimeInterval(-ahead.seconds)
            guard at > now else { continue }
            for person in people {
                let reminder = Notice.Template.reminder(id, sequence: sequence, ahead: ahead)
                try await enqueue(Notice(to: .account(person), reminder), at: at, in: tx)
            }
        }
    }

    /// Adds a mail to an address that may have no account, with or without a secret for its link.
    /// - Parameter vault: seals the address and the secret for the worker.
    package func mail(
        _ template: Notice.Template, to address: String, token: String? = nil, language: String, sealedBy vault: Vault,
        in tx: Transaction
    ) async throws {
        let id = NoticeID.random()
        let envelope = MailEnvelope(address: address, token: token, language: language)
        try await enqueue(
            Notice(to: .envelope(try vault.sealEnvelope(envelope, for: id)), template, id: id), in: tx)
    }
}

extension Notice.Ahead {
    fileprivate var seconds: Double {
        switch self {
        case .day: 86_400
        case .hour: 3600
        }
    }
}
