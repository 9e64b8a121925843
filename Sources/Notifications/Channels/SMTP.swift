import Dispatch

/// A mail server that takes our mails (RFC 5321).
package struct SMTPSettings: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// STARTTLS, or nothing is said.
        case required
        /// STARTTLS where the server offers it.
        case optional
        case none
    }

    package var host: String
    package var port: Int
    package var security: Security
    /// Nil for no authentication.
    package var login: Login?
    /// A PEM file of authorities to trust in place of the system's.
    package var authorities: String?
    /// For one mail, connection included.
    package var deadline: Duration

    package struct Login: Sendable {
        let user: String
        let password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    package init(
        host: String, port: Int = 587, security: Security = .required, login: Login? = nil,
        authorities: String? = nil, deadline: Duration = .seconds(30)
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.login = login
        self.authorities = authorities
        self.deadline = deadline
    }
}

extension MailChannel {
    /// Sends through a mail server, one mail after the other over one connection.
    package static func smtp(_ settings: SMTPSettings) -> MailChannel {
        let client = SMTPClient(settings)
        return MailChannel { try await client.send($0) }
    }
}

/// The one user of a curl handle, on a thread of its own: curl blocks until the server has answered, and Swift's
/// cooperative threads must not.
actor SMTPClient {
    private nonisolated let thread = MailThread()
    private let settings: SMTPSettings
    private var handle: CurlHandle?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ settings: SMTPSettings) {
        self.settings = settings
    }

    /// - Throws: `MailFailure`.
    func send(_ mail: Mail) throws {
        if handle == nil { handle = CurlHandle() }
        // A handle keeps its connection from mail to mail, which is ten times as fast as a new one.
        guard let ending = handle?.perform(mail, settings) else { throw MailFailure.transient("smtp_library") }
        try ending.check()
    }
}

/// A serial queue as an executor.
private final class MailThread: SerialExecutor {
    private let queue = DispatchQueue(label: "consilium.mail")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
