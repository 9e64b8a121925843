import Cases
import HTTPServer
package import JSON

// What the OpenAPI document says of consents, of clinicians who are invited, of emergency access, and of tasks.

extension ConsentDraft: Described {
    package static let notes = [
        "kind": FieldNote("What is agreed to"),
        "wording": FieldNote(
            "The name of the text that was shown, as second_opinion.2026-01: one of this kind that is in force"),
    ]
}

extension Consent: Described {
    package static let notes = [
        "id": FieldNote("The consent's id, as in the path `/v1/cases/{id}/consents/{consent}`"),
        "kind": FieldNote("What was agreed to"),
        "wording": FieldNote("The name of the text that was shown, as in `GET /v1/consent-wordings`"),
        "givenBy": FieldNote("The account of the person who gave it: the patient, or a caregiver"),
        "givenAt": FieldNote("When it was given"),
        "withdrawnAt": FieldNote("When it was withdrawn; absent while it is in force"),
    ]
}

extension ConsentList: Described {
    package static let notes = [
        "consents": FieldNote("In the order in which they were given, those that were withdrawn as well")
    ]
}

extension InvitationDraft: Described {
    package static let notes = [
        "email": FieldNote("Where the invitation is mailed to: only an account with this address can accept it"),
        "sendsRecords": FieldNote(
            """
            Whether the clinician brings records, and sees those that they brought; false when left out; this, or one \
            of the other two, must be true
            """),
        "readsOpinion": FieldNote("Whether the clinician reads the delivered opinion; false when left out"),
        "consults": FieldNote(
            """
            Whether the clinician is the party of a peer-to-peer consult, and so reads the case and the opinion; false \
            when left out
            """),
    ]
}

extension Invitation: Described {
    package static let notes = [
        "id": FieldNote("The invitation's id, as in the path `/v1/cases/{id}/invitations/{invitation}`"),
        "email": FieldNote("The address that was invited; absent once the account that accepted was erased"),
        "sendsRecords": FieldNote("Whether the clinician brings records, and sees those that they brought"),
        "readsOpinion": FieldNote("Whether the clinician reads the delivered opinion"),
        "consults": FieldNote(
            "Whether the clinician is the party of a peer-to-peer consult, and so reads the case and the opinion"),
        "state": FieldNote("`sent`, `accepted`, or `withdrawn`; one that was not accepted in time stays `sent`"),
        "acceptedBy": FieldNote("The account of the clinician; absent until they have accepted"),
        "createdAt": FieldNote("When it was sent"),
        "expiresAt": FieldNote("Until when it can be accepted; once accepted it does not run out"),
    ]
}

extension InvitationList: Described {
    package static let notes = [
        "invitations": FieldNote("The earliest first, those that were withdrawn or ran out as well")
    ]
}

extension InvitationToken: Described {
    static let notes = ["token": FieldNote("The secret that the mail's link carries")]
}

extension InvitedCase: Described {
    static let notes = ["case": FieldNote("The id of the case, as in the path `/v1/cases/{id}`")]
}

extension EmergencyReason: Described {
    package static let notes = [
        "reason": FieldNote("Why the case must be read at once; the patient's side and the coordinators are shown it")
    ]
}

extension EmergencyAccess: Described {
    package static let notes = [
        "id": FieldNote("What the task `review_access` and the case's access log name as `subject`"),
        "case": FieldNote("The id of the case that may be read"),
        "account": FieldNote("The account of the person who may read it"),
        "reason": FieldNote("Why it had to be read at once, in their words"),
        "since": FieldNote("When it was opened to them"),
        "until": FieldNote("Until when they may read it"),
    ]
}

extension EmergencyAccessList: Described {
    static let notes = ["accesses": FieldNote("Those that are over as well, the latest first")]
}

extension CaseTask: Described {
    package static let notes = [
        "id": FieldNote("The task's id, as in the path `/v1/tasks/{id}/done`"),
        "kind": FieldNote("What is to be done"),
        "state": FieldNote("`open`, or `done`"),
        "case": FieldNote("The id of the case that it is about; absent for a licence to renew"),
        "subject": FieldNote(
            """
            What it is about besides the case, by its kind: a record, a consult, an emergency access, a thread, or the \
            specialist whose licence is to be renewed; absent where it is the case alone
            """),
        "dueAt": FieldNote("By when it should be done: the worklist is in this order"),
        "createdAt": FieldNote("When it was opened"),
        "doneBy": FieldNote(
            "The account of the person who did it; absent while it is open, and where the service itself did"),
        "doneAt": FieldNote("When it was done; absent while it is open"),
    ]
}

extension TaskList: Described {
    package static let notes = ["tasks": FieldNote("The most urgent first")]
}
