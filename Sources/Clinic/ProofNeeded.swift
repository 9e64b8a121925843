/// A caller must show their password or a code once more before this is done.
///
/// What lasts longer than a session (a password, a second factor, a feed, another person's access) asks for it, so that
/// whoever finds a session that was left open cannot keep the account (OWASP ASVS 5.0, 7.5.1).
package struct ProofNeeded: Error, Hashable, Sendable {
    /// For how long a password or a code that was shown counts.
    package static let lasts = Duration.seconds(600)

    package init() {}
}
