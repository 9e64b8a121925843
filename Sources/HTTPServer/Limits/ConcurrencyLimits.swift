import Clinic

/// What may be under way at once, each kind counted apart from the others, so that what its client lets last (an event
/// stream, a file on a slow line, a connection on which nothing is asked) takes no place from what is answered at once.
struct ConcurrencyLimits: Sendable {
    /// The kinds, by the words of the metrics.
    enum Kind: String, CaseIterable, Sendable {
        /// Requests that are being answered. A stream and a file count until their bytes begin to flow.
        case requests = "in_flight"
        /// Event streams that are open.
        case streams
        /// Files that are on their way in or out.
        case transfers
        /// Connections that are open, whatever they are used for.
        case connections

        /// The metric that says how much of it there is.
        var gauge: String {
            switch self {
            case .requests: "http_requests_in_flight"
            case .streams: "http_streams_open"
            case .transfers: "http_transfers_open"
            case .connections: "http_connections_open"
            }
        }
    }

    private let requests: ConcurrencyLimiter
    private let streams: ConcurrencyLimiter
    private let transfers: ConcurrencyLimiter
    private let connections: ConcurrencyLimiter
    private let fullAfter: Duration

    init(_ settings: GatewaySettings) {
        func limiter(_ total: Int, perAccount: Int = .max) -> ConcurrencyLimiter {
            let share = max(1, total * settings.networkShare / 100)
            return ConcurrencyLimiter(.init(total: total, perNetwork: share, perAccount: perAccount))
        }
        requests = limiter(settings.requestsInFlight)
        streams = limiter(settings.streams, perAccount: settings.streamsPerAccount)
        transfers = limiter(settings.transfers, perAccount: settings.transfersPerAccount)
        connections = limiter(settings.connections)
        fullAfter = settings.fullAfter
    }

    subscript(kind: Kind) -> ConcurrencyLimiter {
        switch kind {
        case .requests: requests
        case .streams: streams
        case .transfers: transfers
        case .connections: connections
        }
    }

    /// What has been full for a while, in words for readiness.
    var faults: [(kind: Kind, text: String)] {
        let texts: [(kind: Kind, text: String)] = [
            (.requests, "requests in flight are at their limit"), (.streams, "event streams are at their limit"),
            (.transfers, "file transfers are at their limit"), (.connections, "connections are at their limit"),
        ]
        return texts.filter { self[$0.kind].isFull(for: fullAfter) }
    }
}

extension Problem {
    /// The refusal of what finds no place.
    init(_ kind: ConcurrencyLimits.Kind, full: ConcurrencyLimiter.Full) {
        let (noun, wait) =
            switch kind {
            case .requests: ("requests are in flight", 1)
            case .streams: ("event streams are open", 30)
            case .transfers: ("files are on their way", 10)
            case .connections: ("connections are open", 10)
            }
        switch full {
        case .total: self.init(.busy, "Too many \(noun).", retryAfter: wait)
        case .network: self.init(.tooManyRequests, "Too many \(noun) for this network.", retryAfter: wait)
        case .account: self.init(.tooManyRequests, "Too many \(noun) for this account.", retryAfter: wait)
        }
    }
}
