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
    /// For one mail, connection included, up to the end of its message.
    package var deadline: Duration
    /// From then on until the server has said that it has taken it (RFC 5321 §4.5.3.2.6 would wait for ten minutes; a
    /// mail is sent again when we do not wait for the answer, and a slot is lost for as long as we do).
    package var takingOver = Duration.seconds(60)
    /// For the answer to QUIT.
    package var leave = Duration.seconds(1)

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
        let connections = SMTPConnections(settings)
        return MailChannel(
            send: { mail, mayGo in try await connections.send(mail, mayGo) }, leave: { await connections.close() })
    }
}
