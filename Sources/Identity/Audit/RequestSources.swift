import Clinic
import FoundationEssentials
import Postgres
import Synchronization
import Vault

/// The network addresses and devices from which accounts are used. The audit log keeps them beside an entry, sealed by
/// the person's key and outside of the hash chain, so that they can be erased while the chain stays intact.
struct RequestSources: Sendable {
    let database: Database
    let vault: Vault
    private let known = Known()

    init(database: Database, vault: Vault) {
        self.database = database
        self.vault = vault
    }

    /// Ids whose rows exist, so that most requests need no query.
    private final class Known: Sendable {
        private static let most = 100_000
        private let ids = Mutex<Set<RequestSourceID>>([])

        func contains(_ id: RequestSourceID) -> Bool { ids.withLock { $0.contains(id) } }

        func insert(_ id: RequestSourceID) {
            ids.withLock { ids in
                if ids.count >= Self.most { ids.removeAll() }
                ids.insert(id)
            }
        }
    }

    /// The id of a source of an account, the same at every gateway (RFC 9562 §5.8).
    func id(of source: RequestSource, for account: AccountID) -> RequestSourceID {
        let text = [account.description, source.address, source.device ?? ""].joined(separator: "\0")
        var bytes = Array(vault.digest(text, for: .requestSource).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        let uuid = bytes.withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }
        return RequestSourceID(rawValue: UUID(uuid: uuid))
    }

    /// Stores a source of the actor's account, and returns its id.
    /// - Parameter isRefused: whether only a refused sign-in came from it. Then it is deleted after 90 days, unless the
    ///   account's owner uses it meanwhile: guesses from many networks would otherwise leave rows for ever, with
    ///   addresses of people who have nothing to do with the account.
    func keep(
        _ source: RequestSource, of account: AccountID, isRefused: Bool = false, in tx: Transaction
    ) async throws -> RequestSourceID {
        let id = id(of: source, for: account)
        let sealed = try await vault.personKey(account, in: tx)
            .seal(json: source, as: RowIdentity("request_source.body", id))
        try await tx.execute(Self.upsert(id, account, sealed, isRefused))
        return id
    }

    /// The caller with the source that is stored with their writes.
    func locate(_ caller: Caller, at source: RequestSource) async throws -> Caller {
        var located = caller
        let id = id(of: source, for: caller.account)
        located.source = id.rawValue
        if known.contains(id) { return located }
        do {
            _ = try await database.withTransaction(as: caller.actor) { tx in
                try await keep(source, of: caller.account, in: tx)
            }
        } catch is VaultError {
            // Nothing is stored of a person who was erased.
            return caller
        }
        known.insert(id)
        return located
    }

    private static func upsert(
        _ id: RequestSourceID, _ account: AccountID, _ body: [UInt8], _ isRefused: Bool
    ) -> SQL {
        """
        INSERT INTO consilium.request_source AS s (id, account_id, body, used_at, refused_at)
        VALUES (\(id), \(account), \(body), CASE WHEN NOT \(isRefused) THEN clock_timestamp() END,
            CASE WHEN \(isRefused) THEN clock_timestamp() END)
        ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at,
            refused_at = coalesce(excluded.refused_at, s.refused_at)
        WHERE s.used_at IS NULL
        """
    }
}
