import Clinic
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import Logging
import NIOCore

/// What is known of a request for its log line and its reply, however far it gets.
struct RequestMetadata: Sendable {
    let method: HTTPRequest.Method
    let requestID: String
    let clientAddress: String
    /// The client's network, for what is counted by it.
    let network: [UInt8]
    /// Whether an EventSource asks (HTML §9.2.2 says what it accepts) for a stream. It gives up for good at any status but
    /// 200, and comes back after an event stream that ends. Whoever names its media type and asks for something else is
    /// answered as everybody is.
    let wantsEvents: Bool
    let channel: any Channel
    let isHTTP2: Bool
    let body: RequestContext.BodyState
    let logger: Logger
    /// Method and template; never the concrete path, which can hold ids and search words.
    var route = "unmatched"
    /// The endpoint's place in the table.
    var index: Int?
    var caller: AccountID?
    /// The kind of problem that was answered as an event, under the status 200.
    var refused: String?

    /// - Parameter match: what the request's path leads to.
    init(
        _ request: HTTPRequest, to match: RouteTable.Match, on channel: any Channel, proxies: TrustedProxies,
        logger: Logger
    ) {
        method = request.method
        self.channel = channel
        requestID = Self.requestID(request.headerFields[.requestID])
        // A stream of HTTP/2 stands below its connection, and the connection below the listener.
        isHTTP2 = channel.parent?.parent != nil
        clientAddress = proxies.client(
            peer: (isHTTP2 ? channel.parent : channel)?.remoteAddress?.ipAddress,
            forwarded: request.headerFields[values: .forwardedFor])
        network = ClientNetwork(address: clientAddress).bytes
        wantsEvents =
            match.isStream && request.method == .get
            && request.headerFields[.accept]?.lowercased().contains("text/event-stream") == true
        let length = request.headerFields[.contentLength]
        let mayFollow = isHTTP2 && length == nil && method != .get && method != .head
        body = RequestContext.BodyState(
            finished: (length == nil || length == "0") && request.headerFields[.transferEncoding] == nil && !mayFollow)
        var logger = logger
        logger[metadataKey: "request"] = .string(requestID)
        self.logger = logger
    }

    /// An inbound id is taken when it is short and plain; else a fresh one is made.
    private static func requestID(_ given: String?) -> String {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)
        if let given, (8...64).contains(given.utf8.count), given.utf8.allSatisfy(plain.contains) { return given }
        return ID<RequestTag>.random().description
    }

    private enum RequestTag {}

    /// The problem reply to an error, or what tells an EventSource of it. What is our fault is logged, by the error's type alone: its text may hold data. Of
    /// the database's trouble the cause is logged, which the caller is not told.
    mutating func refuse(_ error: any Error) -> Reply {
        let problem = Problem(mapping: error)
        let cause = (error as? any QuietError)?.quietDescription
        var told: Logger.Metadata = ["route": .string(route)]
        if let cause { told["cause"] = .string(cause) }
        if problem.kind == .internalFault {
            told["error"] = .string(String(reflecting: Swift.type(of: error)))
            logger.error("A request failed unexpectedly", metadata: told)
        } else if cause != nil, problem.kind != .conflict {
            logger.warning("The database is in trouble", metadata: told)
        }
        if wantsEvents, let seconds = problem.retryAfter {
            refused = problem.kind.name
            return Reply(
                status: .ok, headers: [:],
                body: .endedEvents(ServerEvent.refusal(problem, requestID: requestID, retryAfter: seconds)))
        }
        var headers = problem.headers
        if let seconds = problem.retryAfter { headers[.retryAfter] = String(seconds) }
        return Reply(
            status: problem.kind.status, headers: headers, body: .problem(problem.json(requestID: requestID).bytes))
    }
}

/// An error whose description is known to hold no caller data.
protocol QuietError {
    var quietDescription: String { get }
}
