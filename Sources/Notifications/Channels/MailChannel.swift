/// A way for mails to leave the service.
package struct MailChannel: Sendable {
    /// Asked in the moment before the first byte of a mail goes out, however long the mail waited for that moment.
    /// What it throws is thrown by ``send``, and nothing goes out.
    package typealias LastLook = @Sendable () async throws -> Void

    /// Returns once the other side has taken the mail over. As many mails may be under way at once as are sent at once:
    /// none waits for another.
    /// - Throws: `MailFailure`, `CancellationError`, and whatever the last look throws.
    package let send: @Sendable (Mail, LastLook) async throws -> Void

    /// Takes leave of the other side, within two seconds. To be called when nothing is under way.
    package let leave: @Sendable () async -> Void

    package init(
        send: @escaping @Sendable (Mail, LastLook) async throws -> Void,
        leave: @escaping @Sendable () async -> Void = {}
    ) {
        self.send = send
        self.leave = leave
    }
}

/// Why a mail was not taken, by a word: a server's text may quote the address.
package enum MailFailure: Error, Equatable {
    /// Worth another attempt.
    case transient(String)
    /// The server will not take this mail for this recipient, now or later: no attempt will succeed.
    case refused(String)
    /// The server has something against us, and nothing against the recipient: worth another attempt for hours, and an
    /// operator has to put something right.
    case refusesUs(String)
}
