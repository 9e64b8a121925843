import Crypto
package import FoundationEssentials
package import Clinic
import Postgres

/// Seals and opens with AES-256-GCM (NIST SP 800-38D), bound to the row that keeps the seal.
///
/// A seal is a version byte, for the service key the name of its master key, then nonce (12 bytes, random), ciphertext
/// and tag (16 bytes). A random nonce is safe for 2³² seals by one key; a case has thousands.
package struct DataKey: Sendable {
    private enum Material {
        case one(SymmetricKey)
        case ring([String: SymmetricKey], current: String)
    }

    private static let plain: UInt8 = 1
    private static let named: UInt8 = 2
    private let material: Material

    init(_ key: SymmetricKey) {
        material = .one(key)
    }

    init(ring: [String: SymmetricKey], current: String) {
        material = .ring(ring, current: current)
    }

    /// Seals bytes for one place.
    /// - Throws: `VaultError.unknownKey` when the keyring lacks its current key.
    package func seal(_ bytes: [UInt8], as identity: RowIdentity) throws -> [UInt8] {
        switch material {
        case .one(let key):
            return try [Self.plain] + Self.box(bytes, key, identity)
        case .ring(let keys, let current):
            guard let key = keys[current], let prefix = Self.prefix(naming: current) else {
                throw VaultError.unknownKey
            }
            return try prefix + Self.box(bytes, key, identity)
        }
    }

    /// Opens a seal that was made for the same place.
    /// - Throws: `VaultError.unreadable` for any other, `VaultError.unknownKey` when the keyring lacks its master key.
    package func open(_ sealed: [UInt8], as identity: RowIdentity) throws -> [UInt8] {
        switch (material, sealed.first) {
        case (.one(let key), Self.plain):
            return try Self.unbox(sealed.dropFirst(), key, identity)
        case (.ring(let keys, _), Self.named):
            guard sealed.count > 2, sealed.count > 2 + Int(sealed[1]) else { throw VaultError.unreadable }
            let end = 2 + Int(sealed[1])
            guard let key = keys[String(decoding: sealed[2..<end], as: UTF8.self)] else { throw VaultError.unknownKey }
            return try Self.unbox(sealed[end...], key, identity)
        default:
            throw VaultError.unreadable
        }
    }

    /// Seals a value as JSON, so that fields that belong together share one seal.
    package func seal(json value: some Encodable, as identity: RowIdentity) throws -> [UInt8] {
        try seal(CanonicalJSON.encode(value), as: identity)
    }

    /// Opens a value that was sealed as JSON.
    /// - Throws: as `open`, and `VaultError.unreadable` when the JSON is of another type: a decoding error would carry
    ///   what was sealed.
    package func open<Value: Decodable>(
        _ sealed: [UInt8], json: Value.Type, as identity: RowIdentity
    ) throws -> Value {
        let bytes = try open(sealed, as: identity)
        do {
            return try CanonicalJSON.decode(from: bytes)
        } catch {
            throw VaultError.unreadable
        }
    }

    /// HMAC-SHA256 by a key derived from this one (from a ring's current key). Kept beside a seal, it tells later whether
    /// other bytes are the same, and reveals nothing to somebody who cannot open the seal.
    package func digest(_ bytes: [UInt8], as identity: RowIdentity) throws -> [UInt8] {
        let key: SymmetricKey? =
            switch material {
            case .one(let key): key
            case .ring(let keys, let current): keys[current]
            }
        guard let key else { throw VaultError.unknownKey }
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("consilium digest".utf8), outputByteCount: 32)
        var hmac = HMAC<SHA256>(key: derived)
        // An identity has no NUL.
        hmac.update(data: identity.bytes + [0])
        hmac.update(data: bytes)
        return Array(hmac.finalize())
    }

    /// The beginning of every seal by a ring's key of this name; nil when the name is too long.
    private static func prefix(naming key: String) -> [UInt8]? {
        UInt8(exactly: key.utf8.count).map { [named, $0] + Array(key.utf8) }
    }

    /// Whether a ring's key of this name made a seal in the database; NULL where there is no seal.
    static func begins(_ seal: SQL, with key: String) -> SQL {
        guard let prefix = prefix(naming: key) else { return "NULL::boolean" }
        return "(substring(\(fragment: seal) FROM 1 FOR octet_length(\(prefix)::bytea)) = \(prefix)::bytea)"
    }

    /// Whether another master key of the keyring than the current one made a seal in the database; NULL where there is no
    /// seal. A seal that no key of the keyring can open is not stale: no rotation can renew it.
    static func isStale(_ seal: SQL, for keyring: Keyring) -> SQL {
        let others = keyring.names.filter { $0 != keyring.current }
        return others.reduce("false" as SQL) { "(\(fragment: $0) OR \(fragment: begins(seal, with: $1)))" }
    }

    private static func box(_ bytes: [UInt8], _ key: SymmetricKey, _ identity: RowIdentity) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: key, authenticating: identity.bytes)
        return box.nonce + Array(box.ciphertext) + Array(box.tag)
    }

    private static func unbox(_ bytes: ArraySlice<UInt8>, _ key: SymmetricKey, _ identity: RowIdentity) throws
        -> [UInt8]
    {
        do {
            return try Array(
                AES.GCM.open(AES.GCM.SealedBox(combined: bytes), using: key, authenticating: identity.bytes))
        } catch {
            throw VaultError.unreadable
        }
    }
}

/// The only place where a seal can be opened: a column, its row's id, and the index of the part where one value is split
/// into parts.
package struct RowIdentity: Sendable {
    let bytes: [UInt8]

    /// - Parameter column: as `message.body`.
    package init(_ column: StaticString, _ id: UUID, part: Int? = nil) {
        bytes = Array("\(column):\(id.uuidString.lowercased())\(part.map { ":\($0)" } ?? "")".utf8)
    }

    package init<Tag>(_ column: StaticString, _ id: ID<Tag>, part: Int? = nil) {
        self.init(column, id.rawValue, part: part)
    }

    /// An account's e-mail address: its UTF-8, sealed by the person key.
    package static func accountEmail(_ id: AccountID) -> RowIdentity {
        RowIdentity("account.email", id)
    }

    /// One of a person's particulars, sealed by the person key.
    package static func accountParticular(_ kind: Particulars.Kind, of id: AccountID) -> RowIdentity {
        switch kind {
        case .name: RowIdentity("account_particular.name", id)
        case .birth: RowIdentity("account_particular.birth", id)
        case .contact: RowIdentity("account_particular.contact", id)
        }
    }

    /// The address of a proposed specialist: its UTF-8, sealed by the service key.
    package static func proposalEmail(_ id: SpecialistProposalID) -> RowIdentity { proposalEmail(id.rawValue) }

    static func proposalEmail(_ id: UUID) -> RowIdentity { RowIdentity("specialist_proposal.email", id) }

    /// The address to which a code for a lost second factor is mailed: its UTF-8, sealed by the service key.
    package static func recoveryEmail(_ id: FactorRecoveryID) -> RowIdentity { recoveryEmail(id.rawValue) }

    static func recoveryEmail(_ id: UUID) -> RowIdentity { RowIdentity("factor_recovery.email", id) }

    /// The envelope of a mail to an address that is no account's yet, sealed by the service key.
    static func envelope(_ id: UUID) -> RowIdentity { RowIdentity("notice.envelope", id) }
}
