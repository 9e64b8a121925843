import Clinic
package import HTTPServer
package import Identity
import JSON
import TypedText

/// All routes of the room Identity.
package func identityEndpoints(_ identity: IdentityService) -> [Endpoint] {
    accountRoutes(identity) + sessionRoutes(identity) + meRoutes(identity) + secondFactorRoutes(identity)
        + accountClosureRoutes(identity.accountClosure) + factorRecoveryRoutes(identity.factorRecoveries)
        + specialistProposalRoutes(identity.specialistProposals)
        + caregiverRoutes(identity.caregivers) + accessLogRoutes(identity.accessLog)
        + casePeopleRoutes(identity.casePeople)
        + accountLogRoutes(identity.accountLog)
}

extension Authenticator {
    /// The door's questions, answered by the room.
    package init(_ identity: IdentityService) {
        self.init(
            resolve: { try await identity.sessions.authenticate($0, isActivity: $1) },
            locate: { try await identity.sessions.locate($0, at: $1) },
            record: { try await identity.auditReads.record($0) },
            ended: { try await identity.sessions.ended(of: $0) })
    }
}

/// The secret that a mail's link carries.
struct LinkToken: Codable, Sendable, Described, Ruled {
    var token: String

    static let example = LinkToken(token: "mN3kq0u5Y7xTQ2b8ZrVw1LdJ4sHcF6gPaEoXiB9nKtU")
    static let notes = ["token": FieldNote("The secret that the mail's link carries")]
    static let rules: [String: FieldRule] = ["token": .text(.secret)]
}

/// An address alone.
struct EmailOnly: Codable, Sendable, Ruled {
    var email: String

    static let rules: [String: FieldRule] = ["email": .text(EmailAddress.rule)]
}
