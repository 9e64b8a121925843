package import Cases
import Clinic
package import HTTPServer
import HTTPTypes
import JSON

extension ProblemKind {
    package static let notYourPart = ProblemKind(
        "not-your-part", .forbidden, "Your part in the case does not allow this",
        "The caller takes part in the case, but not so that they may do this.")
    package static let wrongState = ProblemKind(
        "wrong-state", .conflict, "The case is in another state",
        "This cannot happen in the state that `state` names: read the case again.")
    package static let caseIncomplete = ProblemKind(
        "case-incomplete", .conflict, "The case is not complete",
        "`missing` lists what is needed first: `reason`, `condition`, `condition_code`, `sex` (of the patient, `PATCH /v1/me`), or the kind of a consent; `errors` "
            + "names the fields of the draft (`PATCH /v1/cases/{id}`). A condition needs a billable ICD-10-CM code, which "
            + "`POST /v1/conditions/search` finds by words.")
    package static let recordsMissing = ProblemKind(
        "records-missing", .conflict, "Records are still missing",
        "`records` lists the ids that are asked for: they must be received or waived first.")
    package static let consentMissing = ProblemKind(
        "consent-missing", .conflict, "A consent is missing",
        "`consent` names the kind that the patient has not given, or has withdrawn.")
    package static let consentGiven = ProblemKind(
        "consent-given", .conflict, "This consent was given already",
        "One consent of a kind is in force at a time: withdraw it to give it anew.")
    package static let recordStillAsked = ProblemKind(
        "record-still-asked", .conflict, "The record is still missing",
        "Its first file receives it; a record that will not come is waived.")
    package static let enteredInError = ProblemKind(
        "entered-in-error", .conflict, "The file is marked as a mistake",
        "It is another person's, or no longer true, and the record has no other file. With `enteredInError=true` it can "
            + "be read all the same; nothing may be concluded from it.")
    package static let listFull = ProblemKind(
        "list-full", .conflict, "No more can be added", "`limit` tells how many there may be.")
    package static let tooManyCases = ProblemKind(
        "too-many-cases", .conflict, "Too many cases are open",
        "`limit` tells how many a patient may have at once: withdraw one, or close one that was delivered, first.")
    package static let tooManyBytes = ProblemKind(
        "too-many-bytes", .conflict, "Too much is announced",
        "`limit` tells how many bytes the files of a case may have, and the unfinished ones of one person: finish or "
            + "give up uploads (`DELETE`); where a case needs more, ask its coordinator.")
}

extension CaseRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .notYourPart: Problem(.notYourPart)
        case .wrongState(let state): Problem(.wrongState).with("state", state.rawValue)
        case .incomplete(let missing):
            Problem(.caseIncomplete, errors: missing.compactMap(\.field)).with("missing", missing.map(\.word))
        case .recordsMissing(let records):
            Problem(.recordsMissing).with("records", records)
        case .consentMissing(let kind): Problem(.consentMissing).with("consent", kind.rawValue)
        case .consentGiven(let kind): Problem(.consentGiven).with("consent", kind.rawValue)
        case .recordStillAsked: Problem(.recordStillAsked)
        case .enteredInError: Problem(.enteredInError)
        case .tooMany(let limit): Problem(.listFull).with("limit", limit)
        case .quota(let quota): Problem(quota.kind).with("limit", quota.most)
        }
    }
}

extension CaseQuota {
    fileprivate var kind: ProblemKind {
        switch self {
        case .openCases: .tooManyCases
        case .records, .invitations: .listFull
        case .caseBytes, .unfinishedBytes: .tooManyBytes
        }
    }
}

extension CaseRefusal.Missing {
    fileprivate var word: String {
        switch self {
        case .reason: "reason"
        case .condition: "condition"
        case .conditionCode: "condition_code"
        case .sex: "sex"
        case .consent(let kind): kind.rawValue
        }
    }

    /// The place in the draft that is to be filled; what the account lacks, and a consent, are none of it.
    fileprivate var field: FieldError? {
        switch self {
        case .reason: .at("/reason", rule: "not_blank", "Must not be blank.")
        case .condition: .at("/intake", rule: "condition", "Must have a part of kind condition.")
        case .conditionCode(let place):
            .at("/intake/\(place)/code", rule: "billable", "Must be a billable ICD-10-CM code, as C50.912.")
        case .sex, .consent: nil
        }
    }
}
