import HTTPServer
import Identity
import Postgres
import Worker

/// One setting: its name, what it holds, and what it is when nothing is said.
struct Setting: Sendable {
    /// How the value reads.
    enum Kind: String, Sendable {
        case text, integer, boolean
    }

    /// What a setting is when nothing is said.
    enum Fallback: Sendable, CustomStringConvertible {
        case text(String)
        case integer(Int)
        case boolean(Bool)

        var description: String {
            switch self {
            case .text(let text): text.isEmpty ? "empty" : text
            case .integer(let number): String(number)
            case .boolean(let flag): String(flag)
            }
        }
    }

    /// Dotted, as `gateway.port`: nested in the file, `CONSILIUM_GATEWAY_PORT` in the environment.
    let name: String
    /// Nil: the commands that read it refuse to start without it.
    let fallback: Fallback?
    let summary: String

    init(_ name: String, _ fallback: Fallback?, _ summary: String) {
        self.name = name
        self.fallback = fallback
        self.summary = summary
    }

    var kind: Kind {
        switch fallback {
        case nil, .text: .text
        case .integer: .integer
        case .boolean: .boolean
        }
    }

    /// The name in the environment: words apart by `_`, in capitals, behind the program's prefix.
    var variable: String {
        var encoded = Setting.prefix
        for character in name {
            if character == "." {
                encoded.append("_")
            } else {
                if character.isUppercase { encoded.append("_") }
                encoded.append(contentsOf: character.uppercased())
            }
        }
        return encoded
    }

    static let prefix = "CONSILIUM_"
}

extension Setting {
    // A default that a part of the program has already is stated there.
    private static let database = Database.Settings(conninfo: "")
    private static let gateway = GatewaySettings()
    private static let identity = IdentitySettings(blocklist: PasswordBlocklist([]))
    private static let worker = WorkerSettings(checkpoints: "")

    /// Every setting there is. `consilium settings` prints this list; an unknown name is refused at start.
    static let all: [Setting] = [
        Setting(
            "database.conninfo", nil,
            "libpq's connection string without a user, as host=/run/postgresql dbname=consilium, or postgresql://db.example/consilium. Of several hosts the one is taken that takes writes. It names PostgreSQL itself, no pooler."
        ),
        Setting(
            "database.trustsNetwork", .boolean(false),
            "Whether PostgreSQL may be reached over a network without sslmode=verify-full: one in which nobody else can listen or answer."
        ),
        Setting("database.connections", .integer(database.connections), "Connections that a process keeps at most."),
        Setting(
            "database.waitMilliseconds", .integer(database.waitDeadline.inMilliseconds),
            "How long a request waits for a connection before 503."),
        Setting(
            "database.statementMilliseconds", .integer(database.statementDeadline?.inMilliseconds ?? 0),
            "How long a statement may run before it is cancelled."),
        Setting("database.migrations", .text("Database/migrations"), "The folder of the numbered migrations."),
        Setting(
            "keyring.path", nil, "The master keyring, a file of mode 0600. Losing it loses everything sealed."),
        Setting("gateway.host", .text(gateway.host), "The address that the API listens on."),
        Setting(
            "gateway.trustsNetwork", .boolean(false),
            "Whether the API may be served to other machines without TLS: behind gateway.trustedProxies that end it, over a network in which nobody else can listen."
        ),
        Setting(
            "gateway.securityContact", .text(""),
            "Whom to tell of a weakness, as mailto:… or https://…: answered at /.well-known/security.txt (RFC 9116)."),
        Setting("gateway.port", .integer(gateway.port), "The port of the API."),
        Setting("gateway.opsHost", .text(gateway.opsHost), "The address of health and metrics."),
        Setting("gateway.opsPort", .integer(gateway.opsPort), "The port of health and metrics."),
        Setting("gateway.certificate", .text(""), "A PEM certificate chain: turns on TLS and HTTP/2."),
        Setting("gateway.certificateKey", .text(""), "The PEM private key of the certificate."),
        Setting(
            "gateway.tlsProfile", .text("intermediate"),
            "Mozilla's TLS profile: intermediate (1.3, and of 1.2 what has forward secrecy), or modern (1.3 alone)."),
        Setting("gateway.bodyBytes", .integer(gateway.bodyLimit), "The largest JSON body; larger ones are 413."),
        Setting(
            "gateway.headSeconds", .integer(gateway.headDeadline.inSeconds),
            "How long a request's head may take to arrive."),
        Setting(
            "gateway.bodySeconds", .integer(gateway.bodyDeadline.inSeconds), "How long a JSON body may take to arrive."),
        Setting(
            "gateway.writeSeconds", .integer(gateway.writeTimeout.inSeconds),
            "How long a client may take to read a slice (64 KiB) of a reply; then its connection is cut."),
        Setting("gateway.uploadBytes", .integer(gateway.uploadLimit), "The largest file of a record."),
        Setting(
            "gateway.requestsInFlight", .integer(gateway.requestsInFlight),
            "Requests answered at once; more are 503. Event streams and files count apart."),
        Setting(
            "gateway.requestsWaiting", .integer(gateway.requestsWaiting),
            "Requests that may wait for a connection to the database; while as many wait, the next is 503 at once."
        ),
        Setting(
            "gateway.streams", .integer(gateway.streams), "Event streams open at once; more are asked to come back."),
        Setting(
            "gateway.transfers", .integer(gateway.transfers), "Files on their way in or out at once; more are 503."),
        Setting(
            "gateway.connections", .integer(gateway.connections),
            "Connections open at once; more are closed. At least requestsInFlight, streams and transfers together."),
        Setting(
            "gateway.networkShare", .integer(gateway.networkShare),
            "How much of each of these four one client network (an IPv4 address, a /64 of IPv6) may take, in percent; 100 where everybody comes by one address."
        ),
        Setting(
            "gateway.requestSeconds", .integer(gateway.handlerDeadline.inSeconds),
            "How long a request may take, whatever the database does, not counted while its body arrives. With bodySeconds at most leaveSeconds."
        ),
        Setting(
            "gateway.drainSeconds", .integer(gateway.drainDelay.inSeconds),
            "How long readiness says 503 before a gateway that stops no longer listens."),
        Setting(
            "gateway.leaveSeconds", .integer(gateway.shutdownDeadline.inSeconds),
            "How long what is under way may take from then on; then it is cut. TimeoutStopSec must exceed both together."
        ),
        Setting(
            "gateway.trustedProxies", .text(""),
            "Proxies whose X-Forwarded-For is believed: addresses or CIDR blocks, separated by commas."),
        Setting(
            "gateway.synchronousStandby", .boolean(gateway.needsSynchronousStandby),
            "Whether readiness asks for a synchronous standby, so that a failover loses nothing."),
        Setting(
            "gateway.requestsPerMinute", .integer(gateway.accountRate.perMinute),
            "Requests a minute of one account, over all gateways; two fifths of them at once."),
        Setting(
            "gateway.addressRequestsPerMinute", .integer(gateway.addressRate.perMinute),
            "Requests a minute of one client address, over all gateways; a fifth of them at once."),
        Setting(
            "gateway.publicRequestsPerMinute", .integer(gateway.publicRate.perMinute),
            "Requests a minute of one client address to sign-up, sign-in and resets, over all gateways, if need be at once."
        ),
        Setting(
            "identity.blocklist", .text("Database/reference/password_blocklist.txt"),
            "Passwords that are refused, one a line."),
        Setting(
            "identity.staffSecondFactor", .boolean(identity.requireSecondFactorForStaff),
            "Whether staff and specialists must sign in with a second factor."),
        Setting(
            "offers.hours", .integer(worker.offersLast.inSeconds / 3600),
            "How long a specialist has to answer an offer."),
        Setting("join.form", .text("jitsi"), "The video service: jitsi or livekit."),
        Setting(
            "join.url", .text("http://127.0.0.1:8080/rooms"),
            "Jitsi's address, with its tenant if it has one: a join link is this, the room and its token. Or LiveKit's server, wss://…"
        ),
        Setting("join.app", .text("consilium"), "Jitsi's application id, or LiveKit's API key."),
        Setting(
            "join.secretFile", nil, "A file with the secret that signs join tokens (HS256), at least 32 bytes."),
        Setting(
            "calendars.private", .boolean(worker.allowsPrivateCalendars),
            "Whether linked calendars may lie on private addresses and come without TLS: for a network of one's own."),
        Setting(
            "calendars.minutes", .integer(worker.calendarsEvery.inSeconds / 60),
            "How often a linked calendar is fetched."),
        Setting("mail.channel", .text("files"), "smtp, or files: one .eml a mail."),
        Setting("mail.directory", .text(".data/mail"), "Where the files channel writes."),
        Setting("mail.from", .text("Consilium <no-reply@consilium.example>"), "The sender of every mail."),
        Setting("mail.linkBase", .text("http://127.0.0.1:8080"), "What the links in mails start with."),
        Setting("mail.host", .text(""), "The SMTP server."),
        Setting("mail.port", .integer(587), "The SMTP server's port."),
        Setting("mail.tls", .text("required"), "STARTTLS: required, optional, or none for a server on this machine."),
        Setting("mail.user", .text(""), "The SMTP user; empty for no authentication."),
        Setting("mail.passwordFile", .text(""), "A file with the SMTP password."),
        Setting(
            "worker.jobs", .integer(worker.jobs),
            "Jobs that a worker does at once; each mail among them has a connection of its own to the mail server."),
        Setting(
            "worker.checkpoints", .text(".data/checkpoints.jsonl"), "Where the heads of the audit chains are copied to."
        ),
        Setting("log.format", .text("text"), "text, or json: an object a line."),
        Setting("log.level", .text("info"), "trace, debug, info, notice, warning, error or critical."),
    ]
}

extension Duration {
    fileprivate var inSeconds: Int { Int(components.seconds) }
    fileprivate var inMilliseconds: Int { Int(self / .milliseconds(1)) }
}
