import HTTPServer
import Identity
package import JSON

// What the OpenAPI document says of signing in: sessions, second factors, and their recovery.

extension SignedIn: Described {
    package static let notes = [
        "token": FieldNote("The bearer token of the session, for the header `Authorization`; it is shown this once"),
        "session": FieldNote("The session's id, as in the path `/v1/sessions/{id}`"),
        "account": FieldNote("The id of the account that is signed in"),
        "roles": FieldNote("What you are to the programme; what you may do in a case follows from your part in it"),
        "secondFactor": FieldNote("Whether the account has a second factor, whose code this sign-in has shown"),
        "expiresAt": FieldNote("When the session ends, however much it is used; a consult is not cut off"),
        "idleSeconds": FieldNote("After how many seconds without a request the session ends"),
        "device": FieldNote("A secret to be kept on the device, and sent as `device` with the next sign-in from it"),
    ]
}

extension ProofTaken: Described {
    package static let notes = [
        "provedUntil": FieldNote("Until when this session is not answered `proof-needed`")
    ]
}

extension PasswordProof: Described {
    static let notes = [
        "password": FieldNote("Your present password; it must be long enough to stand without a second factor")
    ]
}

extension SecondFactorSecret: Described {
    package static let notes = [
        "secret": FieldNote("The secret in base 32, to be typed into an authenticator app; it is shown this once"),
        "uri": FieldNote("The same secret as an `otpauth:` URI, to be shown as a QR code for the app to scan"),
    ]
}

extension RecoveryCodeList: Described {
    package static let notes = [
        "recoveryCodes": FieldNote(
            "Each is taken once in place of an authenticator's code; they are shown this once and void earlier ones")
    ]
}

extension SessionEntry: Described {
    package static let notes = [
        "id": FieldNote("The session's id, as in the path `/v1/sessions/{id}`"),
        "createdAt": FieldNote("When it was opened by signing in"),
        "seenAt": FieldNote("When it was last used, to the minute; an open event stream does not count"),
        "expiresAt": FieldNote("When it ends, however much it is used; a consult is not cut off"),
        "secondFactor": FieldNote("Whether a code of a second factor was shown in it"),
        "current": FieldNote("Whether it is the session that makes this request"),
    ]
}

extension SessionList: Described {
    static let notes = ["sessions": FieldNote("Your sessions that have not ended, the latest first")]
}

extension FactorRecovery: Described {
    package static let notes = [
        "id": FieldNote("The recovery's id, as in the path `/v1/second-factor-recoveries/{id}`"),
        "account": FieldNote("The account whose second factor was lost"),
        "state": FieldNote(
            "`proposed`, then `approved` by another operator, or `withdrawn`: taken back, or not approved in time"),
        "proposedBy": FieldNote("The account of the operator who proposed it"),
        "proposedAt": FieldNote("When it was proposed"),
        "expiresAt": FieldNote("Until when another operator can approve it"),
        "decidedBy": FieldNote(
            "The account of the person who approved it or took it back; absent until then, and where nobody did"),
        "decidedAt": FieldNote("When it was approved or withdrawn; absent until then"),
    ]
}

extension FactorRecoveryList: Described {
    static let notes = ["recoveries": FieldNote("Those that were decided as well, the latest first")]
}

extension SignInRequest: Described {
    package static let notes = [
        "email": FieldNote("The address that was confirmed"),
        "password": FieldNote("As it was chosen"),
        "code": FieldNote("Where a second factor is on: its six digits, or a recovery code"),
        "device": FieldNote("What the last sign-in on this device was answered as `device`"),
        "link": FieldNote("After `device-unknown`: the secret that the mail's link carries"),
    ]
}

extension Proof: Described {
    package static let notes = [
        "password": FieldNote("Needed where no `code` is given"),
        "code": FieldNote("Where a second factor is on: its six digits, or a recovery code"),
    ]
}
