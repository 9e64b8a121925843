import Crypto

/// Symmetric keys of one kind by name, one of them current.
struct NamedKeys: Sendable {
    private(set) var current: String
    private(set) var keys: [String: SymmetricKey]
    private(set) var currentKey: SymmetricKey

    /// Nil when no key has the current one's name.
    init?(current: String, keys: [String: SymmetricKey]) {
        guard let currentKey = keys[current] else { return nil }
        self.current = current
        self.keys = keys
        self.currentKey = currentKey
    }

    private init(_ name: String, _ key: SymmetricKey) {
        (current, keys, currentKey) = (name, [name: key], key)
    }

    /// One fresh random key.
    static func fresh(_ name: String) -> NamedKeys { NamedKeys(name, SymmetricKey(size: .bits256)) }

    var names: [String] { keys.keys.sorted() }

    /// All but the current one.
    var others: [(name: String, key: SymmetricKey)] {
        keys.filter { $0.key != current }.map { (name: $0.key, key: $0.value) }
    }

    /// Adds a fresh key, which is not current.
    /// - Throws: `KeyringError.exists`.
    mutating func add(_ name: String) throws {
        guard keys[name] == nil else { throw KeyringError.exists(name) }
        keys[name] = SymmetricKey(size: .bits256)
    }

    /// - Throws: `KeyringError.missing`.
    mutating func promote(_ name: String) throws {
        guard let key = keys[name] else { throw KeyringError.missing(name) }
        (current, currentKey) = (name, key)
    }

    /// - Throws: `KeyringError.missing`, `KeyringError.isCurrent`.
    mutating func remove(_ name: String) throws {
        guard keys[name] != nil else { throw KeyringError.missing(name) }
        guard name != current else { throw KeyringError.isCurrent(name) }
        keys[name] = nil
    }
}
