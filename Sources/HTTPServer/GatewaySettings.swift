/// What an operator can set on a gateway. Every limit has a default that suits one machine with four cores.
package struct GatewaySettings: Sendable {
    /// The certificate chain and private key, as paths of PEM files. With them the gateway speaks HTTPS, and HTTP/2 to
    /// clients that ask for it.
    package struct TLS: Sendable {
        /// The protocol versions, by Mozilla's profiles of the same names
        /// (https://wiki.mozilla.org/Security/Server_Side_TLS).
        package enum Profile: String, Sendable, CaseIterable {
            /// TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption.
            case intermediate
            /// TLS 1.3 alone.
            case modern
        }

        package var certificateChain: String
        package var privateKey: String
        package var profile: Profile

        package init(certificateChain: String, privateKey: String, profile: Profile) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
            self.profile = profile
        }
    }

    /// How fast one account or address may send requests: a bucket of `capacity` tokens that refills steadily.
    package struct Rate: Sendable {
        /// The most requests at once.
        package var capacity: Int
        /// Requests a second in the long run.
        package var perSecond: Double

        package init(capacity: Int, perSecond: Double) {
            self.capacity = capacity
            self.perSecond = perSecond
        }

        /// Requests a minute in the long run.
        package var perMinute: Int { Int((perSecond * 60).rounded()) }

        private init(perMinute: Int, burst: Int) {
            self.init(capacity: max(burst, 1), perSecond: Double(perMinute) / 60)
        }

        /// For an account: two fifths of a minute's requests at once, for somebody who opens the pages of a case.
        package static func account(perMinute: Int) -> Rate { Rate(perMinute: perMinute, burst: perMinute * 2 / 5) }
        /// For an address, which many people may share: a fifth of a minute's requests at once.
        package static func address(perMinute: Int) -> Rate { Rate(perMinute: perMinute, burst: perMinute / 5) }
        /// For an address at the routes without sign-in: a minute's requests at once.
        package static func `public`(perMinute: Int) -> Rate { Rate(perMinute: perMinute, burst: perMinute) }
    }

    /// Where callers connect. Port 0 takes any free one.
    package var host = "127.0.0.1"
    package var port = 8080
    /// Where health and metrics are served; never exposed to callers.
    package var opsHost = "127.0.0.1"
    package var opsPort = 9080
    package var tls: TLS?
    /// The contact for reports of vulnerabilities, as a URI; nil for none.
    package var securityContact: String?

    /// Bytes of a JSON body; routes that need more say so in OpenAPI.
    package var bodyLimit = 64 * 1024
    /// Bytes of an uploaded file.
    package var uploadLimit = 200 * 1024 * 1024
    /// Bytes of the path and all header fields of a request.
    package var headerLimit = 16 * 1024
    /// Time for a request's head to arrive whole.
    package var headDeadline: Duration = .seconds(15)
    /// Time for a JSON body to arrive.
    package var bodyDeadline: Duration = .seconds(10)
    /// Time for the work on a request, from its head to its answer, without the time in which a JSON body arrives. Its
    /// database statements must end by then as well.
    package var handlerDeadline: Duration = .seconds(15)
    /// Time for a whole upload.
    package var uploadDeadline: Duration = .seconds(1800)
    /// Time that a connection may stay silent between requests, or within one.
    package var idleTimeout: Duration = .seconds(60)
    /// Time for a client to read what is sent, down to the channel's low water mark (32 KiB on HTTP/1.1); then the
    /// connection is closed. A large reply is sent in slices, each of which has this time.
    package var writeTimeout: Duration = .seconds(20)
    /// Requests in flight, including those whose reply a client is slow to read. The next one is refused with 503.
    /// Event streams and files count until their bytes begin to flow.
    package var requestsInFlight = 512
    /// The number of requests waiting for a database connection at which new ones are refused with 503 at once. A
    /// longer queue would only delay all of them. Requests that were admitted before may still join the queue, up to
    /// the requests in flight.
    package var requestsWaiting = 64
    /// Open event streams, in all and for one account.
    package var streams = 2000
    package var streamsPerAccount = 10
    /// File transfers in either direction, in all and for one account.
    package var transfers = 256
    package var transfersPerAccount = 8
    /// Open connections, whatever they are used for.
    package var connections = 8000
    /// What one client network (an IPv4 address, or a /64 of IPv6) may use of each of the four limits above, in
    /// percent.
    package var networkShare = 25
    /// How long one of the four limits is reached before readiness reports it.
    package var fullAfter: Duration = .seconds(5)
    /// Time between two comments on an event stream without events.
    package var heartbeat: Duration = .seconds(15)
    /// Time between readiness answering 503 and the listener closing, so that balancers choose another gateway.
    package var drainDelay: Duration = .seconds(3)
    /// Time, from the listener's closing, for requests in flight to finish; then their connections are closed. An
    /// upload or a download can be resumed. Shorter requests have ended by then if this is longer than `bodyDeadline`
    /// and `handlerDeadline` together.
    package var shutdownDeadline: Duration = .seconds(30)

    /// Requests of one account.
    package var accountRate = Rate.account(perMinute: 600)
    /// Requests of one client address (of one /64 in IPv6).
    package var addressRate = Rate.address(perMinute: 2400)
    /// Requests of one client address to the public routes: sign-up, sign-in, reset.
    package var publicRate = Rate.public(perMinute: 60)
    /// Proxies whose `X-Forwarded-For` is trusted, as addresses or CIDR blocks.
    package var trustedProxies: [String] = []
    /// Whether readiness asks for a synchronous standby (P2).
    package var needsSynchronousStandby = false

    package init() {}
}
