import HTTPTypes
import Metrics
import Postgres
import Synchronization

/// The gateway's own metrics, with their handles: requests by route and status, their durations, how many of each kind
/// are open, how many wait for the database, and how many were refused because a limit was reached.
final class GatewayMeters: Sendable {
    private struct RouteMeters: Sendable {
        let seconds: Timer
        let dimensions: [(String, String)]
    }

    private struct CountKey: Hashable {
        let route: Int
        let status: Int
    }

    /// What the metrics mean, by their names.
    static let help = [
        "database_requests_waiting": "Transactions that wait for a connection to the database.",
        "http_connections_open": "Connections of clients that are open.",
        "http_request_seconds": "How long requests took, from their head to the end of the answer.",
        "http_requests_in_flight": "Requests that are being answered.",
        "http_requests_refused_total": "Requests that were refused because a limit was reached.",
        "http_requests_total": "Requests that were answered.",
        "http_streams_open": "Event streams that are open.",
        "http_transfers_open": "Files that are being received or sent.",
    ]

    private let routes: [RouteMeters]
    private let unmatched: RouteMeters
    private let counts = Mutex<[CountKey: Counter]>([:])
    private let open: [ConcurrencyLimits.Kind: Meter]
    private let waitingMeter: Meter
    private let stored: [Meter]
    private let refused: [ConcurrencyLimits.Kind: [ConcurrencyLimiter.Full: Counter]]
    private let shed: Counter
    private let factory: any MetricsFactory

    init(_ endpoints: [Endpoint], _ gauges: StoredGauges, factory: any MetricsFactory) {
        self.factory = factory
        func meters(_ method: String, _ route: String) -> RouteMeters {
            let dimensions = [("method", method), ("route", route)]
            return RouteMeters(
                seconds: Timer(label: "http_request_seconds", dimensions: dimensions, factory: factory),
                dimensions: dimensions)
        }
        routes = endpoints.map { meters($0.method.rawValue, $0.template.text) }
        unmatched = meters("any", "unmatched")
        open = Self.forEachKind { Meter(label: $0.gauge, factory: factory) }
        waitingMeter = Meter(label: "database_requests_waiting", factory: factory)
        stored = gauges.series.map { Meter(label: $0.name, dimensions: $0.dimensions, factory: factory) }
        func refused(_ what: String) -> Counter {
            Counter(label: "http_requests_refused_total", dimensions: [("full", what)], factory: factory)
        }
        shed = refused("waiting")
        self.refused = Self.forEachKind { kind in
            Dictionary(
                uniqueKeysWithValues: ConcurrencyLimiter.Full.allCases.map { full in
                    (full, refused(full == .total ? kind.rawValue : "\(kind.rawValue)_of_\(full.rawValue)"))
                })
        }
    }

    private static func forEachKind<Value>(
        _ make: (ConcurrencyLimits.Kind) -> Value
    ) -> [ConcurrencyLimits.Kind: Value] {
        Dictionary(uniqueKeysWithValues: ConcurrencyLimits.Kind.allCases.map { ($0, make($0)) })
    }

    /// Sets the gauges that are read on demand.
    func show(_ load: Database.Load, _ limits: ConcurrencyLimits) {
        waitingMeter.set(load.waiting)
        for (kind, meter) in open { meter.set(limits[kind].count) }
    }

    /// Counts a refusal because a limit was reached.
    func refuse(_ kind: ConcurrencyLimits.Kind, _ full: ConcurrencyLimiter.Full) { refused[kind]?[full]?.increment() }

    /// Sets the gauges whose values come from the database, in the order of their series. None is shown when the
    /// database could not be read.
    func show(_ values: [Double]?) {
        for (index, meter) in stored.enumerated() {
            let value = values.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            meter.set(value ?? .nan)
        }
    }

    /// Counts a refusal because too many requests wait for the database.
    func countShed() { shed.increment() }

    /// Counts a request that has ended.
    func count(route: Int?, method: HTTPRequest.Method, status: Int, duration: Duration) {
        let meters = route.map { routes[$0] } ?? unmatched
        let (seconds, attoseconds) = duration.components
        meters.seconds.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        let key = CountKey(route: route ?? -1, status: status)
        let counter = counts.withLock { counts in
            if let known = counts[key] { return known }
            let made = Counter(
                label: "http_requests_total", dimensions: meters.dimensions + [("status", String(status))],
                factory: factory)
            counts[key] = made
            return made
        }
        counter.increment()
    }
}
