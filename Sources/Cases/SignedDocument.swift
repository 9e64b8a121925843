import Clinic
import FoundationEssentials
import Postgres
import Vault

/// What a specialist signs: JSON with sorted keys, whose bytes are kept as they were signed.
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
    /// For an opinion: whether it was formed without knowing the earlier one.
    let blind: Blinding?
    let content: Content

    /// RFC 8785 would also fix how numbers are printed. There are no numbers here, and the signed bytes are never made
    /// again.
    func bytes() throws -> [UInt8] { try CanonicalJSON.encode(self) }

    /// - Throws: `VaultError.unreadable` for other bytes: a decoding error would contain what was sealed.
    static func read(_ bytes: [UInt8]) throws -> SignedDocument {
        do {
            return try CanonicalJSON.decode(from: bytes)
        } catch {
            throw VaultError.unreadable
        }
    }
}

/// The instant of a signature, as a date and as the document's text.
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
    package var algorithm = "Ed25519"
    /// The key's name in the programme's keyring.
    package var key: String
    /// Whether it was verified just now, over the stored bytes.
    package var verified: Bool

    package static let example = SignatureView(key: "2027-01", verified: true)
}

extension CaseAccess {
    /// The specialist's first draft begins the review.
    func beginReview(in tx: Transaction) async throws {
        guard state == .accepted else { return }
        try await tx.execute(
            "UPDATE consilium.clinical_case SET state = 'reviewing', version = version + 1 WHERE id = \(caseID)")
    }
}
