import Crypto
import FoundationEssentials

/// A key that digests values that could be guessed, by HMAC-SHA256 (RFC 2104). Digests for two purposes never agree. The
/// caller normalises a name or an address first.
package struct LookupKey: Sendable {
    /// Its name in the keyring.
    package let name: String
    private let key: SymmetricKey

    init(_ named: (name: String, key: SymmetricKey)) {
        (name, key) = named
    }

    package func digest(_ bytes: [UInt8], for purpose: DigestPurpose) -> [UInt8] {
        var hmac = HMAC<SHA256>(key: key)
        // A purpose has no NUL, so its end is unambiguous.
        hmac.update(data: Array(purpose.rawValue.utf8) + [0])
        hmac.update(data: bytes)
        return Array(hmac.finalize())
    }

    /// As above, of the text's UTF-8.
    package func digest(_ text: String, for purpose: DigestPurpose) -> [UInt8] {
        digest(Array(text.utf8), for: purpose)
    }
}

/// The purpose of a digest of a value that could be guessed.
package enum DigestPurpose: String, Sendable, CaseIterable {
    case email, specialistProposal, idempotency, throttle, checkpoint, requestSource, entityTag
}

/// The purpose of a digest of a random secret.
package enum SecretPurpose: String, Sendable, CaseIterable {
    /// 256 bits, of ``Vault/newToken()``.
    case session, mailToken, hold, invitation, caregiver, specialist, calendarFeed, device
    /// 120 bits, digested together with the account.
    case recoveryCode
}
