/// The caller must give their password or a code again.
///
/// Changes that last longer than a session (a password, a second factor, a feed, another person's access) need it, so
/// that somebody who finds an open session cannot keep the account (OWASP ASVS 5.0, 7.5.1).
package struct ProofNeeded: Error, Hashable, Sendable {
    /// How long a proof counts.
    package static let lasts = Duration.seconds(600)

    package init() {}
}
