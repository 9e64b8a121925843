import Crypto
import FoundationEssentials

/// The keys that are never stored in the database: master keys, look-up keys, signing keys.
///
/// A master or look-up key is replaced in phases, so that no gateway meets a key that it does not know. First
/// ``adding(_:of:)``, and restart every gateway and worker. Then ``promoting(_:of:)``, and restart them again.
/// ``KeyRotation`` then wraps or digests again what depends on the old key. Last ``removing(_:of:)``, once nothing depends
/// on it, and destroy every copy of the old key. Kept replies are sealed by the master key and found by the look-up key of
/// their time: wait 24 hours before you remove either.
///
/// A signing key is added and promoted in the same way. It is retired rather than removed: its private half is destroyed,
/// and its public half still verifies what it has signed.
package struct Keyring: Sendable {
    private(set) var masters: NamedKeys
    private(set) var lookups: NamedKeys
    /// The name of the current signing key.
    package private(set) var signing: String
    private(set) var signingKeys: [String: Curve25519.Signing.PrivateKey]
    /// The public halves of retired signing keys.
    private(set) var retiredKeys: [String: Curve25519.Signing.PublicKey]

    init(
        masters: NamedKeys, lookups: NamedKeys, signing: String,
        signingKeys: [String: Curve25519.Signing.PrivateKey],
        retiredKeys: [String: Curve25519.Signing.PublicKey] = [:]
    ) {
        self.masters = masters
        self.lookups = lookups
        self.signing = signing
        self.signingKeys = signingKeys
        self.retiredKeys = retiredKeys
    }

    /// A keyring of fresh random keys.
    package static func generate() -> Keyring {
        Keyring(
            masters: .fresh("master-1"), lookups: .fresh("lookup-1"), signing: "signing-1",
            signingKeys: ["signing-1": Curve25519.Signing.PrivateKey()])
    }

    /// The name of the current master key.
    package var current: String { masters.current }

    /// The names of all master keys, sorted.
    package var names: [String] { masters.names }

    /// The current look-up key.
    var lookup: LookupKey { LookupKey((lookups.current, lookups.currentKey)) }

    /// Phase one: adds a fresh key that opens, finds or verifies, but is not used for anything new.
    /// - Throws: `KeyringError.malformed` for a name out of form, `KeyringError.exists`.
    package func adding(_ name: String, of kind: KeyKind) throws -> Keyring {
        guard Keyring.isName(name) else { throw KeyringError.malformed(field: kind.field, rule: Keyring.nameRule) }
        var next = self
        switch kind {
        case .master: try next.masters.add(name)
        case .lookup: try next.lookups.add(name)
        case .signing:
            guard signingKeys[name] == nil, retiredKeys[name] == nil else { throw KeyringError.exists(name) }
            next.signingKeys[name] = Curve25519.Signing.PrivateKey()
        }
        return next
    }

    /// Phase two: makes that key the current one.
    /// - Throws: `KeyringError.missing`.
    package func promoting(_ name: String, of kind: KeyKind) throws -> Keyring {
        var next = self
        switch kind {
        case .master: try next.masters.promote(name)
        case .lookup: try next.lookups.promote(name)
        case .signing:
            guard signingKeys[name] != nil else { throw KeyringError.missing(name) }
            next.signing = name
        }
        return next
    }

    /// Last phase: removes a key. What a master key wraps is lost, and accounts whose address a look-up key digested are no
    /// longer found, so ask ``KeyRotation/wrapped(by:)`` and ``KeyRotation/digested(by:)`` first. Of a signing key only the
    /// private half is removed: it still verifies what it has signed.
    /// - Throws: `KeyringError.missing`, `KeyringError.isCurrent`.
    package func removing(_ name: String, of kind: KeyKind) throws -> Keyring {
        var next = self
        switch kind {
        case .master: try next.masters.remove(name)
        case .lookup: try next.lookups.remove(name)
        case .signing:
            guard let key = signingKeys[name] else { throw KeyringError.missing(name) }
            guard name != signing else { throw KeyringError.isCurrent(name) }
            next.signingKeys[name] = nil
            next.retiredKeys[name] = key.publicKey
        }
        return next
    }

    /// The public half of a signing key, retired or not.
    func publicKey(_ name: String) -> Curve25519.Signing.PublicKey? {
        signingKeys[name]?.publicKey ?? retiredKeys[name]
    }

    static let nameRule = "names have 1 to 32 of a-z, 0-9 and -"

    static func isName(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}

/// Which keys of a keyring.
package enum KeyKind: String, CaseIterable, Sendable {
    case master, lookup, signing

    /// The field of the keyring's file.
    fileprivate var field: String { self == .master ? "keys" : rawValue }
}

/// What is wrong with a keyring or its file. Never carries a key.
package enum KeyringError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened, read or written; `code` is `errno`.
    case inaccessible(path: String, code: Int32)
    /// Somebody other than its owner may read or write the file.
    case tooOpen(path: String)
    case malformed(field: String, rule: String)
    /// There is a key of that name, or a file at that path, already.
    case exists(String)
    case missing(String)
    case isCurrent(String)

    package var description: String {
        switch self {
        case .inaccessible(let path, let code): "the keyring \(path) cannot be read or written (errno \(code))"
        case .tooOpen(let path): "the keyring \(path) must be a file that only its owner can access (chmod 600)"
        case .malformed(let field, let rule): "the keyring's \(field): \(rule)"
        case .exists(let name): "\(name) exists already"
        case .missing(let name): "the keyring has no key \(name)"
        case .isCurrent(let name): "\(name) is the current key: promote another first"
        }
    }
}
