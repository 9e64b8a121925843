package import Postgres

/// A caller must show their password or a code once more before this is done.
///
/// What lasts longer than a session (a password, a second factor, a feed, another person's access) asks for it, so that
/// whoever finds a session that was left open cannot keep the account (OWASP ASVS 5.0, 7.5.1).
package struct ProofNeeded: Error, Hashable, Sendable {
    /// For how long a password or a code that was shown counts.
    package static let lasts = Duration.seconds(600)

    package init() {}
}

extension Caller {
    /// Holds the caller's account to the end of the transaction, so that what ends its access cannot miss what is made here.
    /// - Throws: `ProofNeeded` when the last proof of this session is too old, or somebody ended the session since the
    ///   request began.
    package func requireProof(in tx: Transaction) async throws {
        guard provedLately else { throw ProofNeeded() }
        try await hold(in: tx)
    }

    /// As ``requireProof(in:)``, for who has proved in this very request.
    package func hold(in tx: Transaction) async throws {
        guard try await tx.first("SELECT consilium.hold_access(\(session))")?.decode(Bool.self) == true else {
            throw ProofNeeded()
        }
    }

    /// Asks, with the transaction's next statement, whether somebody has ended the session.
    package func enqueueHasEnded(in tx: Transaction) -> Pending {
        tx.enqueue("SELECT consilium.has_ended(\(session))")
    }
}
