package import Clinic
package import FoundationEssentials
import Outbox
package import Postgres
import TypedText
import Vault

/// A lost second factor that two operators replace.
package struct FactorRecovery: Codable, Sendable {
    package var id: FactorRecoveryID
    package var account: AccountID
    package var state: FactorRecoveryState
    package var proposedBy: AccountID
    package var proposedAt: Date
    /// Until when it can be approved.
    package var expiresAt: Date
    package var decidedBy: AccountID?
    package var decidedAt: Date?

    package static let proposed = FactorRecovery(
        id: ExampleValues.id(7), account: ExampleValues.patient, state: .proposed, proposedBy: ExampleValues.id(8),
        proposedAt: ExampleValues.instant, expiresAt: ExampleValues.later)

    package static let approved = with(proposed) {
        $0.state = .approved
        $0.decidedBy = ExampleValues.id(9)
        $0.decidedAt = ExampleValues.later
    }
}

/// The states of a recovery. One that was not approved in time is withdrawn by the worker, or by the next proposal.
package enum FactorRecoveryState: String, Codable, Sendable, CaseIterable, SQLValue {
    case proposed, approved, withdrawn
}

/// Replaces a second factor that was lost with its recovery codes. One operator proposes, another approves, and a code
/// that works once is mailed to the account's confirmed address. The factor stays on; with the code and the password
/// its owner signs in and enrols another. The owner is told of the proposal, and can stop it.
package struct FactorRecoveries: Sendable {
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// - Throws: `ProofNeeded`, `FieldRefusal`; `IdentityRefusal.notFound` where no other account has confirmed the
    ///   address and has a second factor; `.recoveryProposed`.
    package func propose(email: String, by caller: Caller, in tx: Transaction) async throws -> FactorRecovery {
        try await caller.requireProof(in: tx)
        let address = try EmailAddress(email)
        guard let account = try await tx.first(Self.find(dependencies.digests(of: address)))?.decode(AccountID.self),
            account != caller.account
        else { throw IdentityRefusal.notFound }
        let id = FactorRecoveryID.random()
        let sealed = try dependencies.vault.serviceKey.seal(text: address.text, as: .recoveryEmail(id))
        let proposed = try await tx.first(Self.propose(id, dependencies.digests(of: address), sealed))
        guard try proposed?.decode(AccountID?.self) ?? nil != nil else { throw IdentityRefusal.recoveryProposed }
        try await dependencies.outbox.tell(.factorRecoveryAsked, to: [account], in: tx)
        return try await read(id, in: tx)
    }

    /// All of them, the latest first, up to 200.
    package func list(in tx: Transaction) async throws -> [FactorRecovery] {
        try await tx.query(Self.select(nil)).map(FactorRecovery.init)
    }

    /// - Throws: `ProofNeeded`; `IdentityRefusal.notFound` where this operator can approve none: it is unknown, decided
    ///   or expired; they proposed it, or it is about them; or its proposer is no operator any more.
    ///   `.addressUnreadable`.
    package func approve(_ id: FactorRecoveryID, by caller: Caller, in tx: Transaction) async throws -> FactorRecovery {
        try await caller.requireProof(in: tx)
        guard let row = try await tx.first(Self.address(id)) else { throw IdentityRefusal.notFound }
        let (account, sealed) = try row.decode(AccountID.self, [UInt8].self)
        guard let address = try? dependencies.vault.serviceKey.openText(sealed, as: .recoveryEmail(id)) else {
            throw IdentityRefusal.addressUnreadable
        }
        let (code, digest) = RecoveryCodes().single(of: account)
        let approved = try await tx.first(Self.approve(id, digest))
        guard let language = try approved?.decode(String?.self) ?? nil else { throw IdentityRefusal.notFound }
        try await dependencies.mail.send(
            .factorRecovered, to: try EmailAddress(address), token: code, language: language, in: tx)
        return try await read(id, in: tx)
    }

    /// Takes a proposal back, by an operator or the account's owner.
    /// - Throws: `IdentityRefusal.notFound`.
    package func withdraw(_ id: FactorRecoveryID, in tx: Transaction) async throws {
        guard try await tx.first("SELECT consilium.withdraw_factor_recovery(\(id))")?.decode(Bool.self) == true else {
            throw IdentityRefusal.notFound
        }
    }

    private func read(_ id: FactorRecoveryID, in tx: Transaction) async throws -> FactorRecovery {
        guard let row = try await tx.first(Self.select(id)) else { throw IdentityRefusal.notFound }
        return try FactorRecovery(row)
    }
}

extension FactorRecovery {
    init(_ row: Row) throws {
        self.init(
            id: try row.decode("id"), account: try row.decode("account_id"), state: try row.decode("state"),
            proposedBy: try row.decode("proposed_by"), proposedAt: try row.decode("proposed_at"),
            expiresAt: try row.decode("expires_at"), decidedBy: try row.decode("decided_by"),
            decidedAt: try row.decode("decided_at"))
    }
}

extension FactorRecoveries {
    private static func find(_ digests: [[UInt8]]) -> SQL {
        "SELECT account_id FROM consilium.find_account(\(digests)) WHERE second_factor"
    }

    private static func propose(_ id: FactorRecoveryID, _ digests: [[UInt8]], _ sealed: [UInt8]) -> SQL {
        "SELECT consilium.propose_factor_recovery(\(id), \(digests), \(sealed))"
    }

    private static func approve(_ id: FactorRecoveryID, _ digest: [UInt8]) -> SQL {
        "SELECT consilium.approve_factor_recovery(\(id), \(digest))"
    }

    private static func address(_ id: FactorRecoveryID) -> SQL {
        "SELECT account_id, email FROM consilium.factor_recovery WHERE id = \(id) AND state = 'proposed'"
    }

    private static func select(_ id: FactorRecoveryID?) -> SQL {
        """
        SELECT id, account_id, state, proposed_by, proposed_at, expires_at, decided_by, decided_at
        FROM consilium.factor_recovery WHERE \(id)::uuid IS NULL OR id = \(id) ORDER BY id DESC LIMIT 200
        """
    }
}
