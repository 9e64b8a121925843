import Clinic
import FoundationEssentials
import Glibc
import Testing
import Vault

@Suite("A keyring", .timeLimit(.minutes(5)))
final class KeyringTests {
    let folder: String

    init() throws {
        folder = "/tmp/keyring-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func file(_ text: String, mode: mode_t = 0o600) throws -> String {
        let path = "\(folder)/keyring-\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(filePath: path))
        chmod(path, mode)
        return path
    }

    private func written() throws -> String {
        let path = "\(folder)/keyring"
        try Keyring.generate().write(to: path)
        return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    @Test("What was written is read again, for its owner alone")
    func roundTrip() throws {
        let keyring = Keyring.generate()
        let path = "\(folder)/keyring"
        try keyring.write(to: path)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)

        let place = RowIdentity("record.title", CaseID.random())
        let sealed = try Vault(keyring).serviceKey.seal([1, 2], as: place)
        let again = Vault(try Keyring.load(path))
        #expect(try again.serviceKey.open(sealed, as: place) == [1, 2])
        #expect(again.digest("x", for: .email) == Vault(keyring).digest("x", for: .email))
        let (signature, key) = try Vault(keyring).sign([7])
        #expect(again.verify(signature, by: key, of: [7]))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["keyring"])
    }

    @Test("A keyring that lies there is never overwritten unless it is asked for")
    func keepsWhatIsThere() throws {
        let path = "\(folder)/keyring"
        try Keyring.generate().write(to: path)
        let before = try Data(contentsOf: URL(filePath: path))
        #expect(throws: KeyringError.exists(path)) { try Keyring.generate().write(to: path) }
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
        try Keyring.generate().write(to: path, replacing: true)
        #expect(try Data(contentsOf: URL(filePath: path)) != before)
    }

    @Test("A file that others can read is refused", arguments: [0o640, 0o604, 0o610, 0o666] as [mode_t])
    func refusesOpenFiles(mode: mode_t) throws {
        let path = try file(written(), mode: mode)
        #expect(throws: KeyringError.tooOpen(path: path)) { try Keyring.load(path) }
    }

    @Test("A file that is not there, and a folder, are refused")
    func refusesNoFile() {
        #expect(throws: KeyringError.inaccessible(path: "\(folder)/none", code: ENOENT)) {
            try Keyring.load("\(folder)/none")
        }
        #expect(throws: KeyringError.tooOpen(path: folder)) { try Keyring.load(folder) }
    }

    static let key = Data(repeating: 7, count: 32).base64EncodedString()
    static let short = Data(repeating: 7, count: 31).base64EncodedString()
    static let signing = "{\"current\":\"s\",\"keys\":{\"s\":\"\(key)\"},\"retired\":{}}"
    static let lookup = "{\"current\":\"l\",\"keys\":{\"l\":\"\(key)\"}}"

    @Test(
        "A malformed keyring is refused with the field's name",
        arguments: [
            ("", "file"), ("{", "file"), ("[]", "file"), ("{}", "lookup"),
            ("{\"current\":\"k\",\"keys\":{\"k\":\"\(key)\"},\"signing\":\(signing)}", "lookup"),
            ("{\"current\":\"k\",\"keys\":{\"k\":\"\(short)\"},\"lookup\":\(lookup),\"signing\":\(signing)}", "keys"),
            (
                "{\"current\":\"k\",\"keys\":{\"k\":\"\(key)\"},\"lookup\":{\"current\":\"l\",\"keys\":{\"l\":\"\(short)\"}},\"signing\":\(signing)}",
                "lookup.keys"
            ),
            (
                "{\"current\":\"k\",\"keys\":{\"k\":\"\(key)\"},\"lookup\":{\"current\":\"m\",\"keys\":{\"l\":\"\(key)\"}},\"signing\":\(signing)}",
                "lookup.current"
            ),
            ("{\"current\":\"k\",\"keys\":{\"k\":\"no\"},\"lookup\":\(lookup),\"signing\":\(signing)}", "keys.k"),
            ("{\"current\":\"x\",\"keys\":{\"k\":\"\(key)\"},\"lookup\":\(lookup),\"signing\":\(signing)}", "current"),
            (
                "{\"current\":\"k\",\"keys\":{\"k\":\"\(key)\",\"K 2\":\"\(key)\"},\"lookup\":\(lookup),\"signing\":\(signing)}",
                "keys"
            ),
            (
                "{\"current\":\"k\",\"keys\":{\"k\":\"\(key)\"},\"lookup\":\(lookup),\"signing\":\(signing),\"extra\":1}",
                "extra"
            ),
            (
                """
                {"current":"k","keys":{"k":"\(key)"},"lookup":\(lookup),
                 "signing":{"current":"s","keys":{"s":"\(short)"},"retired":{}}}
                """, "signing.keys"
            ),
            (
                """
                {"current":"k","keys":{"k":"\(key)"},"lookup":\(lookup),"signing":{"current":"t","keys":{"s":"\(key)"},"retired":{}}}
                """, "signing.current"
            ),
        ])
    func refusesMalformed(text: String, field: String) throws {
        let path = try file(text)
        let error = #expect(throws: KeyringError.self) { try Keyring.load(path) }
        guard case .malformed(let named, _) = error else {
            Issue.record("another refusal: \(String(describing: error))")
            return
        }
        #expect(named == field)
        #expect(error.map { !"\($0)".contains(Self.key) } == true)
    }

    @Test("The same form without a fault is read")
    func readsTheForm() throws {
        let text =
            "{\"current\":\"k\",\"keys\":{\"k\":\"\(Self.key)\"},\"lookup\":\(Self.lookup),\"signing\":\(Self.signing)}"
        #expect(try Keyring.load(file(text)).names == ["k"])
    }

    @Test("A key is added, promoted and removed, each step by its rule")
    func changesKeys() throws {
        let old = Keyring.generate()
        let both = try old.adding("master-2", of: .master)
        #expect(both.names == ["master-1", "master-2"] && both.current == "master-1")
        let promoted = try both.promoting("master-2", of: .master)
        #expect(promoted.current == "master-2")
        #expect(try promoted.removing("master-1", of: .master).names == ["master-2"])

        #expect(throws: KeyringError.exists("master-2")) { try both.adding("master-2", of: .master) }
        #expect(throws: KeyringError.missing("master-3")) { try both.promoting("master-3", of: .master) }
        #expect(throws: KeyringError.missing("master-3")) { try both.removing("master-3", of: .master) }
        #expect(throws: KeyringError.isCurrent("master-1")) { try both.removing("master-1", of: .master) }
        #expect(throws: KeyringError.self) { try both.adding("Master 3", of: .master) }
    }

    @Test("A signing key is added, promoted and retired; what it signed is verified for ever, and it signs no more")
    func changesSigningKeys() throws {
        let old = Keyring.generate()
        let (signature, name) = try Vault(old).sign([7])
        let both = try old.adding("signing-2", of: .signing)
        #expect(try Vault(both).sign([7]).key == name)
        let promoted = try both.promoting("signing-2", of: .signing)
        #expect(try Vault(promoted).sign([7]).key == "signing-2")
        let path = "\(folder)/keyring"
        try promoted.removing(name, of: .signing).write(to: path)
        let retired = try Keyring.load(path)
        #expect(Vault(retired).verify(signature, by: name, of: [7]))
        #expect(!Vault(retired).verify(signature, by: name, of: [8]))
        #expect(Vault(retired).publicKey(name) == Vault(old).publicKey(name))
        #expect(throws: KeyringError.missing(name)) { try retired.promoting(name, of: .signing) }
        #expect(throws: KeyringError.exists(name)) { try retired.adding(name, of: .signing) }
        #expect(throws: KeyringError.isCurrent("signing-2")) { try retired.removing("signing-2", of: .signing) }
        // What nobody retired but took out verifies nothing.
        #expect(!Vault(.generate()).verify(signature, by: name, of: [7]))
    }

    @Test("A look-up key is added, promoted and removed, through the file, and finds from the moment it is added")
    func changesLookupKey() throws {
        let old = Keyring.generate()
        #expect(throws: KeyringError.missing("lookup-2")) { try old.promoting("lookup-2", of: .lookup) }
        #expect(throws: KeyringError.exists("lookup-1")) { try old.adding("lookup-1", of: .lookup) }
        #expect(throws: KeyringError.malformed(field: "lookup", rule: "names have 1 to 32 of a-z, 0-9 and -")) {
            try old.adding("Lookup 2", of: .lookup)
        }
        let path = "\(folder)/keyring"
        try old.adding("lookup-2", of: .lookup).write(to: path)
        let both = try Keyring.load(path)
        let next = try both.promoting("lookup-2", of: .lookup)
        #expect(throws: KeyringError.isCurrent("lookup-1")) { try both.removing("lookup-1", of: .lookup) }
        let last = try next.removing("lookup-1", of: .lookup)
        #expect(throws: KeyringError.missing("lookup-1")) { try last.removing("lookup-1", of: .lookup) }

        func digest(by keyring: Keyring) -> [UInt8] { Vault(keyring).digest("x", for: .email) }
        func digests(by keyring: Keyring) -> Set<[UInt8]> { Set(Vault(keyring).digests("x", for: .email)) }
        #expect(digest(by: old) == digest(by: both) && digest(by: next) == digest(by: last))
        #expect(digest(by: both) != digest(by: next))
        #expect(digests(by: both) == digests(by: next) && digests(by: both).count == 2)
        #expect(digests(by: last) == [digest(by: next)])
        #expect(Vault(next).digests("x", for: .email).first == digest(by: next), "the current one comes first")
        #expect(Vault(both).lookup.name == "lookup-1" && Vault(next).lookup.name == "lookup-2")
    }

    @Test("What the service sealed before a rotation opens in both phases, and not once the old key has gone")
    func houseSurvivesRotation() throws {
        let old = Keyring.generate()
        let place = RowIdentity("idempotency_key.reply", CaseID.random())
        let before = try Vault(old).serviceKey.seal([1], as: place)
        let both = try old.adding("master-2", of: .master)
        let promoted = try both.promoting("master-2", of: .master)
        let after = try Vault(promoted).serviceKey.seal([2], as: place)

        #expect(try Vault(both).serviceKey.open(after, as: place) == [2])
        #expect(try Vault(promoted).serviceKey.open(before, as: place) == [1])
        #expect(throws: VaultError.unknownKey) { try Vault(old).serviceKey.open(after, as: place) }
        #expect(throws: VaultError.unknownKey) {
            try Vault(promoted.removing("master-1", of: .master)).serviceKey.open(before, as: place)
        }
    }
}
