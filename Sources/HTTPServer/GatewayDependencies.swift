package import Clinic
import Postgres

/// What the responder needs of Identity: who a token stands for, and where reads are recorded.
package struct Authenticator: Sendable {
    /// The caller whose live session the bearer token opens; nil when there is none. What is no activity of a person
    /// does not put off the session's idle limit.
    package let resolve: @Sendable (_ token: String, _ isActivity: Bool) async throws -> Caller?
    /// The caller, with from where a request that changes something comes.
    package let locate: @Sendable (_ caller: Caller, _ source: RequestSource) async throws -> Caller
    /// Makes audit entries of reads durable; returns when they are.
    package let record: @Sendable (_ entries: [AuditRead]) async throws -> Void
    /// What has ended of what open streams, uploads and downloads stand on: a session, named without a case, or a part
    /// in a case.
    package let ended: @Sendable (_ held: [HeldAccess]) async throws -> Set<HeldAccess>

    package init(
        resolve: @escaping @Sendable (_ token: String, _ isActivity: Bool) async throws -> Caller?,
        locate: @escaping @Sendable (_ caller: Caller, _ source: RequestSource) async throws -> Caller = { caller, _ in
            caller
        },
        record: @escaping @Sendable (_ entries: [AuditRead]) async throws -> Void,
        ended: @escaping @Sendable (_ held: [HeldAccess]) async throws -> Set<HeldAccess>
    ) {
        self.resolve = resolve
        self.locate = locate
        self.record = record
        self.ended = ended
    }
}

/// What every request may use.
struct GatewayDependencies: Sendable {
    let settings: GatewaySettings
    let database: Database
    let identity: Authenticator
    let idempotency: IdempotencyStore
    let drain: Drain
    let limits: ConcurrencyLimits
    let meters: GatewayMeters
    let access: AccessWatch
}
