package import Clinic
import Postgres

/// What the door needs of Identity: who a token stands for, and where reads are recorded.
package struct IdentityDoor: Sendable {
    /// The caller whose live session the bearer token opens; nil when there is none.
    package let resolve: @Sendable (_ token: String) async throws -> Caller?
    /// Makes audit entries of reads durable; returns when they are.
    package let record: @Sendable (_ entries: [AuditRead]) async throws -> Void

    package init(
        resolve: @escaping @Sendable (_ token: String) async throws -> Caller?,
        record: @escaping @Sendable (_ entries: [AuditRead]) async throws -> Void
    ) {
        self.resolve = resolve
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
