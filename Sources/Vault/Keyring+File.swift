import Crypto
import FoundationEssentials
import Glibc

/// The keyring's file: JSON that only its owner may read.
///
///     {"current": name, "keys": {name: base64 of 32 bytes},
///      "lookup": {"current": name, "keys": {name: base64 of 32 bytes}},
///      "signing": {"current": name, "keys": {name: base64 of a 32-byte Ed25519 seed},
///                  "retired": {name: base64 of a 32-byte Ed25519 public key}}}
extension Keyring {
    private static let sizeLimit = 65_536

    /// Reads a keyring.
    /// - Throws: `KeyringError` when the file is missing, not private, or not a complete keyring.
    package static func load(_ path: String) throws -> Keyring {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw KeyringError.inaccessible(path: path, code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw KeyringError.inaccessible(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0 else {
            throw KeyringError.tooOpen(path: path)
        }
        guard status.st_size <= sizeLimit else {
            throw KeyringError.malformed(field: "file", rule: "has at most 64 KiB")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            guard read > 0 else { throw KeyringError.inaccessible(path: path, code: read == 0 ? EIO : errno) }
            count += read
        }
        return try Keyring(json: bytes)
    }

    /// Writes the keyring atomically, for its owner alone.
    /// - Parameter replacing: whether to replace a file at that path; otherwise `KeyringError.exists` is thrown.
    package func write(to path: String, replacing: Bool = false) throws {
        let draft = "\(path).\(UUID().uuidString.lowercased())"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw KeyringError.inaccessible(path: path, code: errno) }
        defer { unlink(draft) }
        let bytes = try json()
        let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        guard written == bytes.count, fsync(file) == 0, close(file) == 0 else {
            throw KeyringError.inaccessible(path: path, code: errno)
        }
        // rename(2) replaces, link(2) does not; both are atomic.
        guard (replacing ? rename(draft, path) : link(draft, path)) == 0 else {
            throw errno == EEXIST ? KeyringError.exists(path) : KeyringError.inaccessible(path: path, code: errno)
        }
        let folder = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw KeyringError.inaccessible(path: path, code: errno) }
        defer { close(folder) }
        // Without this the file may be lost in a power cut, and with it everything that is sealed.
        guard fsync(folder) == 0 else { throw KeyringError.inaccessible(path: path, code: errno) }
    }

    /// The file's content; every field is required, and no other is allowed.
    struct Form: Codable {
        var current: String
        var keys: [String: Data]
        var lookup: Lookup
        var signing: Signing

        struct Lookup: Codable {
            var current: String
            var keys: [String: Data]
        }

        struct Signing: Codable {
            var current: String
            var keys: [String: Data]
            var retired: [String: Data]
        }
    }

    init(json bytes: [UInt8]) throws {
        let form: Form
        do {
            form = try JSONDecoder().decode(StrictForm.self, from: Data(bytes)).form
        } catch let error as KeyringError {
            throw error
        } catch let error as DecodingError {
            // Only the path: an error's description quotes the file.
            throw KeyringError.malformed(field: error.path, rule: "is missing or not of its form")
        }
        let masters = NamedKeys(
            current: form.current, keys: try Self.read(form.keys, "keys") { SymmetricKey(data: $0) })
        let lookups = NamedKeys(
            current: form.lookup.current,
            keys: try Self.read(form.lookup.keys, "lookup.keys") { SymmetricKey(data: $0) })
        guard let masters else { throw KeyringError.malformed(field: "current", rule: "names no key") }
        guard let lookups else { throw KeyringError.malformed(field: "lookup.current", rule: "names no key") }
        self.init(
            masters: masters, lookups: lookups, signing: form.signing.current,
            signingKeys: try Self.read(form.signing.keys, "signing.keys") {
                try Curve25519.Signing.PrivateKey(rawRepresentation: $0)
            },
            retiredKeys: try Self.read(form.signing.retired, "signing.retired") {
                try Curve25519.Signing.PublicKey(rawRepresentation: $0)
            })
        guard signingKeys[signing] != nil else {
            throw KeyringError.malformed(field: "signing.current", rule: "names no key")
        }
    }

    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try Array(
            encoder.encode(
                Form(
                    current: masters.current, keys: masters.keys.mapValues { $0.withUnsafeBytes { Data($0) } },
                    lookup: Form.Lookup(
                        current: lookups.current, keys: lookups.keys.mapValues { $0.withUnsafeBytes { Data($0) } }),
                    signing: Form.Signing(
                        current: signing, keys: signingKeys.mapValues(\.rawRepresentation),
                        retired: retiredKeys.mapValues(\.rawRepresentation))))
        ) + Array("\n".utf8)
    }

    private static func read<Key>(
        _ keys: [String: Data], _ field: String, _ make: (Data) throws -> Key
    ) throws -> [String: Key] {
        for name in keys.keys where !isName(name) { throw KeyringError.malformed(field: field, rule: nameRule) }
        return try keys.mapValues { try make(sized($0, field)) }
    }

    private static func sized(_ key: Data, _ field: String) throws -> Data {
        guard key.count == 32 else { throw KeyringError.malformed(field: field, rule: "a key has 32 bytes") }
        return key
    }
}

/// ``Keyring/Form`` that refuses unknown fields: a misspelt one would be a key that is silently missing.
private struct StrictForm: Decodable {
    let form: Keyring.Form

    private struct Field: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
        init(_ name: String) { stringValue = name }
    }

    init(from decoder: any Decoder) throws {
        let root = try decoder.container(keyedBy: Field.self)
        try Self.check(root, knows: ["current", "keys", "lookup", "signing"])
        try Self.check(
            root.nestedContainer(keyedBy: Field.self, forKey: Field("lookup")), knows: ["current", "keys"])
        try Self.check(
            root.nestedContainer(keyedBy: Field.self, forKey: Field("signing")),
            knows: ["current", "keys", "retired"])
        form = try Keyring.Form(from: decoder)
    }

    private static func check(_ container: KeyedDecodingContainer<Field>, knows fields: Set<String>) throws {
        for field in container.allKeys.map(\.stringValue) where !fields.contains(field) {
            throw KeyringError.malformed(field: String(field.prefix(40)), rule: "is not a known field")
        }
    }
}

extension DecodingError {
    /// Where the JSON is not what was expected, as `signing.keys`.
    fileprivate var path: String {
        let (place, missing): ([any CodingKey], (any CodingKey)?) =
            switch self {
            case .keyNotFound(let key, let context): (context.codingPath, key)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context.codingPath, nil)
            @unknown default: ([], nil)
            }
        let keys = place + [missing].compactMap { $0 }
        return keys.isEmpty ? "file" : keys.map(\.stringValue).joined(separator: ".")
    }
}
