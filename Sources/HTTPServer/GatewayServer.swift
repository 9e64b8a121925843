import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import JSON
package import Logging
import NIOCore
package import Postgres
import ServiceLifecycle
import Synchronization
package import Vault

/// The gateway as a service. Run it in a group after the database. The group's graceful shutdown (SIGTERM) drains it.
package struct GatewayServer: Service {
    /// The document that `/openapi.json` answers with.
    package let openAPI: OpenAPIDocument
    /// The routes, as they were given.
    package let endpoints: [Endpoint]
    fileprivate let services: [any Service]
    fileprivate let api: BoundPort
    fileprivate let ops: BoundPort
    fileprivate let logger: Logger

    /// The port of a listener, once it listens.
    fileprivate final class BoundPort: Sendable {
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
    package var port: Int { get async { await api.port } }
    /// The port of health and metrics; waits until it listens.
    package var opsPort: Int { get async { await ops.port } }

    /// The statements that the gateway itself runs around a request. A new connection runs them before it is used.
    package static var warmUp: [SQL] { RateLimiter.warmUp + IdempotencyStore.warmUp }

    package func run() async throws {
        try await ServiceGroup(configuration: .init(services: services, logger: logger)).run()
    }
}

/// Builds the gateway: two listeners over one list of endpoints.
/// - Parameters:
///   - identity: finds the caller of a token, and records reads.
///   - vault: seals stored replies and digests requests.
///   - warmUp: the statements that each connection runs before it is used. Until all have run them, the gateway is
///     not ready. Nil opens connections when they are needed.
///   - gauges: the metrics of the services that `/metrics` shows.
/// - Throws: `OpenAPIDocument.Fault` when an endpoint's example cannot document it; an error that names the setting
///   when a certificate, key or proxy cannot be read.
package func buildGateway(
    _ settings: GatewaySettings, database: Database, identity: Authenticator, vault: Vault, endpoints: [Endpoint],
    warmUp: [SQL]? = nil, gauges: StoredGauges = .none, logger: Logger
) throws -> GatewayServer {
    let openAPI = try OpenAPIDocument(endpoints, settings: settings)
    let drain = Drain(delay: settings.drainDelay)
    let metrics = PrometheusRegistry(help: GatewayMeters.help.merging(gauges.help) { own, _ in own })
    let meters = GatewayMeters(endpoints, gauges, factory: metrics)
    let limits = ConcurrencyLimits(settings)
    let access = AccessMonitor(ended: identity.ended)
    let responder = GatewayResponder(
        routes: try RouteTable(endpoints),
        dependencies: GatewayDependencies(
            settings: settings, database: database, identity: identity, idempotency: IdempotencyStore(vault: vault),
            drain: drain, limits: limits, meters: meters, access: access),
        admission: AdmissionControl(limit: settings.requestsWaiting, database: database),
        headers: ReplyHeaders(
            isTLS: settings.tls != nil, heartbeat: settings.heartbeat,
            drain: drain),
        rates: RateLimiter(settings, database), proxies: try TrustedProxies(settings.trustedProxies),
        meters: meters, openAPI: openAPI.json.bytes,
        security: settings.securityContact.map { SecurityText(contact: $0) }, logger: logger)
    // The server library's log lines below `info` can print errors with their values.
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .notice)
    let opened = GatewayServer.BoundPort()
    let application = Application(
        responder: responder, server: try server(settings, responder, PipelineCheck(logger: logger)),
        configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
        onServerRunning: { channel in opened.opened(channel.localAddress?.port ?? settings.port) }, logger: quiet)
    let opsOpened = GatewayServer.BoundPort()
    let warming = WarmUp(database, statements: warmUp)
    let readiness = Readiness(
        database: database, drain: drain, warmUp: warming, needsSynchronousStandby: settings.needsSynchronousStandby,
        limits: limits, certificateEnds: try settings.tls?.check())
    let ops = Application(
        responder: OpsResponder(readiness: readiness, metrics: metrics, meters: meters, gauges: gauges),
        configuration: ApplicationConfiguration(address: .hostname(settings.opsHost, port: settings.opsPort)),
        onServerRunning: { channel in opsOpened.opened(channel.localAddress?.port ?? settings.opsPort) },
        logger: quiet)
    return GatewayServer(
        openAPI: openAPI, endpoints: endpoints, services: [ops, warming, access, application, drain], api: opened,
        ops: opsOpened,
        logger: quiet)
}

private func server(
    _ settings: GatewaySettings, _ responder: GatewayResponder, _ check: PipelineCheck
) throws -> HTTPServerBuilder {
    let (headDeadline, writeTimeout) = (settings.headDeadline, settings.writeTimeout)
    let shutdownDeadline = TimeAmount(settings.shutdownDeadline)
    let http1 = HTTP1Channel.Configuration(
        additionalChannelHandlers: [
            HTTP10Adapter.Installer(check), HeadDeadline(headDeadline, check), ShutdownDeadline(shutdownDeadline),
            WriteDeadline(writeTimeout), LoadSheddingHandler.Installer(responder, check),
        ],
        idleTimeout: TimeAmount(settings.idleTimeout),
        httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 2 * settings.headerLimit, maxHeaderListSize: 2 * settings.headerLimit,
            maxHeaderFieldCount: 100)
    )
    guard let tls = settings.tls else {
        return HTTPServerBuilder { handler in
            bounded(HTTP1Channel(responder: handler, configuration: http1), responder)
        }
    }
    let agreed = try tls.configuration()
    let limits = HandshakeDeadline.Limits(
        head: TimeAmount(settings.headDeadline), idle: TimeAmount(settings.idleTimeout), leave: shutdownDeadline)
    let http2 = HTTP2ChannelConfiguration(
        idleTimeout: settings.idleTimeout, gracefulCloseTimeout: settings.shutdownDeadline, streamConfiguration: http1)
    return HTTPServerBuilder { handler in
        bounded(
            TLSChannel(
                base: try HTTP2UpgradeChannel(
                    tlsChannelConfiguration: .init(tlsConfiguration: agreed), configuration: http2,
                    responder: handler),
                limits: limits, check: check),
            responder)
    }
}

private func bounded<Base: ServerChildChannel>(_ base: Base, _ responder: GatewayResponder) -> BoundedChannel<Base> {
    BoundedChannel(
        base: base, limiter: responder.dependencies.limits[.connections], proxies: responder.proxies,
        meters: responder.meters)
}
