import Clinic
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Postgres

/// Every request comes through here: it is counted, named, limited, routed, authenticated, answered, and logged once.
struct GatewayResponder: HTTPResponder {
    let routes: RouteTable
    let dependencies: GatewayDependencies
    let admission: AdmissionControl
    let headers: ReplyHeaders
    let rates: RateLimiter
    let proxies: TrustedProxies
    let meters: GatewayMeters
    let openAPI: [UInt8]
    let security: SecurityText?
    let logger: Logger

    func respond(to request: Request, context channelContext: GatewayRequestContext) async -> Response {
        let started = ContinuousClock.now
        let match = routes.match(request.method, request.uri.path)
        var metadata = RequestMetadata(
            request.head, to: match, on: channelContext.channel, proxies: proxies, logger: logger)
        defer { admission.leave(channelContext.channel) }
        let reply: Reply
        var flight: ConcurrencyLimiter.Permit?
        do throws(ConcurrencyLimiter.Full) {
            let permit = try dependencies.limits[.requests].take(network: metadata.network)
            flight = permit
            let deadline = RequestDeadline(
                channelContext.channel.eventLoop, budget: dependencies.settings.handlerDeadline)
            defer { deadline.database.lift() }
            reply = await Database.Deadline.$current.withValue(deadline.database) {
                await answer(request, match, channelContext, deadline, &metadata, flight: permit)
            }
        } catch {
            meters.refuse(.requests, error)
            reply = metadata.refuse(Problem(.requests, full: error))
        }
        let close = !metadata.body.isFinished
        let end = RequestCompletion(
            metadata: metadata, status: reply.status.code, started: started, meters: meters, permit: flight)
        return headers.response(reply, to: metadata, reading: request.body, close: close, end: end)
    }

    /// The refusal of a request that would only make the line for the database longer, for who can answer it before it is
    /// read any further; nil for what may come in, and for what is for `respond` to refuse. It has no `Date`, which the
    /// server library adds to the others and which a 5xx can do without (RFC 9110 §6.6.1).
    func refuseInLine(_ head: HTTPRequest, on channel: any Channel) -> (head: HTTPResponse, body: [UInt8])? {
        guard !admission.enter(channel), head.headerFields[.connection] != "close" else { return nil }
        let started = ContinuousClock.now
        let match = routes.match(head.method, URI(head.path ?? "").path)
        var metadata = RequestMetadata(head, to: match, on: channel, proxies: proxies, logger: logger)
        guard metadata.body.isFinished, case .endpoint(let endpoint, let index, _) = match else { return nil }
        (metadata.route, metadata.index) = (endpoint.route, index)
        let reply = metadata.refuse(refusalInLine())
        RequestCompletion(metadata: metadata, status: reply.status.code, started: started, meters: meters).finish()
        var body: [UInt8] = []
        switch reply.body {
        case .problem(let bytes) where head.method != .head, .endedEvents(let bytes): body = bytes
        default: break
        }
        return (HTTPResponse(status: reply.status, headerFields: headers.fields(of: reply, to: metadata)), body)
    }

    private func answer(
        _ request: Request, _ match: RouteTable.Match, _ channelContext: GatewayRequestContext,
        _ deadline: RequestDeadline,
        _ metadata: inout RequestMetadata,
        flight: ConcurrencyLimiter.Permit
    ) async -> Reply {
        do {
            try checkHost(request, isHTTP2: metadata.isHTTP2)
            try checkHeaderSize(request)
            try checkLine(for: match, on: channelContext.channel)
            try await rates.takeOne(of: .address(metadata.clientAddress))
            if request.uri.path == "/openapi.json", request.method == .get || request.method == .head {
                metadata.route = "GET /openapi.json"
                return Reply(status: .ok, headers: [:], body: .json(openAPI))
            }
            if let security, request.uri.path == SecurityText.path, request.method == .get || request.method == .head {
                metadata.route = "GET \(SecurityText.path)"
                return security.reply
            }
            let (endpoint, index, values) = try found(match)
            metadata.route = endpoint.route
            metadata.index = index
            try checkAccept(request, endpoint)
            try checkExpect(request)
            if case .everyone = endpoint.access { try await rates.takeOne(of: .publicRoute(metadata.clientAddress)) }
            admission.leave(channelContext.channel)
            let caller = try await caller(of: request, for: endpoint, from: metadata.clientAddress)
            metadata.caller = caller?.account
            if let caller { try await rates.takeOne(of: .account(caller.account)) }
            let context = RequestContext(
                request: request, channel: channelContext.channel, endpoint: endpoint, pathValues: values,
                queryValues: try queryValues(of: request, for: endpoint), caller: caller,
                requestID: metadata.requestID, clientAddress: metadata.clientAddress, network: metadata.network,
                logger: metadata.logger, dependencies: dependencies, deadline: deadline, body: metadata.body,
                flight: flight,
                access: endpoint.bodyMode == .prompt ? nil : caller.map { dependencies.access.open($0.session) })
            try checkPath(context)
            return try await context.deadline.run { try await endpoint.run(context) }
        } catch {
            return metadata.refuse(error)
        }
    }

    /// Refuses at once what would only make the line for the database longer; what needs no database is answered.
    private func checkLine(for match: RouteTable.Match, on channel: any Channel) throws {
        if case .endpoint = match, !admission.enter(channel) { throw refusalInLine() }
    }

    private func refusalInLine() -> Problem {
        meters.refuseInLine()
        return Problem(.busy, "Too many requests wait for the database.", retryAfter: 1)
    }

    private func found(_ match: RouteTable.Match) throws -> (Endpoint, Int, [String: String]) {
        switch match {
        case .endpoint(let endpoint, let index, let values): return (endpoint, index, values)
        case .nothing: throw Problem(.notFound)
        case .otherMethods(let methods):
            let allow = methods.map(\.rawValue).joined(separator: ", ")
            throw Problem(.methodNotAllowed, "Allowed: \(allow).", headers: [.allow: allow])
        }
    }

    /// The bearer token of RFC 6750 §2.1, resolved. A stream is no activity: a browser opens it anew by itself.
    private func caller(
        of request: Request, for endpoint: Endpoint, from clientAddress: String
    ) async throws -> Caller? {
        let wanted: Set<Role>?
        switch endpoint.access {
        case .everyone: return nil
        case .signedIn: wanted = nil
        case .roles(let roles): wanted = roles
        }
        guard let header = request.headers[.authorization] else { throw Problem.signIn("Bearer") }
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", (1...512).contains(words[1].utf8.count),
            let caller = try await dependencies.identity.resolve(String(words[1]), endpoint.bodyMode != .stream)
        else { throw Problem.signIn("Bearer error=\"invalid_token\"") }
        if let wanted, wanted.isDisjoint(with: caller.roles) { throw Problem(.notAllowed) }
        if endpoint.method == .get { return caller }
        let source = RequestSource(address: clientAddress, device: request.headers[.userAgent])
        return try await dependencies.identity.locate(caller, source)
    }

    /// The query's parameters, each of which the endpoint must declare, once at most, and within its rule. A list that comes
    /// as a parameter repeated, as many generated clients send it, is put together with commas.
    private func queryValues(of request: Request, for endpoint: Endpoint) throws -> [String: String] {
        let declared = endpoint.parameters.filter { $0.place == .query }
        var values: [String: String] = [:]
        var errors: [FieldError] = []
        func refuse(_ name: String, _ rule: String, _ detail: String) {
            errors.append(FieldError(.parameter(name), rule: rule, detail))
        }
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = percentDecoded(halves[0], plusIsSpace: true),
                let value = halves.count == 2 ? percentDecoded(halves[1], plusIsSpace: true) : ""
            else { throw Problem(.malformedRequest, "The query is not percent-encoded UTF-8.") }
            guard let parameter = declared.first(where: { $0.name == name }) else {
                refuse(String(name.unicodeScalars.prefix(64)), "unknown", "There is no such parameter.")
                continue
            }
            let others = values[name]
            if others != nil, !parameter.isList { refuse(name, "duplicate", "The parameter may be given once.") }
            values[name] = others.map { "\($0),\(value)" } ?? value
        }
        for parameter in declared {
            if let value = values[parameter.name] {
                guard !errors.contains(where: { $0.place == .parameter(parameter.name) }) else { continue }
                if let broken = parameter.check(value) { refuse(parameter.name, broken.rule, broken.detail) }
            } else if parameter.isRequired {
                refuse(parameter.name, "missing", "The parameter is needed.")
            }
        }
        guard errors.isEmpty else { throw Problem(.invalidParameters, errors: errors) }
        return values
    }

    /// A path parameter that cannot be what it stands for leads nowhere.
    private func checkPath(_ context: RequestContext) throws {
        for (name, value) in context.pathValues {
            let declared = context.endpoint.parameters.first { $0.place == .path && $0.name == name }
            let isFit = declared.map { $0.check(value) == nil } ?? (UUID(parameter: value) != nil)
            guard isFit else { throw Problem(.notFound) }
        }
    }
}

extension Problem {
    /// 401 with the challenge that RFC 9110 §11.6.1 asks for.
    package static func signIn(_ challenge: String) -> Problem {
        Problem(.signInNeeded, headers: [.wwwAuthenticate: challenge])
    }
}

/// What Hummingbird hands over with a request.
struct GatewayRequestContext: InitializableFromSource, Sendable {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}
