import Clinic
import Crypto
import FoundationEssentials
import Testing
import Vault

@Suite("The vault", .timeLimit(.minutes(5)))
struct VaultTests {
    let vault = Vault(.generate())
    let id = CaseID.random()

    @Test("What the service sealed opens for the same row only")
    func bindsToRow() throws {
        let bytes = Array("the left lung".utf8)
        let sealed = try vault.serviceKey.seal(bytes, as: RowIdentity("record.title", id))
        #expect(try vault.serviceKey.open(sealed, as: RowIdentity("record.title", id)) == bytes)
        for other in [
            RowIdentity("record.title", CaseID.random()), RowIdentity("record.body", id),
            RowIdentity("record.title", id, part: 0),
        ] {
            #expect(throws: VaultError.unreadable) { try vault.serviceKey.open(sealed, as: other) }
        }
    }

    @Test("A seal with any bit changed, or cut anywhere, does not open")
    func refusesDamage() throws {
        let place = RowIdentity("record.title", id)
        let sealed = try vault.serviceKey.seal([1, 2, 3], as: place)
        for index in sealed.indices {
            var damaged = sealed
            damaged[index] ^= 1
            #expect(throws: VaultError.self) { try vault.serviceKey.open(damaged, as: place) }
            #expect(throws: VaultError.self) { try vault.serviceKey.open(Array(sealed[..<index]), as: place) }
        }
    }

    @Test("Another service opens nothing")
    func needsTheKeyring() throws {
        let place = RowIdentity("record.title", id)
        let sealed = try vault.serviceKey.seal([1], as: place)
        #expect(throws: VaultError.unreadable) { try Vault(.generate()).serviceKey.open(sealed, as: place) }
    }

    @Test("The same bytes are sealed differently each time")
    func isRandomised() throws {
        let place = RowIdentity("record.title", id)
        let seals = try (0..<100).map { _ in try vault.serviceKey.seal([], as: place) }
        #expect(Set(seals).count == 100)
    }

    @Test("What is sealed as JSON opens as its type, and as another only without saying what it holds")
    func sealsValues() throws {
        let place = RowIdentity("record.title", id)
        let sealed = try vault.serviceKey.seal(json: ["name": "Ada"], as: place)
        #expect(try vault.serviceKey.open(sealed, json: [String: String].self, as: place) == ["name": "Ada"])
        #expect(throws: VaultError.unreadable) { try vault.serviceKey.open(sealed, json: [Int].self, as: place) }
    }

    @Test("A digest depends on text, purpose and keyring, and on nothing else")
    func digests() {
        let digest = vault.digest("ada@example.org", for: .email)
        #expect(digest.count == 32)
        #expect(digest == vault.lookup.digest(Array("ada@example.org".utf8), for: .email))
        #expect(digest != vault.digest("ada@example.com", for: .email))
        #expect(digest != Vault(.generate()).digest("ada@example.org", for: .email))
        #expect(Set(DigestPurpose.allCases.map { vault.digest("same", for: $0) }).count == DigestPurpose.allCases.count)
    }

    @Test("A secret's digest depends on secret and purpose alone: SHA-256 of the two, whatever the keyring")
    func digestsSecrets() {
        let token = Vault.newToken()
        let digest = Vault.digest(secret: token, for: .session)
        #expect(digest == Array(SHA256.hash(data: Array("session\0\(token)".utf8))))
        #expect(digest != Vault.digest(secret: Vault.newToken(), for: .session))
        #expect(
            Set(SecretPurpose.allCases.map { Vault.digest(secret: token, for: $0) }).count
                == SecretPurpose.allCases.count)
    }

    @Test("A data key's digest is of its bytes, place and key, and no other key's")
    func digestsByDataKey() throws {
        let key = vault.serviceKey
        let place = RowIdentity("match.input", id)
        let digest = try key.digest([1, 2], as: place)
        #expect(digest.count == 32)
        #expect(try digest == key.digest([1, 2], as: place))
        for other in [
            try key.digest([1, 3], as: place), try key.digest([1, 2], as: RowIdentity("match.input", CaseID.random())),
            try Vault(.generate()).serviceKey.digest([1, 2], as: place),
        ] {
            #expect(digest != other)
        }
    }

    @Test("A token fits a URL and never comes twice")
    func makesTokens() {
        let tokens = (0..<1000).map { _ in Vault.newToken() }
        #expect(Set(tokens).count == 1000)
        #expect(tokens.allSatisfy { $0.wholeMatch(of: /[A-Za-z0-9_-]{43}/) != nil })
    }

    @Test("A signature verifies for its document and key alone")
    func signs() throws {
        let document = Array("opinion".utf8)
        let (signature, key) = try vault.sign(document)
        #expect(vault.verify(signature, by: key, of: document))
        #expect(!vault.verify(signature, by: key, of: document + [0]))
        #expect(!vault.verify(signature, by: "signing-2", of: document))
        #expect(!vault.verify(Array(signature.dropLast()), by: key, of: document))
        #expect(!Vault(.generate()).verify(signature, by: key, of: document))
        #expect(vault.publicKey(key)?.count == 32)
    }

    @Test("An envelope opens for its own notice, and fits a job's payload at its largest")
    func sealsEnvelopes() throws {
        let address = String(repeating: "a", count: 242) + "@example.org"
        let envelope = MailEnvelope(address: address, token: Vault.newToken(), language: "en")
        let notice = NoticeID.random()
        let sealed = try vault.sealEnvelope(envelope, for: notice)
        #expect(try vault.openEnvelope(sealed, for: notice) == envelope)
        #expect(throws: VaultError.unreadable) { try vault.openEnvelope(sealed, for: .random()) }

        let told = Notice(to: .envelope(sealed), .confirmEmail, id: notice)
        let payload = try JSONEncoder().encode(told)
        #expect(payload.count <= 1500)
        #expect(try JSONDecoder().decode(Notice.self, from: payload) == told)
    }
}
