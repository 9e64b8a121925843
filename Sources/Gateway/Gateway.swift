package import Logging
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import NIOCore
package import Postgres
import ServiceLifecycle
import Synchronization
package import Vault

/// The gateway as a service: run it in a group after the database. SIGTERM, as the group's graceful shutdown, drains
/// it.
package struct Gateway: Service {
    /// The document that `/openapi.json` answers with.
    package let openAPI: OpenAPIDocument
    /// The routes, as they were given.
    package let endpoints: [Endpoint]
    fileprivate let services: [any Service]
    fileprivate let door: Opening
    fileprivate let ops: Opening
    fileprivate let logger: Logger

    /// The port of a listener, once it listens.
    fileprivate final class Opening: Sendable {
        private struct State {
            var port: Int?
            var waiters: [CheckedContinuation<Int, Never>] = []
        }

        private let state = Mutex(State())

        func opened(_ port: Int) {
            let waiters = state.withLock { state in
                state.port = port
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume(returning: port) }
        }

        var port: Int {
            get async {
                await withCheckedContinuation { continuation in
                    let port = state.withLock { state in
                        if state.port == nil { state.waiters.append(continuation) }
                        return state.port
                    }
                    if let port { continuation.resume(returning: port) }
                }
            }
        }
    }

    /// The port that callers reach; waits until it listens.
    package var port: Int { get async { await door.port } }
    /// The port of health and metrics; waits until it listens.
    package var opsPort: Int { get async { await ops.port } }

    package func run() async throws {
        try await ServiceGroup(configuration: .init(services: services, logger: logger)).run()
    }
}

/// Builds the gateway: two listeners over one list of endpoints.
/// - Parameters:
///   - identity: who a token stands for, and where reads are recorded.
///   - vault: seals kept replies and digests requests.
///   - warmUp: what each connection runs before it is used; until all have, the gateway is not ready. Nil to open them
///     when they are needed.
/// - Throws: `OpenAPIDocument.Fault` when an endpoint's example is not good enough; an error that names the setting
///   when a certificate, key or proxy cannot be read.
package func buildGateway(
    _ settings: GatewaySettings, database: Database, identity: Authenticator, vault: Vault, endpoints: [Endpoint],
    warmUp: [SQL]? = nil, logger: Logger
) throws -> Gateway {
    let openAPI = try OpenAPIDocument(endpoints, settings: settings)
    let drain = Drain(delay: settings.drainDelay)
    let metrics = PrometheusRegistry(help: GatewayMeters.help)
    let meters = GatewayMeters(endpoints, factory: metrics)
    let limits = ConcurrencyLimits(settings)
    let access = AccessWatch(ended: identity.ended)
    let door = GatewayResponder(
        routes: try RouteTable(endpoints),
        parts: GatewayDependencies(
            settings: settings, database: database, identity: identity, idempotency: IdempotencyStore(vault: vault),
            drain: drain, limits: limits, meters: meters, access: access),
        line: AdmissionControl(limit: settings.requestsInLine, database: database),
        headers: ReplyHeaders(
            isTLS: settings.tls != nil, heartbeat: settings.heartbeat,
            drain: drain),
        rates: RateLimiter(settings, database), proxies: try TrustedProxies(settings.trustedProxies),
        meters: meters, openAPI: openAPI.json.bytes,
        security: settings.securityContact.map { SecurityText(contact: $0) }, logger: logger)
    // The server's own lines below `info` can print errors with their values.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .notice)
    let opened = Gateway.Opening()
    let application = Application(
        responder: door, server: try server(settings, door),
        configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
        onServerRunning: { channel in opened.opened(channel.localAddress?.port ?? settings.port) }, logger: quiet)
    let opsOpened = Gateway.Opening()
    let warming = WarmUp(database, statements: warmUp)
    let readiness = Readiness(
        database: database, drain: drain, warmUp: warming, needsSynchronousStandby: settings.needsSynchronousStandby,
        limits: limits, certificateEnds: try settings.tls?.check())
    let ops = Application(
        responder: OpsResponder(readiness: readiness, metrics: metrics, meters: meters),
        configuration: ApplicationConfiguration(address: .hostname(settings.opsHost, port: settings.opsPort)),
        onServerRunning: { channel in opsOpened.opened(channel.localAddress?.port ?? settings.opsPort) },
        logger: quiet)
    return Gateway(
        openAPI: openAPI, endpoints: endpoints, services: [ops, warming, access, application, drain], door: opened,
        ops: opsOpened,
        logger: quiet)
}

private func server(_ settings: GatewaySettings, _ door: GatewayResponder) throws -> HTTPServerBuilder {
    let (headDeadline, writeTimeout) = (settings.headDeadline, settings.writeTimeout)
    let shutdownDeadline = TimeAmount(settings.shutdownDeadline)
    let http1 = HTTP1Channel.Configuration(
        additionalChannelHandlers: [
            HTTP10Adapter.Installer(), HeadDeadline(headDeadline), ShutdownDeadline(shutdownDeadline),
            WriteDeadline(writeTimeout),
            LoadSheddingHandler.Installer(door),
        ],
        idleTimeout: TimeAmount(settings.idleTimeout),
        httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 2 * settings.headerLimit, maxHeaderListSize: 2 * settings.headerLimit,
            maxHeaderFieldCount: 100)
    )
    guard let tls = settings.tls else {
        return HTTPServerBuilder { responder in
            bounded(HTTP1Channel(responder: responder, configuration: http1), door)
        }
    }
    let agreed = try tls.configuration()
    let limits = HandshakeDeadline.Limits(
        head: TimeAmount(settings.headDeadline), idle: TimeAmount(settings.idleTimeout), leave: shutdownDeadline)
    let http2 = HTTP2ChannelConfiguration(
        idleTimeout: settings.idleTimeout, gracefulCloseTimeout: settings.shutdownDeadline, streamConfiguration: http1)
    return HTTPServerBuilder { responder in
        bounded(
            TLSChannel(
                base: try HTTP2UpgradeChannel(
                    tlsChannelConfiguration: .init(tlsConfiguration: agreed), configuration: http2,
                    responder: responder),
                limits: limits),
            door)
    }
}

private func bounded<Base: ServerChildChannel>(_ base: Base, _ door: GatewayResponder) -> BoundedChannel<Base> {
    BoundedChannel(
        base: base, limiter: door.parts.limits[.connections], proxies: door.proxies, meters: door.meters)
}
