import Cases
import HTTPServer
package import JSON

// What the OpenAPI document says of a case: its draft, its intake, and how it is read.

private let licensedOrPeerToPeer = """
    Why a consult is lawful: `licensed`, the specialist holds a licence where the patient lives; `peer_to_peer`, they \
    consult with the treating clinician
    """

extension CaseDraft: Described {
    package static let notes = [
        "patient": FieldNote("The account of a patient for whom you act; left out, the case is your own"),
        "lane": FieldNote(licensedOrPeerToPeer),
        "blinded": FieldNote(
            "Whether the specialist reads the case first without what reveals the earlier opinion; true when left out"),
        "reason": FieldNote(
            "Why a second opinion is sought, without naming the earlier one: candidates read it; needed to submit"),
        "intake": FieldNote(
            "The patient's account of their illness, in parts, one condition at most; none when left out"),
        "questions": FieldNote("What the opinion is to answer; none when left out"),
    ]
}

extension CaseEdit: Described {
    package static let notes = [
        "lane": FieldNote("\(licensedOrPeerToPeer); left out, it stays"),
        "blinded": FieldNote(
            "Whether the specialist reads the case first without what reveals the earlier opinion; left out, it stays"),
        "reason": FieldNote(
            "Why a second opinion is sought, without naming the earlier one; left out, it stays; empty, it is removed"),
        "intake": FieldNote("Replaces all parts of the intake, but not the questions; left out, they stay"),
        "questions": FieldNote("Replaces all questions; left out, they stay"),
    ]
}

extension IntakePartDraft: Described {
    package static let notes = [
        "kind": FieldNote("What the part is about; `question` is refused: questions have a list of their own"),
        "text": FieldNote("What the patient, or who acts for them, says about it"),
        "code": FieldNote(
            "The ICD-10-CM code of a condition, as C50.911; submitting needs a billable one; other parts have none"),
        "revealsPrior": FieldNote(
            """
            Whether a blinded specialist is kept from it until their first read is signed; left out, the default of \
            its kind (`POST /v1/cases`); never true for medicines and allergies
            """),
    ]
}

extension QuestionDraft: Described {
    package static let notes = [
        "text": FieldNote("The question, as the specialist is to read and answer it"),
        "revealsPrior": FieldNote(
            "Whether a blinded specialist is kept from it until their first read is signed; true when left out"),
    ]
}

extension IntakePartView: Described {
    package static let notes = [
        "id": FieldNote("The part's id; a change of the draft's intake gives new ones"),
        "kind": FieldNote("What the part is about"),
        "text": FieldNote("What the patient, or who acts for them, says about it"),
        "code": FieldNote("The ICD-10-CM code of a condition, as C50.911; absent in other parts, and where unknown"),
        "revealsPrior": FieldNote("Whether a blinded specialist is kept from it until their first read is signed"),
    ]
}

extension QuestionView: Described {
    package static let notes = [
        "id": FieldNote("The question's id, which an answer of the opinion names as `question`"),
        "text": FieldNote("The question, as the patient or who acts for them asked it"),
        "revealsPrior": FieldNote("Whether a blinded specialist is kept from it until their first read is signed"),
    ]
}

extension CaseView: Described {
    package static let notes = [
        "id": FieldNote("The case's id, as in the path `/v1/cases/{id}`"),
        "state": FieldNote("How far the case has come, from `draft` to its end as `closed`, `withdrawn` or `unable`"),
        "lane": FieldNote("\(licensedOrPeerToPeer); in a draft `PATCH` changes it, later `PUT /v1/cases/{id}/lane`"),
        "blinded": FieldNote("Whether the specialist reads the case first without what reveals the earlier opinion"),
        "jurisdiction": FieldNote(
            "Where the patient lives, by ISO 3166-2, as US-OH, as of opening, submitting or changing the lane"),
        "language": FieldNote("The patient's language, as a BCP 47 tag, as of opening or submitting the case"),
        "part": FieldNote("What you are in the case; `emergency` where you read it by emergency access"),
        "reason": FieldNote(
            "Why a second opinion is sought: the only words of the patient that a candidate reads; empty until given"),
        "patient": FieldNote("The patient's account; absent where you are a candidate"),
        "specialist": FieldNote(
            "The account of the specialist who accepted the case; absent where none has, or it was taken back"),
        "intake": FieldNote(
            "The patient's account, without what is withheld from you; absent where your part does not read the case"),
        "questions": FieldNote(
            "What the opinion is to answer, without what is withheld from you; absent where `intake` is"),
        "withheld": FieldNote(
            "How much you are not shown; only where you are the specialist or a colleague, and the blind still holds"),
        "unableReason": FieldNote("Why no opinion could be given; only in the state `unable`"),
        "version": FieldNote("Rises with every change of the case itself; a change takes the `ETag` as `If-Match`"),
        "createdAt": FieldNote("When the draft was opened"),
        "submittedAt": FieldNote("When it was handed to the coordinators; absent before"),
        "endedAt": FieldNote("When it was closed, withdrawn, or ended without an opinion; absent before"),
    ]
}

extension CaseView.Withheld: Described {
    package static let notes = [
        "intakeParts": FieldNote("How many parts of the intake, questions among them, are not shown"),
        "records": FieldNote("How many records are not shown"),
    ]
}

extension CaseSummary: Described {
    package static let notes = [
        "id": FieldNote("The case's id, as in the path `/v1/cases/{id}`"),
        "state": FieldNote("How far the case has come, from `draft` to its end as `closed`, `withdrawn` or `unable`"),
        "lane": FieldNote(licensedOrPeerToPeer),
        "blinded": FieldNote("Whether the specialist reads the case first without what reveals the earlier opinion"),
        "part": FieldNote("What you are in the case"),
        "reason": FieldNote("Why a second opinion is sought; empty until it is given"),
        "specialist": FieldNote(
            "The account of the specialist who accepted the case; absent where none has, or it was taken back"),
        "createdAt": FieldNote("When the draft was opened"),
    ]
}

extension CaseList: Described {
    package static let notes = ["cases": FieldNote("Those in which you have a part now, the latest first")]
}

extension UnableRequest: Described {
    static let notes = ["reason": FieldNote("Why no opinion can be given; the case shows it as `unableReason`")]
}
