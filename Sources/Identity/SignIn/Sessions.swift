package import Clinic
package import FoundationEssentials
package import Postgres
import Vault

/// A session as its owner sees it.
package struct SessionEntry: Codable, Sendable {
    package var id: SessionID
    package var createdAt: Date
    /// The last request, to the minute.
    package var seenAt: Date
    package var expiresAt: Date
    package var secondFactor: Bool
    /// Whether this is the caller's session.
    package var current: Bool

    package static let example = SessionEntry(
        id: ExampleValues.id(1), createdAt: ExampleValues.instant, seenAt: ExampleValues.instant,
        expiresAt: ExampleValues.later, secondFactor: true, current: true)
}

/// Live sessions. None is cached in memory: a session that ends is over at once, at every gateway.
package struct Sessions: Sendable {
    private let dependencies: IdentityDependencies

    init(_ dependencies: IdentityDependencies) { self.dependencies = dependencies }

    /// How long a session lasts: short for those who see other people's cases (HIPAA's automatic log-off, 45 CFR
    /// 164.312(a)(2)(iii)), and a week for patients, who are ill and at home.
    private struct Limit {
        let idle: Duration
        let absolute: Duration

        static func of(_ roles: Set<Role>) -> Limit {
            IsStaff().allows(roles)
                ? Limit(idle: .seconds(30 * 60), absolute: .seconds(12 * 3600))
                : Limit(idle: .seconds(12 * 3600), absolute: .seconds(7 * 24 * 3600))
        }
    }

    /// The caller with this token, in one statement; nil when no live session has it. The limits go by the database's
    /// clock.
    /// - Parameter isActivity: whether the idle limit starts again from here.
    package func authenticate(_ token: String, isActivity: Bool = true) async throws -> Caller? {
        let digest = Vault.digest(secret: token, for: .session)
        let row = try await dependencies.database.withTransaction(as: .nobody) { tx in
            try await tx.last(Self.caller(digest, isActivity: isActivity)).first
        }
        guard let row else { return nil }
        let (account, session, roles, secondFactor, provedLately) = try row.decode(
            AccountID.self, SessionID.self, [String].self, Bool.self, Bool.self)
        return Caller(
            account: account, session: session, roles: Set(roles.compactMap(Role.init)),
            showedSecondFactor: secondFactor, provedLately: provedLately)
    }

    /// The caller with the source of this request, which is stored with what it changes.
    package func locate(_ caller: Caller, at source: RequestSource) async throws -> Caller {
        try await dependencies.sources.locate(caller, at: source)
    }

    /// Which of these accesses have ended, in one statement: a session, given without a case, or the part that its
    /// account needs in a case.
    package func ended(of held: [HeldAccess]) async throws -> Set<HeldAccess> {
        let cases = held.compactMap { held in held.case.map { (held.session, $0) } }
        let look = Self.ended(Array(Set(held.map(\.session))), cases.map(\.0), cases.map(\.1))
        let rows = try await dependencies.database.withTransaction(as: .nobody) { tx in try await tx.last(look) }
        return Set(
            try rows.map { row in
                let (session, id) = try row.decode(SessionID.self, CaseID?.self)
                return HeldAccess(session: session, case: id)
            })
    }

    /// The caller's live sessions, the latest first.
    package func list(by caller: Caller, in tx: Transaction) async throws -> [SessionEntry] {
        try await tx.query(Self.live(caller.account)).map { row in
            let (id, createdAt, seenAt, expiresAt, secondFactor) = try row.decode(
                SessionID.self, Date.self, Date.self, Date.self, Bool.self)
            return SessionEntry(
                id: id, createdAt: createdAt, seenAt: seenAt, expiresAt: expiresAt, secondFactor: secondFactor,
                current: id == caller.session)
        }
    }

    /// Ends the caller's session.
    package func endCurrent(by caller: Caller, in tx: Transaction) async throws {
        try await tx.execute(Self.end(caller.session, of: caller.account))
    }

    /// Ends one of the caller's sessions.
    /// - Throws: `IdentityRefusal.notFound` for a session that is over, unknown or another's.
    package func end(_ session: SessionID, by caller: Caller, in tx: Transaction) async throws {
        guard try await tx.execute(Self.end(session, of: caller.account)) == 1 else { throw IdentityRefusal.notFound }
    }

    /// Ends all of the caller's sessions.
    package func endAll(by caller: Caller, in tx: Transaction) async throws {
        try await tx.execute(Self.endAll(of: caller.account, but: nil))
    }

    /// The most live sessions of an account.
    static let most: Int32 = 20

    /// Opens a session for an account that has given its password, and its code where it has a second factor. If there
    /// are too many, the session not used longest ends: a refusal would lock out an owner who cannot reach it.
    /// - Parameters:
    ///   - device: the token that the device sends next time.
    ///   - tx: holds the lock of the account's row.
    func open(for account: OwnAccount, on device: String, in tx: Transaction) async throws -> SignedIn {
        try await tx.execute(Self.endBeyond(Self.most - 1, of: account.id))
        let token = Vault.newToken()
        let id = SessionID.random()
        let limit = Limit.of(account.roles)
        let digest = Vault.digest(secret: token, for: .session)
        guard let row = try await tx.first(Self.insert(id, account, digest, limit.idle, limit.absolute)) else {
            throw IdentityRefusal.wrongCredentials
        }
        return SignedIn(
            token: token, session: id, account: account.id,
            roles: account.roles.sorted { $0.rawValue < $1.rawValue }, secondFactor: account.hasSecondFactor,
            expiresAt: try row.decode(Date.self), idleSeconds: Int(limit.idle.components.seconds),
            device: device)
    }

    /// Ends every session of an account, except one where it is given.
    static func endAll(of account: AccountID, but session: SessionID?) -> SQL {
        "SELECT consilium.end_sessions(\(account), \(session))"
    }
}

extension Sessions {
    /// Shortens an account's sessions to the limits of these roles.
    static func shorten(of account: AccountID, as roles: Set<Role>) -> SQL {
        let limit = Limit.of(roles)
        return """
            UPDATE consilium.session SET idle_limit = least(idle_limit, \(limit.idle)),
                expires_at = least(expires_at, created_at + \(limit.absolute))
            WHERE account_id = \(account) AND ended_at IS NULL
            """
    }

    /// The first statement of every request, for a token that does not exist. A new connection runs it before it is
    /// used.
    package static var warmUp: [SQL] { [caller([], isActivity: true)] }

    private static func caller(_ digest: [UInt8], isActivity: Bool) -> SQL {
        """
        SELECT account_id, session_id, roles, second_factor, proved_lately
        FROM consilium.session_caller(\(digest), \(isActivity))
        """
    }

    private static func ended(_ sessions: [SessionID], _ readers: [SessionID], _ cases: [CaseID]) -> SQL {
        "SELECT session_id, case_id FROM consilium.ended_access(\(sessions), \(readers), \(cases))"
    }

    private static func live(_ account: AccountID) -> SQL {
        """
        SELECT s.id, s.created_at, s.seen_at, s.expires_at, s.second_factor FROM consilium.session s
        WHERE s.account_id = \(account) AND s.ended_at IS NULL AND consilium.session_lives(s)
        ORDER BY s.id DESC
        """
    }

    private static func endBeyond(_ most: Int32, of account: AccountID) -> SQL {
        """
        UPDATE consilium.session SET ended_at = clock_timestamp()
        WHERE account_id = \(account) AND ended_at IS NULL AND id NOT IN (
            SELECT s.id FROM consilium.session s
            WHERE s.account_id = \(account) AND s.ended_at IS NULL AND consilium.session_lives(s)
            ORDER BY s.seen_at DESC, s.id DESC LIMIT \(most))
        """
    }

    private static func end(_ session: SessionID, of account: AccountID) -> SQL {
        """
        UPDATE consilium.session SET ended_at = clock_timestamp()
        WHERE id = \(session) AND account_id = \(account) AND ended_at IS NULL
        """
    }

    private static func insert(
        _ id: SessionID, _ account: OwnAccount, _ digest: [UInt8], _ idle: Duration, _ absolute: Duration
    ) -> SQL {
        """
        INSERT INTO consilium.session (id, account_id, token_digest, second_factor, idle_limit, expires_at)
        VALUES (\(id), \(account.id), \(digest), \(account.hasSecondFactor), \(idle), clock_timestamp() + \(absolute))
        RETURNING expires_at
        """
    }
}
