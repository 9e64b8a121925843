/// How to reach the mail server that accepts our mails (RFC 5321).
package struct SMTPSettings: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// STARTTLS, or no mail is sent.
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
    /// For one mail, connection included, up to the end of its message.
    package var deadline: Duration
    /// From the end of the message until the server has accepted it. RFC 5321 §4.5.3.2.6 would wait for ten minutes. A
    /// mail whose answer we do not wait for is sent again; while we wait, a sending slot is taken.
    package var acceptDeadline = Duration.seconds(60)
    /// For the answer to QUIT.
    package var quitDeadline = Duration.seconds(1)

    package struct Login: Sendable {
        let user: String
        let password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    package init(
        host: String, port: Int, security: Security, login: Login? = nil,
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
    /// Sends through a mail server, over as many connections as there are mails under way.
    package static func smtp(_ settings: SMTPSettings) -> MailChannel {
        let connections = SMTPConnectionPool(settings)
        return MailChannel(
            send: { mail, preSendCheck in try await connections.send(mail, preSendCheck) },
            close: { await connections.close() })
    }
}
