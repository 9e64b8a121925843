import Clinic
import Postgres
import Vault

/// Devices that an account has signed in from, each by a random token that its client keeps and shows at the next
/// sign-in (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). A token opens nothing: it only says that
/// the account has been here before.
struct KnownDevices: Sendable {
    /// How many an account knows; the one that was away longest is forgotten.
    static let most: Int32 = 20
    /// How long a device is known after a sign-in.
    private static let lifetime = Duration.seconds(90 * 86_400)

    /// Keeps a device known that the actor has signed in from, and makes a new one of any other.
    /// - Parameter shown: the token that a known device has shown.
    /// - Returns: the token to show next time.
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
