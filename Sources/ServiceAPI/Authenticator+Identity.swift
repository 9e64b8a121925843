package import HTTPServer
package import Identity

extension Authenticator {
    /// The authenticator over the accounts, sessions and audit log of Identity.
    package init(_ identity: IdentityService) {
        self.init(
            resolve: { try await identity.sessions.authenticate($0, isActivity: $1) },
            locate: { try await identity.sessions.locate($0, at: $1) },
            record: { try await identity.auditReads.record($0) },
            ended: { try await identity.sessions.ended(of: $0) })
    }
}
