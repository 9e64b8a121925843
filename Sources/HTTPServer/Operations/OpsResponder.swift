import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Postgres

/// The second listener, for the machines that run the service: liveness, readiness, metrics. It answers while the first
/// one is full, and it shows nothing of any person.
struct OpsResponder: HTTPResponder {
    let readiness: Readiness
    let metrics: PrometheusRegistry
    let meters: GatewayMeters
    let gauges: StoredGauges

    func respond(to request: Request, context: GatewayRequestContext) async -> Response {
        guard request.method == .get || request.method == .head else {
            return text(.methodNotAllowed, "GET only\n")
        }
        switch request.uri.path {
        case "/health/live": return text(.ok, "live\n")
        case "/health/ready":
            // A balancer that has other places for streams, or none for requests if this one leaves, asks without them.
            let faults = await readiness.faults(leavingOut: request.uri.query == "exclude=streams" ? [.streams] : [])
            return faults.isEmpty
                ? text(.ok, "ready\n") : text(.serviceUnavailable, faults.joined(separator: "\n") + "\n")
        case "/metrics":
            meters.show(readiness.database.load, readiness.limits)
            meters.show(await stored())
            return text(.ok, metrics.text, type: "text/plain; version=0.0.4; charset=utf-8")
        default: return text(.notFound, "not found\n")
        }
    }

    /// What is counted in the database; nil while requests wait for it, or it does not answer soon.
    private func stored() async -> [Double]? {
        guard readiness.database.load.waiting == 0 else { return nil }
        return try? await Database.Deadline.within(.seconds(1)) {
            try await readiness.database.withTransaction(as: .nobody, gauges.read)
        }
    }

    private func text(
        _ status: HTTPResponse.Status, _ body: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}

/// Whether requests should be sent here.
struct Readiness: Sendable {
    let database: Database
    let drain: Drain
    let warmUp: WarmUp
    let needsSynchronousStandby: Bool
    let limits: ConcurrencyLimits
    /// From when on clients refuse the certificate; nil without TLS.
    let certificateEnds: Date?

    /// Everything that speaks against it, a line each.
    /// - Parameter left: kinds of what is under way that may be full.
    func faults(leavingOut left: Set<ConcurrencyLimits.Kind> = []) async -> [String] {
        if drain.isDraining { return ["draining"] }
        var faults = limits.faults.filter { !left.contains($0.kind) }.map(\.text)
        do {
            let hasStandby = try await Database.Deadline.within(Self.patience) {
                try await database.withTransaction(as: .nobody) { tx in
                    guard try await tx.first(Self.askWhetherItTakesWrites())?.decode(Bool.self) == true else {
                        throw DatabaseUnavailable.readOnly
                    }
                    guard needsSynchronousStandby else { return false }
                    return try await tx.first(Self.askForSynchronousStandby())?.decode(Bool.self) ?? false
                }
            }
            if needsSynchronousStandby, !hasStandby { faults.append("no synchronous standby") }
        } catch DatabaseUnavailable.readOnly {
            faults.append("database read-only")
        } catch {
            faults.append("database unreachable")
        }
        if let certificateEnds, certificateEnds <= Date() { faults.append("gateway.certificate has expired") }
        if faults.isEmpty, !warmUp.isOver { faults.append("warming up") }
        return faults
    }

    /// A balancer asks every few seconds, and wants an answer before it asks again.
    private static let patience = Duration.seconds(3)

    /// A standby, and a primary that its operators or its failover manager made read-only, take none.
    private static func askWhetherItTakesWrites() -> SQL {
        "SELECT NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::boolean"
    }

    private static func askForSynchronousStandby() -> SQL { "SELECT consilium.has_synchronous_standby()" }
}
