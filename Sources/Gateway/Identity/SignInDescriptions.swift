import HTTPServer
import Identity
package import JSON

// What the OpenAPI document says of signing in: sessions, second factors, and their recovery.

extension SignedIn: Described {
    package static let notes = [
        "token": FieldNote("The bearer token of the session, for the header `Authorization`; it is shown this once"),
        "session": FieldNote("The session's id, as in the path `/v1/sessions/{id}`"),
        "account": FieldNote("The id of the account that is signed in"),
        "roles": FieldNote("Your roles in the programme; your part in a case decides what you may do in it"),
        "secondFactor": FieldNote("Whether the account has a second factor, whose code was given at this sign-in"),
        "expiresAt": FieldNote("When the session ends, even when it is in use; a consult is not interrupted"),
        "idleSeconds": FieldNote("After how many seconds without a request the session ends"),
        "device": FieldNote("A secret to store on the device, and to send as `device` with the next sign-in from it"),
    ]
}

extension ProofTaken: Described {
    package static let notes = [
        "provedUntil": FieldNote("Until when this session needs no other proof")
    ]
}

extension PasswordProof: Described {
    static let notes = [
        "password": FieldNote("Your current password; it must be long enough for an account without a second factor")
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
            "Each is accepted once in place of an authenticator's code; they are shown this once, and replace "
                + "earlier ones")
    ]
}

extension SessionEntry: Described {
    package static let notes = [
        "id": FieldNote("The session's id, as in the path `/v1/sessions/{id}`"),
        "createdAt": FieldNote("When it was opened by signing in"),
        "seenAt": FieldNote("When it was last used, to the minute; an open event stream does not count"),
        "expiresAt": FieldNote("When it ends, even when it is in use; a consult is not interrupted"),
        "secondFactor": FieldNote("Whether a code of a second factor was given in it"),
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
            "`proposed`, then `approved` by another operator, or `withdrawn`, also where it was not approved in time"),
        "proposedBy": FieldNote("The account of the operator who proposed it"),
        "proposedAt": FieldNote("When it was proposed"),
        "expiresAt": FieldNote("Until when another operator can approve it"),
        "decidedBy": FieldNote(
            "The account of the person who approved or withdrew it; absent until then, and where it was not "
                + "approved in time"),
        "decidedAt": FieldNote("When it was approved or withdrawn; absent until then"),
    ]
}

extension FactorRecoveryList: Described {
    static let notes = ["recoveries": FieldNote("The latest first, including decided ones")]
}

extension SignInRequest: Described {
    package static let notes = [
        "email": FieldNote("The confirmed address of the account"),
        "password": FieldNote("The account's password"),
        "code": FieldNote("Where a second factor is on: its six digits, or a recovery code"),
        "device": FieldNote("The `device` of the answer to the last sign-in on this device"),
        "link": FieldNote("After `device-unknown`: the secret that the mail's link carries"),
    ]
}

extension Proof: Described {
    package static let notes = [
        "password": FieldNote("Needed where no `code` is given"),
        "code": FieldNote("Where a second factor is on: its six digits, or a recovery code"),
    ]
}
