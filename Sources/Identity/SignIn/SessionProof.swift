package import Clinic
package import FoundationEssentials
import Outbox
import Postgres

/// What a caller gives to prove that it is still them: the password, a code of the second factor, or both.
package struct Proof: Codable, Sendable {
    package var password: String?
    package var code: String?

    package static let example = Proof(
        password: SignInRequest.example.password, code: SignInRequest.example.code)
}

/// An accepted proof.
package struct ProofTaken: Codable, Sendable {
    package var provedUntil: Date

    package static let example = ProofTaken(provedUntil: ExampleValues.later)
}

/// Proves within a session that its owner is present, for what `ProofNeeded` refuses otherwise.
package struct SessionProof: Sendable {
    /// How many proofs in a row may be wrong; the next one ends the session. NIST SP 800-63B-4 §3.2.2 allows 100, but
    /// somebody at another person's open session should have few.
    package static let mostWrong = 10
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// Checks a proof. Everything that is given must be right.
    /// - Throws: `FieldRefusal` when nothing is given; `IdentityRefusal.wrongPassword`, `.wrongCode`, `.busy`, and
    ///   `.sessionEnded` after too many wrong ones.
    package func take(_ proof: Proof, by caller: Caller) async throws -> ProofTaken {
        ProofTaken(provedUntil: try await check(proof, by: caller).until)
    }

    /// The caller's account, once they have proved its password.
    func prove(_ password: String, by caller: Caller) async throws -> OwnAccount {
        try await check(Proof(password: password), by: caller).account
    }

    /// An attempt is counted, in a transaction of its own, before it is checked, so that parallel guesses count too.
    private func check(_ proof: Proof, by caller: Caller) async throws -> (account: OwnAccount, until: Date) {
        guard proof.password != nil || proof.code != nil else {
            throw FieldRefusal("/password", rule: "missing", "must be given, or a code of the second factor")
        }
        let account = try await count(caller)
        if let password = proof.password {
            let verdict = try await dependencies.hasher.compare(
                password, with: account.password, for: .account(caller.account))
            guard verdict != .wrong else { throw IdentityRefusal.wrongPassword }
        }
        return try await dependencies.database.withTransaction(as: caller.actor) { tx in
            // The password may have been changed while it was compared.
            guard let now = try await OwnAccount.read(caller.account, with: dependencies.vault, in: tx),
                now.password == account.password
            else { throw IdentityRefusal.wrongPassword }
            if let code = proof.code { try await SecondFactors(dependencies).spend(code, of: caller.account, in: tx) }
            guard let until = try await tx.first(Self.note(caller))?.decode(Date.self) else {
                throw IdentityRefusal.sessionEnded
            }
            return (now, until)
        }
    }

    private func count(_ caller: Caller) async throws -> OwnAccount {
        let account = try await dependencies.database.withTransaction(as: caller.actor) { tx -> OwnAccount? in
            guard let hasEnded = try await tx.first(Self.attempt(caller))?.decode(Bool.self) else { return nil }
            guard hasEnded else { return try await OwnAccount.read(caller.account, with: dependencies.vault, in: tx) }
            try await dependencies.outbox.tell(.proofsGuessed, to: [caller.account], in: tx)
            return nil
        }
        guard let account else { throw IdentityRefusal.sessionEnded }
        return account
    }

    private static func attempt(_ caller: Caller) -> SQL {
        """
        UPDATE consilium.session SET proof_attempts = proof_attempts + 1,
            ended_at = CASE WHEN proof_attempts >= \(Int32(mostWrong)) THEN clock_timestamp() END
        WHERE id = \(caller.session) AND account_id = \(caller.account) AND ended_at IS NULL
        RETURNING ended_at IS NOT NULL
        """
    }

    private static func note(_ caller: Caller) -> SQL {
        """
        UPDATE consilium.session SET proved_at = clock_timestamp(), proof_attempts = 0
        WHERE id = \(caller.session) AND account_id = \(caller.account) AND ended_at IS NULL
        RETURNING proved_at + \(ProofNeeded.lasts)
        """
    }
}

extension Proof: Ruled {
    package static let rules: [String: FieldRule] = [
        "password": .text(.anything()), "code": .text(SecondFactors.codeRule),
    ]
}
