/// A way for mails to leave the house.
package struct MailChannel: Sendable {
    /// Returns once the other side has taken the mail over.
    /// - Throws: `MailFailure`.
    package let send: @Sendable (Mail) async throws -> Void

    package init(send: @escaping @Sendable (Mail) async throws -> Void) {
        self.send = send
    }
}
