package import Clinic
package import FoundationEssentials
package import Postgres
import Vault

/// What was done with an account: a sign-in, a refused one, a sign-out, a change.
package struct AccountLogEntry: Codable, Sendable {
    /// The place in the account's sequence.
    package var seq: Int
    package var at: Date
    /// As `sign_in.created:opened`, `sign_in.created:wrong_credentials`, `session.ended` or `second_factor.changed`.
    package var action: String
    /// Who did it; nil for the service itself, and where it is not proved, as in a refused sign-in.
    package var actor: AccountID?
    /// What it was done to.
    package var subject: UUID
    /// The network address, and the device as its client names itself; nil where the reader may not know them, or
    /// nothing is known.
    package var address: String?
    package var device: String?
}

/// A page of an account's log, the latest first.
package struct AccountLogPage: Codable, Sendable {
    package var entries: [AccountLogEntry]
    /// The cursor of the next page; nil at the end.
    package var next: String?

    package static let example = AccountLogPage(
        entries: [
            AccountLogEntry(
                seq: 42, at: ExampleValues.instant, action: "sign_in.created:opened", actor: ExampleValues.patient,
                subject: SignedIn.example.session.rawValue, address: "203.0.113.7",
                device: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
        ], next: "42")
}

/// The audit log of the caller's own account, with the places from which it was used.
package struct AccountLog: Sendable {
    let vault: Vault

    /// It includes reads by others, but not the caller's own reads.
    /// - Parameters:
    ///   - before: the page has the entries before this place; nil for the latest.
    ///   - limit: 1 to 200.
    package func page(
        before: Int? = nil, limit: Int = 50, by caller: Caller, in tx: Transaction
    ) async throws -> AccountLogPage {
        let key = try await vault.personKey(caller.account, in: tx)
        let (rows, hasMore) = try await tx.page(limit) {
            Self.entries(of: caller.account, before: before ?? .max, limit: $0)
        }
        let entries = try rows.map { row in
            let (seq, at, action, actor, subject, sourceID, sealed) = try row.decode(
                Int64.self, Date.self, String.self, AccountID?.self, UUID.self, RequestSourceID?.self, [UInt8]?.self)
            var source: RequestSource?
            if let sourceID, let sealed {
                source = try key.open(
                    sealed, json: RequestSource.self, as: RowIdentity("request_source.body", sourceID))
            }
            return AccountLogEntry(
                seq: Int(seq), at: at, action: action, actor: actor, subject: subject, address: source?.address,
                device: source?.device)
        }
        return AccountLogPage(entries: entries, next: hasMore ? entries.last.map { String($0.seq) } : nil)
    }

    private static func entries(of account: AccountID, before: Int, limit: Int) -> SQL {
        """
        SELECT e.seq, e.at, e.action, e.actor_id, e.subject_id, s.id, s.body
        FROM consilium.audit_entry e
        LEFT JOIN consilium.audit_source l
            ON l.chain_kind = e.chain_kind AND l.chain_id = e.chain_id AND l.seq = e.seq
        LEFT JOIN consilium.request_source s ON s.id = l.source_id
        WHERE e.chain_kind = 'account' AND e.chain_id = \(account) AND e.seq < \(before)
            AND NOT (starts_with(e.action, 'read.') AND e.actor_id IS NOT DISTINCT FROM \(account))
        ORDER BY e.seq DESC LIMIT \(limit)
        """
    }
}
