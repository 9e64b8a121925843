/// A way to send mails.
package struct MailChannel: Sendable {
    /// Called just before the first byte of a mail is sent, however long the mail waited. When it throws, nothing is
    /// sent and ``send`` throws the same error.
    package typealias PreSendCheck = @Sendable () async throws -> Void

    /// Returns once the other side has accepted the mail. Concurrent mails do not wait for each other.
    /// - Throws: `MailFailure`, `CancellationError`, whatever the check throws.
    package let send: @Sendable (Mail, PreSendCheck) async throws -> Void

    /// Ends the connections to the other side, within two seconds. Call it when no mail is being sent.
    package let close: @Sendable () async -> Void

    package init(
        send: @escaping @Sendable (Mail, PreSendCheck) async throws -> Void,
        close: @escaping @Sendable () async -> Void = {}
    ) {
        self.send = send
        self.close = close
    }
}

/// Why a mail was not accepted, as a word: a server's own text may quote the address.
package enum MailFailure: Error, Equatable {
    /// Worth another attempt.
    case transient(String)
    /// The server will not take this mail for this recipient, now or later: no attempt will succeed.
    case refused(String)
    /// The server refuses us and not the recipient. Worth further attempts for hours; an operator has to fix the cause.
    case refusesUs(String)
}
