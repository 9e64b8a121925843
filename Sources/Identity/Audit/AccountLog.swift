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
    /// Who did it; nil where it was not proved, as in a refused sign-in, and for the service itself.
    package var actor: AccountID?
    /// What it was done to.
    package var subject: UUID
    /// From which network address, and from which device as its client names itself; nil where the reader may not know,
    /// or nothing is known.
    package var address: String?
    package var device: String?

    package init(
        seq: Int, at: Date, action: String, actor: AccountID?, subject: UUID, address: String?, device: String?
    ) {
        self.seq = seq
        self.at = at
        self.action = action
        self.actor = actor
        self.subject = subject
        self.address = address
        self.device = device
    }
}

/// A page of an account's log, the latest first.
package struct AccountLogPage: Codable, Sendable {
    package var entries: [AccountLogEntry]
    /// The cursor of the next page; nil at the end.
    package var next: String?

    package init(entries: [AccountLogEntry], next: String?) {
        self.entries = entries
        self.next = next
    }
}

/// The audit log of the caller's own account, with from where it was used.
package struct AccountLog: Sendable {
    private let vault: Vault

    init(_ parts: IdentityDependencies) { vault = parts.vault }

    /// What others read is among it; that the caller looked at their own account is not.
    /// - Parameters:
    ///   - before: the place that a page goes back from; nil for the latest.
    ///   - limit: 1 to 200.
    package func page(
        before: Int? = nil, limit: Int = 50, by caller: Caller, in tx: Transaction
    ) async throws -> AccountLogPage {
        let limit = min(200, max(1, limit))
        let key = try await vault.personKey(caller.account, in: tx)
        let rows = try await tx.query(
            Self.entries(of: caller.account, before: before.map { Int64($0) } ?? .max, limit: Int64(limit) + 1))
        let entries = try rows.prefix(limit).map { row in
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
        return AccountLogPage(entries: entries, next: rows.count > limit ? entries.last.map { String($0.seq) } : nil)
    }

    private static func entries(of account: AccountID, before: Int64, limit: Int64) -> SQL {
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
