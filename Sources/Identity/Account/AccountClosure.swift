package import Clinic
import FoundationEssentials
package import Outbox
package import Postgres
import TypedText
package import Vault

/// An account as an operator sees it.
package struct AccountSummary: Codable, Sendable {
    package var account: AccountID
    package var roles: [Role]
    /// Whether sign-in asks for a code.
    package var secondFactor: Bool

    package static let example = AccountSummary(
        account: ExampleValues.patient, roles: [.patient], secondFactor: true)
}

/// A request to close an account.
package struct AccountClosing: Codable, Sendable {
    /// Whether to destroy the key under which name, address and contact are sealed. It cannot be undone.
    package var erase: Bool?

    package static let example = AccountClosing(erase: true)
}

/// Closes accounts, takes roles back, and erases people. The database does it in one transaction: sessions, parts,
/// grants, feeds, tokens and secrets end; consults, holds and offers are released, and the people concerned are told.
package struct AccountClosure: Sendable {
    private let vault: Vault
    private let outbox: Outbox

    package init(vault: Vault, outbox: Outbox) {
        self.vault = vault
        self.outbox = outbox
    }

    /// Closes the caller's own account, and erases the person if they ask for it.
    /// - Throws: `ProofNeeded`, `IdentityRefusal.notFound`.
    package func closeOwn(_ closing: AccountClosing, by caller: Caller, in tx: Transaction) async throws {
        try await caller.requireProof(in: tx)
        guard let account = try await OwnAccount.read(caller.account, with: vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        // By address: once the person is erased, nobody can open it.
        try await LinkMail(vault: vault, outbox: outbox)
            .send(.accountClosed, to: account.email, language: account.language, in: tx)
        try await tell(tx.query(Self.close(caller.account)), except: .accountClosed, in: tx)
        if closing.erase == true { try await erase(caller.account, in: tx) }
    }

    /// The active account of an address, for an operator.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.notFound`.
    package func find(email: String, in tx: Transaction) async throws -> AccountSummary {
        let digests = vault.digests(try EmailAddress(email).text, for: .email)
        guard let row = try await tx.first(Self.find(digests)) else { throw IdentityRefusal.notFound }
        let (account, roles, secondFactor) = try row.decode(AccountID.self, [String].self, Bool.self)
        return AccountSummary(
            account: account, roles: roles.compactMap(Role.init), secondFactor: secondFactor)
    }

    /// Closes an account, for an operator or the owner's command.
    /// - Throws: `IdentityRefusal.notFound` where there is no such active account.
    package func close(_ account: AccountID, in tx: Transaction) async throws {
        try await tell(tx.query(Self.close(account)), in: tx)
    }

    /// Takes a role back, with the parts that depend on it, and ends the account's sessions.
    /// - Throws: `IdentityRefusal.notFound` where the account does not have it, and for `patient`, which cannot be
    ///   taken back.
    package func take(_ role: Role, from account: AccountID, in tx: Transaction) async throws {
        try await tell(tx.query(Self.take(role, account)), in: tx)
    }

    /// Erases the person of a closed account. The id, the audit log, and cases, which have keys of their own, are kept.
    /// - Throws: `IdentityRefusal.notFound` where there is no such closed account, or it was erased before.
    package func erase(_ account: AccountID, in tx: Transaction) async throws {
        guard try await tx.first(Self.erase(account))?.decode(Bool.self) == true else {
            throw IdentityRefusal.notFound
        }
    }

    /// Tells the people whom the database returned. If it returned nobody, nothing was done.
    private func tell(_ rows: [Row], except left: Notice.Template? = nil, in tx: Transaction) async throws {
        guard !rows.isEmpty else { throw IdentityRefusal.notFound }
        for row in rows {
            let (word, subject, person) = try row.decode(String.self, UUID.self, AccountID.self)
            let template: Notice.Template? =
                switch word {
                case "appointment_cancelled": .appointmentCancelled(ID(rawValue: subject))
                case "panel_changed": .panelChanged(ID(rawValue: subject))
                case "case_reassigned": .caseReassigned(ID(rawValue: subject))
                case "case_ended": .caseEnded(ID(rawValue: subject))
                case "account_closed": .accountClosed
                case "role_taken": .roleTaken
                default: nil
                }
            guard let template, template != left else { continue }
            try await outbox.tell(template, to: [person], in: tx)
        }
    }
}

extension AccountClosure {
    private static func close(_ account: AccountID) -> SQL {
        "SELECT notice, subject_id, person_id FROM consilium.close_account(\(account))"
    }

    private static func take(_ role: Role, _ account: AccountID) -> SQL {
        "SELECT notice, subject_id, person_id FROM consilium.take_role(\(account), \(role))"
    }

    private static func erase(_ account: AccountID) -> SQL {
        "SELECT consilium.erase_person(\(account))"
    }

    private static func find(_ digests: [[UInt8]]) -> SQL {
        "SELECT account_id, roles, second_factor FROM consilium.find_account(\(digests))"
    }
}
