package import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TypedText
import Vault

/// Resets and changes passwords.
package struct Passwords: Sendable {
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// Mails a link to the owner of the address. The reply and its duration are the same whether or not there is an
    /// account.
    /// - Throws: `FieldRefusal` for an invalid address.
    package func requestReset(email: String, from clientAddress: String) async throws {
        let address = try EmailAddress(email)
        let network = ClientNetwork(address: clientAddress)
        try await TimingPadding.take(.milliseconds(120)) {
            let found = try await dependencies.database.withTransaction(as: .nobody) { tx in
                guard
                    try await dependencies.mailBudget.mayWrite(
                        to: address.text, for: .reset, by: .network(network), in: tx)
                else { return AccountID?.none }
                let found = try await AccountRows.find(dependencies.digests(of: address), in: tx)
                return found.flatMap { $0.isActive ? $0.id : nil }
            }
            guard let id = found else { return }
            try await dependencies.database.withTransaction(as: Actor(id.rawValue)) { tx in
                guard let account = try await OwnAccount.read(id, with: dependencies.vault, in: tx) else { return }
                try await dependencies.mail.sendLink(
                    .resetPassword, of: id, to: address, language: account.language, in: tx)
            }
        }
    }

    /// Sets a new password by the token of the mail, ends everything else that gives access (sessions, known devices,
    /// calendar feeds, other links), and tells the owner. The second factor stays: operators help owners who have lost
    /// it, or find somebody else's on their account (``FactorRecovery``).
    /// - Throws: `FieldRefusal`, `IdentityRefusal.linkInvalid`, `.throttled`, `.busy`.
    package func reset(token: String, password: String, from clientAddress: String) async throws {
        let network = ClientNetwork(address: clientAddress)
        let id = try await dependencies.mail.account(of: token, .resetPassword, in: dependencies.database)
        let account = try await own(id)
        let normalised = try dependencies.rules.check(
            password, context: account.passwordContext, besideSecondFactor: account.hasSecondFactor)
        let hash = try await dependencies.hasher.hash(normalised, for: .network(network))
        try await dependencies.database.withTransaction(as: Actor(id.rawValue)) { tx in
            try await tx.execute(OwnAccount.lock(id))
            guard try await dependencies.mail.redeem(token, .resetPassword, of: id, in: tx) else {
                throw IdentityRefusal.linkInvalid
            }
            try await set(hash, of: id, in: tx)
            try await tx.execute("SELECT consilium.end_access(\(id))")
            try await dependencies.throttle.forgiveAll(account.email, from: network, in: tx)
        }
    }

    /// Changes the caller's password and ends their other sessions.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.wrongPassword`, `.sessionEnded`, `.busy`.
    package func change(current: String, to new: String, by caller: Caller) async throws {
        let account = try await SessionProof(dependencies).prove(current, by: caller)
        let normalised = try dependencies.rules.check(
            new, context: account.passwordContext, besideSecondFactor: account.hasSecondFactor, at: "/newPassword")
        let hash = try await dependencies.hasher.hash(normalised, for: .account(caller.account))
        try await dependencies.database.withTransaction(as: caller.actor) { tx in
            try await account.hold(for: caller, with: dependencies.vault, in: tx)
            try await set(hash, of: caller.account, in: tx)
            try await tx.execute(Sessions.endAll(of: caller.account, but: caller.session))
        }
    }

    private func own(_ id: AccountID) async throws -> OwnAccount {
        let account = try await dependencies.database.withTransaction(as: Actor(id.rawValue)) { tx in
            try await OwnAccount.read(id, with: dependencies.vault, in: tx)
        }
        guard let account else { throw IdentityRefusal.notFound }
        return account
    }

    private func set(_ hash: PasswordHash, of id: AccountID, in tx: Transaction) async throws {
        try await tx.execute(Self.upsert(hash, of: id))
        try await dependencies.outbox.tell(.passwordChanged, to: [id], in: tx)
    }

    private static func upsert(_ hash: PasswordHash, of id: AccountID) -> SQL {
        """
        INSERT INTO consilium.password (account_id, hash) VALUES (\(id), \(hash.text))
        ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = clock_timestamp()
        """
    }
}
