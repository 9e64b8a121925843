package import Clinic
import Postgres

/// What the door needs of Identity: who a token stands for, and where reads are recorded.
package struct IdentityDoor: Sendable {
    /// The caller whose live session the bearer token opens; nil when there is none.
    package let resolve: @Sendable (_ token: String) async throws -> Caller?
    /// The caller, with from where a request that changes something comes.
    package let locate: @Sendable (_ caller: Caller, _ source: RequestSource) async throws -> Caller
    /// Makes audit entries of reads durable; returns when they are.
    package let record: @Sendable (_ entries: [AuditRead]) async throws -> Void

    package init(
        resolve: @escaping @Sendable (_ token: String) async throws -> Caller?,
        locate: @escaping @Sendable (_ caller: Caller, _ source: RequestSource) async throws -> Caller = { caller, _ in
            caller
        },
        record: @escaping @Sendable (_ entries: [AuditRead]) async throws -> Void
    ) {
        self.resolve = resolve
        self.locate = locate
        self.record = record
    }
}

/// What every request may use.
struct GatewayParts: Sendable {
    let settings: GatewaySettings
    let database: Database
    let identity: IdentityDoor
    let keptReplies: KeptReplies
    let drain: Drain
    let streams: StreamSeats
}
