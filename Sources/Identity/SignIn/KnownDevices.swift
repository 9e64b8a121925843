import Clinic
import Postgres
import Vault

/// Devices that an account has signed in from, each with a random token that its client sends at the next sign-in
/// (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). A token gives access to nothing: it only tells
/// that the account has signed in on this device before.
struct KnownDevices: Sendable {
    /// The most devices per account; the one not used longest is deleted.
    static let most: Int32 = 20
    /// How long a device stays known after a sign-in.
    private static let lifetime = Duration.seconds(90 * 86_400)

    /// Extends a known device that the actor has signed in from, or stores a new one.
    /// - Parameter shown: the token that a known device sent.
    /// - Returns: the token for the next sign-in.
    func keep(_ known: DeviceID?, shown: String?, of account: AccountID, in tx: Transaction) async throws -> String {
        if let known, let shown, try await tx.execute(Self.renew(known, account)) == 1 { return shown }
        let token = Vault.newToken()
        try await tx.execute(Self.insert(.random(), Vault.digest(secret: token, for: .device), account))
        try await tx.execute(Self.forgetBeyondMost(of: account))
        return token
    }

    private static func renew(_ id: DeviceID, _ account: AccountID) -> SQL {
        """
        UPDATE consilium.known_device
        SET attempts = 0, seen_at = clock_timestamp(), expires_at = clock_timestamp() + \(lifetime)
        WHERE id = \(id) AND account_id = \(account)
        """
    }

    private static func insert(_ id: DeviceID, _ digest: [UInt8], _ account: AccountID) -> SQL {
        """
        INSERT INTO consilium.known_device (id, account_id, token_digest, expires_at)
        VALUES (\(id), \(account), \(digest), clock_timestamp() + \(lifetime))
        """
    }

    private static func forgetBeyondMost(of account: AccountID) -> SQL {
        """
        DELETE FROM consilium.known_device WHERE account_id = \(account) AND id NOT IN (
            SELECT id FROM consilium.known_device WHERE account_id = \(account)
            ORDER BY seen_at DESC, id DESC LIMIT \(most))
        """
    }
}
