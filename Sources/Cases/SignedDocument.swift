import Clinic
import FoundationEssentials
import Postgres
import Vault

/// What a specialist signs: its bytes are JSON with sorted keys, and they are kept as they were signed.
struct SignedDocument<Content: Codable & Sendable>: Codable, Sendable {
    enum Kind: String, Codable {
        case firstRead = "first_read"
        case opinion
    }

    let document: Kind
    let `case`: CaseID
    let specialist: AccountID
    /// RFC 3339 in UTC, to the microsecond.
    let signedAt: String
    /// Of an opinion: whether it was formed without knowing the earlier one.
    let blind: Blinding?
    let content: Content

    /// RFC 8785 would sort and print numbers in one way; here are no numbers, and the signed bytes are never made again.
    func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// - Throws: `VaultError.unreadable` for other bytes: a decoding error would carry what was sealed.
    static func read(_ bytes: [UInt8]) throws -> SignedDocument {
        do {
            return try JSONDecoder().decode(SignedDocument.self, from: Data(bytes))
        } catch {
            throw VaultError.unreadable
        }
    }
}

/// The instant of a signature, as the database has it and as the document says it.
struct SigningInstant: Sendable {
    let date: Date
    let text: String

    static func now(in tx: Transaction) async throws -> SigningInstant {
        let now: SQL = """
            SELECT t, to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') FROM clock_timestamp() t
            """
        guard let row = try await tx.first(now) else { throw CaseRefusal.notFound }
        let (date, text) = try row.decode(Date.self, String.self)
        return SigningInstant(date: date, text: text)
    }
}

/// A signature as it is shown.
package struct SignatureView: Codable, Sendable, Hashable {
    /// Always Ed25519 (RFC 8032).
    package var algorithm: String
    /// The key's name in the programme's keyring.
    package var key: String
    /// Whether it was verified over what is stored, just now.
    package var verified: Bool

    package init(algorithm: String = "Ed25519", key: String, verified: Bool) {
        self.algorithm = algorithm
        self.key = key
        self.verified = verified
    }
}

extension CaseAccess {
    /// The specialist's first draft is the beginning of her review.
    func beginReview(in tx: Transaction) async throws {
        guard state == .accepted else { return }
        try await tx.execute(
            "UPDATE consilium.clinical_case SET state = 'reviewing', version = version + 1 WHERE id = \(caseID)")
    }
}
