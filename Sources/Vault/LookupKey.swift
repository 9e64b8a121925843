import Crypto
import FoundationEssentials

/// A key by which what could be guessed is digested: HMAC-SHA256 (RFC 2104). Digests for two purposes never agree. Whoever
/// digests a name or an address normalises it first.
package struct LookupKey: Sendable {
    /// In the keyring.
    package let name: String
    private let key: SymmetricKey

    init(_ named: (name: String, key: SymmetricKey)) {
        (name, key) = named
    }

    package func digest(_ bytes: [UInt8], for purpose: DigestPurpose) -> [UInt8] {
        var hmac = HMAC<SHA256>(key: key)
        // A purpose has no NUL, so where it ends is plain.
        hmac.update(data: Array(purpose.rawValue.utf8) + [0])
        hmac.update(data: bytes)
        return Array(hmac.finalize())
    }

    /// As above, of the text's UTF-8.
    package func digest(_ text: String, for purpose: DigestPurpose) -> [UInt8] {
        digest(Array(text.utf8), for: purpose)
    }
}

/// What a digest of something that could be guessed is for.
package enum DigestPurpose: String, Sendable, CaseIterable {
    case email, specialistProposal, idempotency, throttle, checkpoint, requestSource, entityTag
}

/// What a digest of a random secret is for.
package enum SecretPurpose: String, Sendable, CaseIterable {
    /// 256 bits, of ``Vault/newToken()``.
    case session, mailToken, hold, invitation, caregiver, specialist, calendarFeed, device
    /// 120 bits, with the account whose they are.
    case recoveryCode
}
