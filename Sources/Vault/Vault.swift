import Crypto
import FoundationEssentials

/// Seals and opens what is encrypted at rest (P7), digests what is looked up, and signs.
///
/// Clinical content is sealed by a data key per case, a person's particulars by a data key per person. The database holds
/// both, wrapped by a master key of the ``Keyring``, and never a master key.
package struct Vault: Sendable {
    let keyring: Keyring
    /// Seals what belongs to no case and to no person, or to a person whose account is not known yet: kept replies,
    /// envelopes. Derived from the master keys (HKDF, RFC 5869). Each seal begins with its master key's name, so it can be
    /// opened for as long as the keyring holds that key.
    package let serviceKey: DataKey

    package init(_ keyring: Keyring) {
        self.keyring = keyring
        serviceKey = DataKey(
            ring: keyring.masters.keys.mapValues { master in
                HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: master, info: Data("consilium service key".utf8), outputByteCount: 32)
            }, current: keyring.current)
    }

    /// The current look-up key, for new digests.
    package var lookup: LookupKey { keyring.lookup }

    /// The other look-up keys, by any of which an older digest may have been made.
    package var otherLookups: [LookupKey] { keyring.lookups.others.map(LookupKey.init) }

    /// A digest by the current look-up key, for a column that must not hold a value that could be guessed.
    package func digest(_ text: String, for purpose: DigestPurpose) -> [UInt8] { lookup.digest(text, for: purpose) }

    /// A digest by every look-up key, the current one first, to search such a column.
    package func digests(_ text: String, for purpose: DigestPurpose) -> [[UInt8]] {
        ([lookup] + otherLookups).map { $0.digest(text, for: purpose) }
    }

    /// SHA-256 of a random secret, for a column that must not hold the secret. It needs no key, and so no rotation: nobody
    /// guesses 112 random bits or more (OWASP ASVS 5.0, V6.5.2). Digests for two purposes never agree.
    package static func digest(secret: String, for purpose: SecretPurpose) -> [UInt8] {
        Array(SHA256.hash(data: Array(purpose.rawValue.utf8) + [0] + Array(secret.utf8)))
    }

    /// As ``digest(secret:for:)``, for a secret that was mailed to an address and is valid with that address alone.
    /// - Parameter address: in normal form; it has no line break.
    package static func digest(secret: String, serving address: String, for purpose: SecretPurpose) -> [UInt8] {
        digest(secret: "\(address)\n\(secret)", for: purpose)
    }

    /// A fresh secret for a link, a session or a hold: 256 random bits in base64url (RFC 4648 §5), 43 characters.
    package static func newToken() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// An Ed25519 signature (RFC 8032) by the current signing key, with that key's name.
    package func sign(_ document: [UInt8]) throws -> (signature: [UInt8], key: String) {
        guard let key = keyring.signingKeys[keyring.signing] else { throw VaultError.unknownKey }
        return (Array(try key.signature(for: document)), keyring.signing)
    }

    /// Whether exactly this document was signed with the key of that name. A key that is not in the keyring verifies
    /// nothing.
    package func verify(_ signature: [UInt8], by key: String, of document: [UInt8]) -> Bool {
        keyring.publicKey(key)?.isValidSignature(signature, for: document) ?? false
    }

    /// The public half of a signing key, 32 bytes, with which anybody can verify a signature.
    package func publicKey(_ name: String) -> [UInt8]? {
        keyring.publicKey(name).map { Array($0.rawRepresentation) }
    }
}

/// Why something cannot be opened.
package enum VaultError: Error, Equatable {
    /// There is no such data key, or the actor may not see it.
    case noKey
    /// The data key was destroyed: what it sealed is gone.
    case destroyed
    /// The seal was truncated, altered, moved to another row, or made by another key.
    case unreadable
    /// The keyring does not hold the master or signing key that is needed.
    case unknownKey
}
