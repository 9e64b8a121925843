package import Clinic
import FoundationEssentials
import Outbox
package import Postgres
import TypedText
import Vault

/// What an authenticator app needs; shown once.
package struct SecondFactorSecret: Codable, Sendable {
    /// The secret in base 32, to be typed.
    package var secret: String
    /// The same as an `otpauth:` URI, to be shown as a QR code (Google Authenticator's Key URI format).
    package var uri: String

    package static let example = SecondFactorSecret(
        secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        uri: "otpauth://totp/Consilium%3Amaria.lopez%40example.org"
            + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Consilium")
}

/// The codes that replace a lost authenticator; shown once.
package struct RecoveryCodeList: Codable, Sendable {
    package var recoveryCodes: [String]

    package static let example = RecoveryCodeList(recoveryCodes: ["mfrgg-zdfmz", "tqojq-gezdg"])
}

/// The caller's second factor: TOTP with recovery codes.
package struct SecondFactors: Sendable {
    /// The rule of a code: six digits, or a recovery code.
    package static let codeRule = TextRule.anything(1...64)
    /// The rule of the six digits.
    package static let digitsRule = TextRule.anything(6...6)

    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    private var recovery: RecoveryCodes { RecoveryCodes() }

    /// Creates a secret. Sign-in asks for its codes once it is confirmed; until then an earlier factor stays on. A
    /// secret that was not confirmed is replaced.
    /// - Throws: `ProofNeeded`.
    package func enrol(by caller: Caller, in tx: Transaction) async throws -> SecondFactorSecret {
        try await caller.requireProof(in: tx)
        guard let account = try await OwnAccount.read(caller.account, with: dependencies.vault, in: tx) else {
            throw IdentityRefusal.notFound
        }
        let secret = TOTP.newSecret()
        let sealed = try await dependencies.vault.personKey(account.id, in: tx)
            .seal(secret, as: Self.next(account.id))
        try await tx.execute(Self.upsert(sealed, account.id))
        return SecondFactorSecret(secret, of: account.email.text, issuer: dependencies.settings.issuer)
    }

    /// Turns the enrolled factor on with a first code, replacing an earlier one. The caller's session counts from now
    /// on as opened with a second factor. The other sessions end: they may belong to somebody who has only the
    /// password.
    /// - Throws: `IdentityRefusal.secondFactorMissing`, `.wrongCode`.
    package func confirm(code: String, by caller: Caller, in tx: Transaction) async throws -> RecoveryCodeList {
        let account = caller.account
        try await caller.hold(in: tx)
        guard let kept = try await lock(account, in: tx), let next = kept.next else {
            throw IdentityRefusal.secondFactorMissing
        }
        guard let step = TOTP(secret: next).step(of: code, now: kept.now, after: 0) else {
            throw IdentityRefusal.wrongCode
        }
        let sealed = try await dependencies.vault.personKey(account, in: tx).seal(next, as: Self.current(account))
        try await tx.execute(Self.confirm(account, sealed, step))
        try await tx.execute(Self.markSession(caller.session, of: account))
        try await tx.execute(Sessions.endAll(of: account, but: caller.session))
        try await dependencies.outbox.tell(.secondFactorOn, to: [account], in: tx)
        return RecoveryCodeList(recoveryCodes: try await recovery.renew(of: account, in: tx))
    }

    /// Creates new recovery codes; the old ones no longer work.
    /// - Throws: `ProofNeeded`, `IdentityRefusal.secondFactorMissing`.
    package func renewRecoveryCodes(by caller: Caller, in tx: Transaction) async throws -> RecoveryCodeList {
        try await caller.requireProof(in: tx)
        guard try await lock(caller.account, in: tx)?.totp != nil else { throw IdentityRefusal.secondFactorMissing }
        try await dependencies.outbox.tell(.recoveryCodesRenewed, to: [caller.account], in: tx)
        return RecoveryCodeList(recoveryCodes: try await recovery.renew(of: caller.account, in: tx))
    }

    /// Turns the second factor off, and ends the other sessions. It needs the password, which must be long enough for
    /// an account without a second factor.
    /// - Throws: `FieldRefusal`, `IdentityRefusal.wrongPassword`, `.secondFactorMissing`, `.secondFactorRequired`,
    ///   `.sessionEnded`, `.busy`.
    package func remove(password: String, by caller: Caller) async throws {
        let account = try await SessionProof(dependencies).prove(password, by: caller)
        guard account.hasSecondFactor else { throw IdentityRefusal.secondFactorMissing }
        if dependencies.settings.requireSecondFactorForStaff, IsStaff().allows(account.roles) {
            throw IdentityRefusal.secondFactorRequired
        }
        let least = PasswordRules.minLength(besideSecondFactor: false)
        guard password.compatibilityComposed.unicodeScalars.count >= least else {
            throw FieldRefusal(
                "/password", rule: "min_length",
                "must have at least \(least) characters without a second factor: change it first")
        }
        try await dependencies.database.withTransaction(as: caller.actor) { tx in
            try await account.hold(for: caller, with: dependencies.vault, in: tx)
            try await tx.execute(Self.delete(caller.account))
            try await tx.execute(RecoveryCodes.deleteAll(of: caller.account))
            try await tx.execute(Sessions.endAll(of: caller.account, but: caller.session))
            try await dependencies.outbox.tell(.secondFactorOff, to: [caller.account], in: tx)
        }
    }

    /// Uses up a code of the actor's confirmed second factor: six digits, or a recovery code.
    /// - Throws: `IdentityRefusal.wrongCode`.
    func spend(_ code: String, of account: AccountID, in tx: Transaction) async throws {
        guard code.utf8.count <= 64 else { throw IdentityRefusal.wrongCode }
        guard let kept = try await lock(account, in: tx), kept.totp != nil else { throw IdentityRefusal.wrongCode }
        let digits = code.filter { !$0.isWhitespace }
        if digits.utf8.count == 6, let step = kept.step(of: digits) {
            try await tx.execute(Self.advance(account, step))
            return
        }
        guard try await recovery.spend(code, of: account, in: tx) else { throw IdentityRefusal.wrongCode }
    }

    /// A stored second factor, and the present step by the database's clock.
    private struct StoredSecret {
        /// Nil until one was confirmed.
        let totp: TOTP?
        /// The secret that waits for its first code.
        let next: [UInt8]?
        let lastStep: Int64
        let now: Int64

        func step(of code: String) -> Int64? { totp?.step(of: code, now: now, after: lastStep) }
    }

    /// Locks the row, so that one code cannot open two sessions at once.
    private func lock(_ account: AccountID, in tx: Transaction) async throws -> StoredSecret? {
        guard let row = try await tx.first(Self.select(account)) else { return nil }
        let (current, next, lastStep, now) = try row.decode([UInt8]?.self, [UInt8]?.self, Int64.self, Int64.self)
        let key = try await dependencies.vault.personKey(account, in: tx)
        return StoredSecret(
            totp: try current.map { TOTP(secret: try key.open($0, as: Self.current(account))) },
            next: try next.map { try key.open($0, as: Self.next(account)) }, lastStep: lastStep, now: now)
    }

    static func current(_ account: AccountID) -> RowIdentity { RowIdentity("second_factor.secret", account) }
    static func next(_ account: AccountID) -> RowIdentity { RowIdentity("second_factor.next_secret", account) }
}

extension SecondFactorSecret {
    init(_ secret: [UInt8], of address: String, issuer: String) {
        let text = Base32.encode(secret)
        // All but the unreserved characters of RFC 3986 §2.3.
        let label = "\(issuer):\(address)".percentEncoded(keeping: "-._~")
        let parameters = "secret=\(text)&issuer=\(issuer.percentEncoded(keeping: "-._~"))"
        self.init(secret: text, uri: "otpauth://totp/\(label)?\(parameters)")
    }
}

extension SecondFactors {
    static func upsert(_ secret: [UInt8], _ account: AccountID) -> SQL {
        """
        INSERT INTO consilium.second_factor (account_id, next_secret) VALUES (\(account), \(secret))
        ON CONFLICT (account_id) DO UPDATE SET next_secret = excluded.next_secret
        """
    }

    private static func select(_ account: AccountID) -> SQL {
        """
        SELECT secret, next_secret, last_step,
            floor(extract(epoch FROM clock_timestamp()) / \(TOTP.step))::bigint
        FROM consilium.second_factor WHERE account_id = \(account) FOR NO KEY UPDATE
        """
    }

    private static func confirm(_ account: AccountID, _ secret: [UInt8], _ step: Int64) -> SQL {
        """
        UPDATE consilium.second_factor
        SET secret = \(secret), next_secret = NULL, confirmed_at = clock_timestamp(), last_step = \(step)
        WHERE account_id = \(account)
        """
    }

    private static func markSession(_ session: SessionID, of account: AccountID) -> SQL {
        "UPDATE consilium.session SET second_factor = true WHERE id = \(session) AND account_id = \(account)"
    }

    private static func advance(_ account: AccountID, _ step: Int64) -> SQL {
        "UPDATE consilium.second_factor SET last_step = \(step) WHERE account_id = \(account)"
    }

    private static func delete(_ account: AccountID) -> SQL {
        "DELETE FROM consilium.second_factor WHERE account_id = \(account)"
    }
}
