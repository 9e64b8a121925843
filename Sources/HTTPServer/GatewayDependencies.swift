package import Clinic
import Postgres

/// What the responder needs of Identity: it finds the caller of a token, and records reads.
package struct Authenticator: Sendable {
    /// Finds the caller whose live session has this bearer token; nil when there is none. A request that is no activity
    /// of a person does not extend the session's idle limit.
    package let resolve: @Sendable (_ token: String, _ isActivity: Bool) async throws -> Caller?
    /// The caller, with the network address and the device of a request that changes something.
    package let locate: @Sendable (_ caller: Caller, _ source: RequestSource) async throws -> Caller
    /// Makes audit entries of reads durable before it returns.
    package let record: @Sendable (_ entries: [AuditRead]) async throws -> Void
    /// Which of the accesses that open streams, uploads and downloads depend on have ended: a session, named without a
    /// case, or a part in a case.
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
    let access: AccessMonitor
}
