package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import TypedText
import Vault

/// Moving an account to another address.
package struct EmailChange: Sendable {
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// Mails a link to the new address; nothing changes until it is used. The reply does not reveal whether the address
    /// has another account: its owner gets a mail. The present address gets a mail as well.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.wrongPassword`, `.sessionEnded`, `.busy`;
    ///   `MailBudget.Exhausted.account`.
    package func request(email: String, password: String, by caller: Caller) async throws {
        let address = try EmailAddress(email)
        let account = try await SessionProof(dependencies).prove(password, by: caller)
        try await TimingPadding.take(.milliseconds(120)) {
            try await dependencies.database.withTransaction(as: caller.actor) { tx in
                try await account.hold(for: caller, with: dependencies.vault, in: tx)
                try await dependencies.outbox.tell(.emailChangeAsked, to: [caller.account], in: tx)
                guard
                    try await dependencies.mailBudget.mayWrite(
                        to: address.text, for: .emailChange, by: .account(caller.account), in: tx)
                else { return }
                try await dependencies.mailBudget.spend(by: caller.account, in: tx)
                if let found = try await AccountRows.find(dependencies.digests(of: address), in: tx), found.isActive {
                    try await dependencies.mail.send(.accountExists, to: address, language: account.language, in: tx)
                    return
                }
                let key = try await dependencies.vault.personKey(caller.account, in: tx)
                let sealed = try key.seal(text: address.text, as: RowIdentity("mail_token.new_email", caller.account))
                try await dependencies.mail.sendLink(
                    .changeEmail, of: caller.account, to: address, language: account.language,
                    newEmail: sealed, in: tx)
            }
        }
    }

    /// Changes to the new address by the token of its mail, and sends a mail to the old one.
    /// - Throws: `IdentityRefusal.linkInvalid`, `.emailTaken`.
    package func confirm(token: String, by caller: Caller, in tx: Transaction) async throws {
        let id = caller.account
        try await caller.hold(in: tx)
        let digest = Vault.digest(secret: token, for: .mailToken)
        guard let link = try await tx.first(Self.link(digest, id)),
            let account = try await OwnAccount.read(id, with: dependencies.vault, in: tx)
        else { throw IdentityRefusal.linkInvalid }
        let key = try await dependencies.vault.personKey(id, in: tx)
        let opened = try key.open(link.decode([UInt8].self), as: RowIdentity("mail_token.new_email", id))
        let address = try EmailAddress(String(decoding: opened, as: UTF8.self))
        let rows = AccountRows(vault: dependencies.vault, id: id)
        guard try await rows.claim(address, in: tx) == nil else { throw IdentityRefusal.emailTaken }
        guard try await dependencies.mail.redeem(token, .changeEmail, of: id, in: tx) else {
            throw IdentityRefusal.linkInvalid
        }
        try await rows.move(to: address, sealed: key.seal(opened, as: .accountEmail(id)), in: tx)
        // A link in the old mailbox must not give access to the account any more.
        try await tx.execute(Self.voidResets(id))
        try await dependencies.mail.send(.emailChanged, to: account.email, language: account.language, in: tx)
    }
}

extension EmailChange {
    private static func link(_ digest: [UInt8], _ id: AccountID) -> SQL {
        """
        SELECT new_email FROM consilium.mail_token
        WHERE digest = \(digest) AND account_id = \(id) AND purpose = 'change_email' AND used_at IS NULL
            AND expires_at > clock_timestamp()
        """
    }

    private static func voidResets(_ id: AccountID) -> SQL {
        """
        UPDATE consilium.mail_token SET used_at = clock_timestamp()
        WHERE account_id = \(id) AND purpose = 'reset_password' AND used_at IS NULL
        """
    }
}
