import Clinic
package import HTTPServer
package import Identity
import JSON
import TypedText

/// All routes of Identity.
package func identityEndpoints(_ identity: IdentityService) -> [Endpoint] {
    accountRoutes(identity) + sessionRoutes(identity) + meRoutes(identity) + secondFactorRoutes(identity)
        + accountClosureRoutes(identity.accountClosure) + factorRecoveryRoutes(identity.factorRecoveries)
        + specialistProposalRoutes(identity.specialistProposals)
        + caregiverRoutes(identity.caregivers) + accessLogRoutes(identity.accessLog)
        + casePeopleRoutes(identity.casePeople)
        + accountLogRoutes(identity.accountLog)
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
