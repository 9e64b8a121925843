package import Clinic
package import HTTPServer
import HTTPTypes
package import Identity

extension ProblemKind {
    package static let wrongCredentials = ProblemKind(
        "wrong-credentials", .unauthorized, "Address or password is wrong",
        "No confirmed account has this address and this password. Which of them is wrong is not said.")
    package static let codeNeeded = ProblemKind(
        "code-needed", .unauthorized, "A code of the second factor is needed",
        "The password is right: send it again with `code`, from the authenticator or a recovery code.")
    package static let wrongCode = ProblemKind(
        "wrong-code", .forbidden, "The code is wrong",
        "The code is not the present one, or was used before: wait for the next, or use a recovery code.")
    package static let deviceUnknown = ProblemKind(
        "device-unknown", .unauthorized, "This device must be confirmed",
        "Too many wrong passwords were tried for this address, from wherever, and the account has not signed in from this "
            + "device: if the password was right, the address has mail. Send the same again with `link`, from that mail, "
            + "or with `code` where a second factor is on. Whether the password was right is not said.")
    package static let secondFactorRequired = ProblemKind(
        "second-factor-required", .forbidden, "A second factor is required",
        "The programme demands one of this role. An operator can set one up.")
    package static let secondFactorMissing = ProblemKind(
        "second-factor-missing", .conflict, "There is no second factor",
        "There is none that could be confirmed or turned off: enrol one first.")
    package static let wrongPassword = ProblemKind(
        "wrong-password", .forbidden, "The password is wrong",
        "The present password must be given to prove who asks. The session goes on.")
    package static let linkInvalid = ProblemKind(
        "link-invalid", .unprocessableContent, "The link does not work any more",
        "Its token is unknown, was used, or is too old: ask for a new mail. One that invites serves the account of the address "
            + "that it was sent to, and no other: sign in with that address.")
    package static let emailTaken = ProblemKind(
        "email-taken", .conflict, "The address belongs to another account",
        "Another account has confirmed this address. Sign in to that one, or reset its password.")
    package static let tooManyCaregivers = ProblemKind(
        "too-many-caregivers", .conflict, "There are too many caregivers",
        "Ten may be invited or active at once: end one, or take an invitation back.")
}

extension ProblemKind {
    /// The challenge of RFC 9470 §3: the session goes on, and shows its owner once more.
    package static let proofNeeded = ProblemKind(
        "proof-needed", .unauthorized, "Show once more who you are",
        "This lasts longer than a session: show the password or a code with `POST /v1/sessions/current/proof`, then send "
            + "it again. The session goes on.")
}

extension ProblemKind {
    package static let recoveryProposed = ProblemKind(
        "recovery-proposed", .conflict, "A recovery is proposed already",
        "Another operator can approve the one that waits, or take it back.")
}

extension ProblemKind {
    package static let tooManyProposals = ProblemKind(
        "too-many-proposals", .conflict, "Too many specialists are proposed",
        "`limit` tells how many of yours may wait, or be made within a day: withdraw some, or wait until tomorrow.")
    package static let organisationRetired = ProblemKind(
        "organisation-retired", .conflict, "The organisation was retired",
        "It was retired after this was proposed: take that back (`PATCH /v1/organisations/{id}`), or withdraw the proposal and "
            + "propose for another.")
    package static let addressUnreadable = ProblemKind(
        "address-unreadable", .conflict, "The address cannot be read any more",
        "No key opens it: withdraw the proposal, and propose anew.")
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
