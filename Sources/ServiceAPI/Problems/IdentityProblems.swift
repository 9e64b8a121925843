package import Clinic
package import HTTPServer
import HTTPTypes
package import Identity

extension ProblemKind {
    package static let wrongCredentials = ProblemKind(
        "wrong-credentials", .unauthorized, "Address or password is wrong",
        "No confirmed account has this address and this password. The answer does not say which of them is wrong.")
    package static let codeNeeded = ProblemKind(
        "code-needed", .unauthorized, "A code of the second factor is needed",
        "The password is right: send it again with `code`, from the authenticator or a recovery code.")
    package static let wrongCode = ProblemKind(
        "wrong-code", .forbidden, "The code is wrong",
        "The code is not the current one, or was used before. Wait for the next one, or use a recovery code.")
    package static let deviceUnknown = ProblemKind(
        "device-unknown", .unauthorized, "This device must be confirmed",
        "Too many wrong passwords were tried for this address over all networks, and the account has not "
            + "signed in from this device before. If the password was right, a mail went to the address. Send the "
            + "same request again with `link` from that mail, or with `code` where a second factor is on. The answer "
            + "does not say whether the password was right.")
    package static let secondFactorRequired = ProblemKind(
        "second-factor-required", .forbidden, "A second factor is required",
        "The programme requires one for this role. An operator can set one up.")
    package static let secondFactorMissing = ProblemKind(
        "second-factor-missing", .conflict, "There is no second factor",
        "The account has none to confirm or to turn off: enrol one first.")
    package static let wrongPassword = ProblemKind(
        "wrong-password", .forbidden, "The password is wrong",
        "The current password must prove who asks. The session continues.")
    package static let linkInvalid = ProblemKind(
        "link-invalid", .unprocessableContent, "The link does not work any more",
        "Its token is unknown, was used, or is too old: ask for a new mail. An invitation works only for the "
            + "account of the address that it was sent to: sign in with that address.")
    package static let emailTaken = ProblemKind(
        "email-taken", .conflict, "The address belongs to another account",
        "Another account has confirmed this address. Sign in to that one, or reset its password.")
    package static let tooManyCaregivers = ProblemKind(
        "too-many-caregivers", .conflict, "There are too many caregivers",
        "Ten may be invited or active at once: end a grant, or withdraw an invitation.")
}

extension ProblemKind {
    /// The challenge of RFC 9470 §3: the session continues, and its owner proves again who they are.
    package static let proofNeeded = ProblemKind(
        "proof-needed", .unauthorized, "Prove again who you are",
        "The effect of this request outlasts a session. Give the password or a code to `POST "
            + "/v1/sessions/current/proof`, then send the request again. The session continues.")
}

extension ProblemKind {
    package static let recoveryProposed = ProblemKind(
        "recovery-proposed", .conflict, "A recovery is proposed already",
        "Another operator can approve the waiting one, or withdraw it.")
}

extension ProblemKind {
    package static let tooManyProposals = ProblemKind(
        "too-many-proposals", .conflict, "Too many specialists are proposed",
        "`limit` says how many proposals of yours may wait, and how many you may make within a day. Withdraw "
            + "some, or wait until tomorrow.")
    package static let organisationRetired = ProblemKind(
        "organisation-retired", .conflict, "The organisation was retired",
        "It was retired after the proposal. Reinstate it (`PATCH /v1/organisations/{id}`), or withdraw the "
            + "proposal and make one for another organisation.")
    package static let addressUnreadable = ProblemKind(
        "address-unreadable", .conflict, "The address cannot be read any more",
        "No key opens it: withdraw the proposal, and make a new one.")
}

extension ProofNeeded: ProblemConvertible {
    package var problem: Problem {
        let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\(Self.lasts.components.seconds)"
        return Problem(
            .proofNeeded, "POST /v1/sessions/current/proof first.", headers: [.wwwAuthenticate: challenge])
    }
}

extension IdentityRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .wrongCredentials: Problem(.wrongCredentials, headers: [.wwwAuthenticate: "Bearer"])
        case .codeNeeded: Problem(.codeNeeded, headers: [.wwwAuthenticate: "Bearer"])
        case .wrongCode: Problem(.wrongCode)
        case .deviceUnknown: Problem(.deviceUnknown, headers: [.wwwAuthenticate: "Bearer"])
        case .throttled(let seconds):
            Problem(.tooManyRequests, "Too many attempts. Wait \(seconds) s.", retryAfter: seconds)
        case .secondFactorRequired: Problem(.secondFactorRequired)
        case .secondFactorMissing: Problem(.secondFactorMissing)
        case .wrongPassword: Problem(.wrongPassword)
        case .linkInvalid: Problem(.linkInvalid)
        case .emailTaken: Problem(.emailTaken)
        case .notFound: Problem(.notFound)
        case .tooManyCaregivers: Problem(.tooManyCaregivers)
        case .recoveryProposed: Problem(.recoveryProposed)
        case .tooManyProposals:
            Problem(.tooManyProposals).with("limit", SpecialistProposals.most)
        case .organisationRetired: Problem(.organisationRetired)
        case .addressUnreadable: Problem(.addressUnreadable)
        case .sessionEnded: Problem.signIn("Bearer error=\"invalid_token\"")
        case .busy: Problem(.busy, "Too many passwords are being checked.", retryAfter: 1)
        }
    }
}
