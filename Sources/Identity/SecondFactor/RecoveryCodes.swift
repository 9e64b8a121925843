import Clinic
import Postgres
import Vault

/// Ten codes for an owner who loses the telephone. Each works once; the database has a digest of each with its account.
struct RecoveryCodes: Sendable {
    /// Replaces the actor's codes and returns the new ones: 120 random bits each, as `abcdef-ghij23-klmnop-qrstu7`, so
    /// that a plain digest is enough (OWASP ASVS 5.0, V6.5.2).
    func renew(of account: AccountID, in tx: Transaction) async throws -> [String] {
        let codes = (0..<10).map { _ in Self.newCode() }
        let digests = codes.map { digest($0, account) }
        try await tx.execute(Self.deleteAll(of: account))
        try await tx.execute(Self.insert(digests, of: account))
        return codes
    }

    /// A single code with its digest.
    func single(of account: AccountID) -> (code: String, digest: [UInt8]) {
        let code = Self.newCode()
        return (code, digest(code, account))
    }

    /// Uses up a code; false when it is none of the actor's, or was used.
    func spend(_ code: String, of account: AccountID, in tx: Transaction) async throws -> Bool {
        try await tx.execute(Self.use(digest(code, account), of: account)) == 1
    }

    /// Accepts codes with or without hyphens and blanks, in upper or lower case.
    private func digest(_ code: String, _ account: AccountID) -> [UInt8] {
        let plain = code.lowercased().filter { $0.isLetter || $0.isNumber }
        return Vault.digest(secret: "\(account) \(plain)", for: .recoveryCode)
    }

    /// Base 32 has five bits per character, and no 0 or 1, which look like letters.
    private static func newCode() -> String {
        let text = Array(Base32.encode(Array(TOTP.newSecret().prefix(15))).lowercased())
        return stride(from: 0, to: text.count, by: 6).map { String(text[$0..<$0 + 6]) }.joined(separator: "-")
    }
}

extension RecoveryCodes {
    static func deleteAll(of account: AccountID) -> SQL {
        "DELETE FROM consilium.recovery_code WHERE account_id = \(account)"
    }

    private static func insert(_ digests: [[UInt8]], of account: AccountID) -> SQL {
        "INSERT INTO consilium.recovery_code (account_id, digest) SELECT \(account), unnest(\(digests))"
    }

    private static func use(_ digest: [UInt8], of account: AccountID) -> SQL {
        """
        UPDATE consilium.recovery_code SET used_at = clock_timestamp()
        WHERE account_id = \(account) AND digest = \(digest) AND used_at IS NULL
            AND (expires_at IS NULL OR expires_at > clock_timestamp())
        """
    }
}
