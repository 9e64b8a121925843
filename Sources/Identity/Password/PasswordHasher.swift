import Clinic
import TypedText

/// Hashes and compares passwords away from the cooperative pool.
package struct PasswordHasher: Sendable {
    private let cost: ScryptCost
    private let threads: HashingThreads
    /// The hash to compare with when there is no account, so that this takes as long as a wrong password.
    let decoy: PasswordHash

    package init(_ settings: IdentitySettings) {
        cost = settings.scrypt
        threads = HashingThreads(threads: settings.hashingThreads, limit: settings.hashingQueue)
        decoy = PasswordHash.decoy(cost: settings.scrypt)
    }

    /// What a comparison found.
    enum Verdict: Sendable, Equatable {
        case wrong
        /// - Parameter rehash: whether the hash has another cost than the present setting.
        case right(rehash: Bool)
    }

    /// Hashes a password that the rules accept.
    /// - Throws: `IdentityRefusal.busy`, `.throttled`.
    func hash(_ normalised: String, for requester: Requester) async throws -> PasswordHash {
        let cost = cost
        return try await threads.run(for: requester) { try PasswordHash(of: normalised, cost: cost) }
    }

    /// Compares a typed password with a stored hash. Without one it takes as long, and the verdict is always `wrong`.
    /// - Throws: `IdentityRefusal.busy`, `.throttled`.
    func compare(
        _ typed: String, with kept: PasswordHash?, for requester: Requester
    ) async throws -> Verdict {
        // No account has a longer password, and normalising one could be slow.
        let isPossible = typed.utf8.count <= 4 * PasswordRules.maxLength
        let password = isPossible ? typed.compatibilityComposed : ""
        let decoy = decoy
        let cost = cost
        return try await threads.run(for: requester) {
            let matches = try (kept ?? decoy).matches(password)
            guard let kept, matches, isPossible else { return .wrong }
            return .right(rehash: kept.cost != cost)
        }
    }
}

extension PasswordHash {
    /// A random hash of the given cost.
    static func decoy(cost: ScryptCost) -> PasswordHash {
        var generator = SystemRandomNumberGenerator()
        return PasswordHash(
            cost: cost, salt: (0..<16).map { _ in .random(in: .min ... .max, using: &generator) },
            hash: (0..<32).map { _ in .random(in: .min ... .max, using: &generator) })
    }
}
