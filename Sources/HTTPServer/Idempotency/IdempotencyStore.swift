import Clinic
import FoundationEssentials
import HTTPTypes
import JSON
import Postgres
import Vault

/// What one `Idempotency-Key` stands for: a key of an account at a route, and the fingerprint of its request (P3).
struct IdempotencyClaim: Sendable {
    let account: AccountID
    let route: String
    /// Digests by the current look-up key, under which it is stored.
    let current: Digests
    /// Digests by the other look-up keys, under which it may have been stored.
    let others: [Digests]

    /// The claim as the table stores it.
    struct Digests: Sendable {
        /// Of the caller's key, whose text is not stored.
        let key: String
        /// Of method, concrete path with query, and the canonical body.
        let fingerprint: [UInt8]
        /// The row's identity for the seal: a UUID of account, route and key.
        let rowID: UUID
    }

    var all: [Digests] { [current] + others }
    /// The keys that its row may have.
    var keys: [String] { all.map(\.key) }
}

/// Keeps the successful reply of a write for 24 hours under its idempotency key, in the transaction of the write.
///
/// The caller's parts in the cases that the write touched, as they are at its end, and the patients for whom the caller
/// acts are stored with the reply. The reply is repeated only while all of them still hold, and a repeat records the
/// audit entries that were stored with it. The cases are those of the audit chains that the write noted, and those of
/// the entries that the route declares. A repeat does not need a right that the write itself ended, as when a
/// specialist declines.
struct IdempotencyStore: Sendable {
    let vault: Vault

    /// A stored reply. It is sealed, because its body may be clinical.
    private struct StoredReply: Codable {
        var headers: [String: String]
        var body: Data?
        /// What a repeat records in the audit log.
        var entries: [AuditRead]
    }

    /// A keyed digest of the body of a reply, 64 bits in hexadecimal, for its `ETag`.
    func digest(of body: [UInt8]) -> String { vault.lookup.digest(body, for: .entityTag).prefix(8).hexadecimal }

    func claim(of caller: Caller, route: String, key: String, target: String, body: JSONValue) -> IdempotencyClaim {
        let meaning = body.canonical.bytes
        func digests(by lookup: LookupKey) -> IdempotencyClaim.Digests {
            let digest = lookup.digest("key\n\(key)", for: .idempotency).hexadecimal
            let row = lookup.digest("row\n\(caller.account)\n\(route)\n\(digest)", for: .idempotency)
            return IdempotencyClaim.Digests(
                key: digest,
                fingerprint: lookup.digest(
                    Array("request\n\(route)\n\(target)\n".utf8) + meaning, for: .idempotency),
                rowID: row.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) })
        }
        return IdempotencyClaim(
            account: caller.account, route: route, current: digests(by: vault.lookup),
            others: vault.otherLookups.map(digests))
    }

    private func place(_ kept: IdempotencyClaim.Digests) -> RowIdentity {
        RowIdentity("idempotency_key.reply", kept.rowID)
    }

    /// Claims the key. Waits for another request that holds it.
    /// - Returns: the reply to repeat, and the entries to record before it is sent; nil when this transaction holds
    ///   the key now.
    /// - Throws: `Problem` `key-reused` when the key belongs to a different request; `not-found` when the caller has lost
    ///   a right that they had when the reply was made.
    func claim(_ claim: IdempotencyClaim, in tx: Transaction) async throws -> (Reply, [AuditRead])? {
        // While two look-up keys are in use, the primary key does not exclude two gateways that digest by different
        // ones.
        if !claim.others.isEmpty { try await tx.execute(Self.lock(claim)) }
        let deleted = tx.enqueue(Self.deleteExpired(claim))
        let inserted = try await tx.execute(Self.insert(claim))
        _ = try await deleted.rows()
        if inserted == 1 { return nil }
        guard let row = try await tx.first(Self.select(claim)) else {
            // The request that held the key released it between the two statements.
            throw Problem(.conflict)
        }
        let (key, fingerprint, status, sealed, isAllowed) = try row.decode(
            String.self, [UInt8].self, Int16?.self, [UInt8]?.self, Bool.self)
        guard let digests = claim.all.first(where: { $0.key == key }), fingerprint == digests.fingerprint else {
            throw Problem(.keyReused)
        }
        guard let status, let sealed else { throw Problem(.conflict) }
        guard isAllowed else { throw Problem(.notFound) }
        let kept = try vault.serviceKey.open(sealed, json: StoredReply.self, as: place(digests))
        var headers: HTTPFields = [.idempotencyReplayed: "true"]
        for (name, value) in kept.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        let reply = Reply(
            status: .init(code: Int(status)), headers: headers, body: kept.body.map { .json(Array($0)) } ?? .none)
        return (reply, kept.entries)
    }

    /// Stores the reply with the key that `claim` took. The statement is sent with the commit.
    /// - Parameter entries: what a repeat records in the audit log.
    func keep(_ reply: Reply, with entries: [AuditRead], for claim: IdempotencyClaim, in tx: Transaction) throws {
        guard (200..<300).contains(reply.status.code) else { return }
        var kept = StoredReply(headers: [:], body: nil, entries: entries)
        for field in reply.headers { kept.headers[field.name.rawName] = field.value }
        if case .json(let bytes) = reply.body { kept.body = Data(bytes) }
        let sealed = try vault.serviceKey.seal(json: kept, as: place(claim.current))
        let cases = entries.compactMap { if case .case(let id) = $0.chain { id } else { nil } }
        _ = tx.enqueue(Self.store(Int16(reply.status.code), sealed, of: cases, for: claim))
    }
}

// The SQL of the key. A concurrent request with the same key waits in `insert` until the first one has committed or
// rolled back; while a look-up key is being rotated it waits in `lock`, before it reads.
extension IdempotencyStore {
    /// The statements of a write with a key, for a key that does not exist. A new connection runs them before it is
    /// used.
    static var warmUp: [SQL] {
        let claim = IdempotencyClaim(
            account: .random(), route: "",
            current: IdempotencyClaim.Digests(key: "", fingerprint: [], rowID: UUID()), others: [])
        return [deleteExpired(claim), select(claim), store(200, [], of: [], for: claim)]
    }

    private static func deleteExpired(_ claim: IdempotencyClaim) -> SQL {
        """
        DELETE FROM consilium.idempotency_key
        WHERE account_id = \(claim.account) AND route = \(claim.route) AND key = ANY (\(claim.keys))
            AND created_at < clock_timestamp() - interval '24 hours'
        """
    }

    private static func insert(_ claim: IdempotencyClaim) -> SQL {
        """
        INSERT INTO consilium.idempotency_key (account_id, route, key, fingerprint)
        SELECT \(claim.account), \(claim.route), \(claim.current.key), \(claim.current.fingerprint)
        WHERE NOT EXISTS (SELECT FROM consilium.idempotency_key k
            WHERE k.account_id = \(claim.account) AND k.route = \(claim.route) AND k.key = ANY (\(claim.others.map(\.key))))
        ON CONFLICT DO NOTHING
        """
    }

    /// Waits for every request with the same key, whichever look-up key digested it.
    private static func lock(_ claim: IdempotencyClaim) -> SQL {
        """
        SELECT pg_advisory_xact_lock(hashtextextended(\("idempotency \(claim.account) ") || k.key, 0))
        FROM (SELECT key FROM unnest(\(claim.keys)) key ORDER BY key) k
        """
    }

    /// The same statement checks whether each stored right still holds.
    private static func select(_ claim: IdempotencyClaim) -> SQL {
        """
        SELECT k.key, k.fingerprint, k.status, k.reply,
            NOT EXISTS (SELECT FROM unnest(k.parts) then_had WHERE NOT EXISTS (
                SELECT FROM consilium.case_part p JOIN consilium.case_key c ON c.case_id = p.case_id
                WHERE p.case_id = then_had.case_id AND p.account_id = k.account_id AND p.until IS NULL
                    AND p.part = then_had.part AND p.reads_case >= then_had.reads_case
                    AND p.sees_prior >= then_had.sees_prior AND p.reads_opinion >= then_had.reads_opinion
                    AND c.destroyed_at IS NULL))
            AND NOT EXISTS (SELECT FROM unnest(k.patients) patient WHERE NOT consilium.acts_for(patient))
        FROM consilium.idempotency_key k
        WHERE k.account_id = \(claim.account) AND k.route = \(claim.route) AND k.key = ANY (\(claim.keys))
        """
    }

    private static func store(_ status: Int16, _ sealed: [UInt8], of cases: [CaseID], for claim: IdempotencyClaim)
        -> SQL
    {
        """
        UPDATE consilium.idempotency_key SET status = \(status), reply = \(sealed),
            parts = ARRAY(
                SELECT ROW(p.case_id, p.part, p.reads_case, p.sees_prior, p.reads_opinion)::consilium.reply_part
                FROM consilium.case_part p
                WHERE p.account_id = \(claim.account) AND p.until IS NULL
                    AND (p.case_id = ANY (\(cases)) OR p.case_id IN (SELECT consilium.noted_chains('case')))),
            patients = ARRAY(SELECT id FROM consilium.noted_chains('account') id WHERE consilium.acts_for(id))
        WHERE account_id = \(claim.account) AND route = \(claim.route) AND key = \(claim.current.key)
        """
    }
}
