package import Clinic
import FoundationEssentials
package import Outbox
package import Postgres
import TypedText
package import Vault

/// What an operator is told of an account.
package struct AccountSummary: Codable, Sendable {
    package var account: AccountID
    package var roles: [Role]
    /// Whether sign-in asks for a code.
    package var secondFactor: Bool

    package init(account: AccountID, roles: [Role], secondFactor: Bool) {
        self.account = account
        self.roles = roles
        self.secondFactor = secondFactor
    }
}

/// Whether a person is to be forgotten with their account.
package struct AccountClosing: Codable, Sendable {
    /// Destroys the key under which name, address and contact are sealed; it cannot be undone.
    package var erase: Bool?

    package init(erase: Bool? = nil) { self.erase = erase }
}

/// Shutting somebody out, and forgetting them. The database does it in one transaction (`close_account`, `take_role`): sessions,
/// parts, grants, feeds, tokens and secrets end; what their consults, holds and offers took is given back, and the people
/// whom that concerns are told.
package struct AccountClosure: Sendable {
    private let vault: Vault
    private let outbox: Outbox

    package init(vault: Vault, outbox: Outbox) {
        self.vault = vault
        self.outbox = outbox
    }

    /// Closes the caller's own account, and forgets them where they ask for it.
    /// - Throws: `ProofNeeded`, `IdentityRefusal.notFound`.
    package func closeOwn(_ closing: AccountClosing, by caller: Caller, in tx: Transaction) async throws {
        try await caller.requireProof(in: tx)
        guard let account = try await OwnAccount.read(caller.account, with: vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        // By address: once the person is forgotten nobody could open it.
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

    /// Closes an account: an operator's, or the owner's command.
    /// - Throws: `IdentityRefusal.notFound` where there is no such active account.
    package func close(_ account: AccountID, in tx: Transaction) async throws {
        try await tell(tx.query(Self.close(account)), in: tx)
    }

    /// Takes a role back, with the parts that stand on it, and ends the account's sessions.
    /// - Throws: `IdentityRefusal.notFound` where the account does not have it, and for `patient`: whose cases are theirs.
    package func take(_ role: Role, from account: AccountID, in tx: Transaction) async throws {
        try await tell(tx.query(Self.take(role, account)), in: tx)
    }

    /// Forgets the person of a closed account. What is kept is the id, the audit log, and cases under keys of their own.
    /// - Throws: `IdentityRefusal.notFound` where there is no such closed account, or nothing is left of it.
    package func erase(_ account: AccountID, in tx: Transaction) async throws {
        guard try await tx.first(Self.erase(account))?.decode(Bool.self) == true else {
            throw IdentityRefusal.notFound
        }
    }

    /// Tells whom the database names of what it names. Nothing was done where it names nobody.
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
        "SELECT told, subject_id, person_id FROM consilium.close_account(\(account))"
    }

    private static func take(_ role: Role, _ account: AccountID) -> SQL {
        "SELECT told, subject_id, person_id FROM consilium.take_role(\(account), \(role))"
    }

    private static func erase(_ account: AccountID) -> SQL {
        "SELECT consilium.erase_person(\(account))"
    }

    private static func find(_ digests: [[UInt8]]) -> SQL {
        "SELECT account_id, roles, second_factor FROM consilium.find_account(\(digests))"
    }
}
