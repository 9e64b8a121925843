/// What an operator can set on a gateway. Every limit has a default that suits one machine with four cores.
package struct GatewaySettings: Sendable {
    /// The certificate chain and private key, as paths of PEM files. With them the gateway speaks HTTPS, and HTTP/2 to
    /// clients that ask for it.
    package struct TLS: Sendable {
        /// What is spoken, as Mozilla's profiles of the same names (https://wiki.mozilla.org/Security/Server_Side_TLS).
        package enum Profile: String, Sendable, CaseIterable {
            /// TLS 1.3, and of TLS 1.2 what has forward secrecy and authenticated encryption.
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

    /// How fast one account or address may ask: a bucket of `capacity` tokens that refills steadily.
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

        /// For an account: two fifths of a minute's requests at once, as somebody who opens a case's pages asks.
        package static func account(perMinute: Int) -> Rate { Rate(perMinute: perMinute, burst: perMinute * 2 / 5) }
        /// For an address, behind which may be many: a fifth of a minute's requests at once.
        package static func address(perMinute: Int) -> Rate { Rate(perMinute: perMinute, burst: perMinute / 5) }
        /// For an address at the routes without sign-in: a minute's requests at once.
        package static func `public`(perMinute: Int) -> Rate { Rate(perMinute: perMinute, burst: perMinute) }
    }

    /// Where callers connect. Port 0 takes any free one.
    package var host = "127.0.0.1"
    package var port = 8080
    /// Where health and metrics are asked; never given to callers.
    package var opsHost = "127.0.0.1"
    package var opsPort = 9080
    package var tls: TLS?
    /// Whom to tell of a weakness, as a URI; nil for nobody.
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
    /// Time for the work on a request, from its head to its answer, without that in which a JSON body arrives. What is
    /// asked of the database must have been answered by then, too.
    package var handlerDeadline: Duration = .seconds(15)
    /// Time for a whole upload.
    package var uploadDeadline: Duration = .seconds(1800)
    /// Time that a connection may stay silent between requests, or within one.
    package var idleTimeout: Duration = .seconds(60)
    /// Time for a reader to take what is sent, down to the channel's low water mark (32 KiB on HTTP/1.1); then the
    /// connection is cut. A large reply is sent in slices, each of which has this time.
    package var writeTimeout: Duration = .seconds(20)
    /// Requests in flight, those too whose reply a client is slow to take; the next one is refused with 503. Event
    /// streams and files count here until their bytes begin to flow.
    package var requestsInFlight = 512
    /// The threshold of the line for the database: while as many requests wait for a connection, whoever comes is refused
    /// with 503 at once. More would not be answered sooner, only all later. Those who came before may still join the line,
    /// up to the requests in flight.
    package var requestsInLine = 64
    /// Open event streams, in all and for one account.
    package var streams = 2000
    package var streamsPerAccount = 10
    /// Files on their way in or out, in all and for one account.
    package var transfers = 256
    package var transfersPerAccount = 8
    /// Open connections, whatever they are used for.
    package var connections = 8000
    /// What one client network (an IPv4 address, or a /64 of IPv6) may take of each of the four above, in percent.
    package var networkShare = 25
    /// How long one of the four is full before readiness says so.
    package var fullAfter: Duration = .seconds(5)
    /// Time between two signs of life on a silent event stream.
    package var heartbeat: Duration = .seconds(15)
    /// Time between readiness answering 503 and the listener closing, so that balancers look elsewhere.
    package var drainDelay: Duration = .seconds(3)
    /// Time, from the listener's closing, for what is under way to finish; then its connections are cut. An upload or a
    /// download can be taken up again. Of shorter requests none is left by then, if this is longer than `bodyDeadline`
    /// and `handlerDeadline` together.
    package var shutdownDeadline: Duration = .seconds(30)

    /// Requests of one account.
    package var accountRate = Rate.account(perMinute: 600)
    /// Requests of one client address (of one /64 in IPv6).
    package var addressRate = Rate.address(perMinute: 2400)
    /// Requests of one client address to the public routes: sign-up, sign-in, reset.
    package var publicRate = Rate.public(perMinute: 60)
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks.
    package var trustedProxies: [String] = []
    /// Whether readiness asks for a synchronous standby (P2).
    package var needsSynchronousStandby = false

    package init() {}
}
