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
    /// Whether this is the session that asks.
    package var current: Bool

    package init(
        id: SessionID, createdAt: Date, seenAt: Date, expiresAt: Date, secondFactor: Bool, current: Bool
    ) {
        self.id = id
        self.createdAt = createdAt
        self.seenAt = seenAt
        self.expiresAt = expiresAt
        self.secondFactor = secondFactor
        self.current = current
    }
}

/// Live sessions. Nothing of them is kept in memory: one that was ended is over at once, at every gateway.
package struct Sessions: Sendable {
    private let parts: IdentityDependencies

    init(_ parts: IdentityDependencies) { self.parts = parts }

    /// How long a session lasts: HIPAA's automatic log-off (45 CFR 164.312(a)(2)(iii)) for those who see other people's
    /// cases, and a week for a patient, who is ill and at home.
    private struct Limit {
        let idle: Duration
        let absolute: Duration

        static func of(_ roles: Set<Role>) -> Limit {
            IsStaff().allows(roles)
                ? Limit(idle: .seconds(30 * 60), absolute: .seconds(12 * 3600))
                : Limit(idle: .seconds(12 * 3600), absolute: .seconds(7 * 24 * 3600))
        }
    }

    /// Who calls with this token, in one statement; nil when no live session has it. Idle and absolute limits go by the
    /// database's clock.
    /// - Parameter isActivity: whether the idle limit counts anew from here.
    package func authenticate(_ token: String, isActivity: Bool = true) async throws -> Caller? {
        let digest = Vault.digest(secret: token, for: .session)
        let row = try await parts.database.withTransaction(as: .nobody) { tx in
            try await tx.last(Self.caller(digest, isActivity: isActivity)).first
        }
        guard let row else { return nil }
        let (account, session, roles, secondFactor, provedLately) = try row.decode(
            AccountID.self, SessionID.self, [String].self, Bool.self, Bool.self)
        return Caller(
            account: account, session: session, roles: Set(roles.compactMap(Role.init)),
            showedSecondFactor: secondFactor, provedLately: provedLately)
    }

    /// The caller, with from where this request comes, which is kept with what it changes.
    package func locate(_ caller: Caller, at source: RequestSource) async throws -> Caller {
        try await parts.sources.locate(caller, at: source)
    }

    /// What has ended of what requests that last stand on, in one statement: a session, named without a case, or the
    /// part that its account needs in a case.
    package func ended(of held: [HeldAccess]) async throws -> Set<HeldAccess> {
        let cases = held.compactMap { held in held.case.map { (held.session, $0) } }
        let look = Self.ended(Array(Set(held.map(\.session))), cases.map(\.0), cases.map(\.1))
        let rows = try await parts.database.withTransaction(as: .nobody) { tx in try await tx.last(look) }
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

    /// Signs out here.
    package func endCurrent(by caller: Caller, in tx: Transaction) async throws {
        try await tx.execute(Self.end(caller.session, of: caller.account))
    }

    /// Signs out in one place, which may be this one.
    /// - Throws: `IdentityRefusal.notFound` for a session that is over, unknown or another's.
    package func end(_ session: SessionID, by caller: Caller, in tx: Transaction) async throws {
        guard try await tx.execute(Self.end(session, of: caller.account)) == 1 else { throw IdentityRefusal.notFound }
    }

    /// Signs out everywhere, here too.
    package func endAll(by caller: Caller, in tx: Transaction) async throws {
        try await tx.execute(Self.endAll(of: caller.account, but: nil))
    }

    /// How many live sessions an account may have.
    static let most: Int32 = 20

    /// Opens a session for an account that has shown its password, and where it has a second factor its code. Where it
    /// would be one too many, the one that was not used longest ends: a refusal would lock out who cannot reach it.
    /// - Parameters:
    ///   - device: the token that the device shows next time.
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

    /// Ends every session of an account, or every one but the one that asks.
    static func endAll(of account: AccountID, but session: SessionID?) -> SQL {
        "SELECT consilium.end_sessions(\(account), \(session))"
    }
}

extension Sessions {
    /// Lets an account's sessions end no later than those of who has these roles.
    static func shorten(of account: AccountID, as roles: Set<Role>) -> SQL {
        let limit = Limit.of(roles)
        return """
            UPDATE consilium.session SET idle_limit = least(idle_limit, \(limit.idle)),
                expires_at = least(expires_at, created_at + \(limit.absolute))
            WHERE account_id = \(account) AND ended_at IS NULL
            """
    }

    /// What every request asks first, about a token that nobody has. A new connection runs it before it is used.
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
