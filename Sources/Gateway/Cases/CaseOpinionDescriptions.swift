import Cases
import HTTPServer
package import JSON

// What the OpenAPI document says of first reads, opinions, and what followed.

extension FirstReadContent: Described {
    package static let notes = [
        "findings": FieldNote("What the specialist finds in what they were shown"),
        "impression": FieldNote("What they take it to be"),
        "confidence": FieldNote("How sure they are of it; left out, they do not say"),
    ]
}

extension FirstRead: Described {
    package static let notes = [
        "case": FieldNote("The id of the case that was read"),
        "specialist": FieldNote("The account of the specialist who wrote it"),
        "content": FieldNote("What it says; once it is signed it does not change"),
        "version": FieldNote("Rises with every draft and with signing; the next one takes the `ETag` as `If-Match`"),
        "signedAt": FieldNote(
            "When it was signed; from then on its writer reads the earlier opinion; absent in a draft"),
        "signature": FieldNote("The signature over what is stored; absent in a draft"),
    ]
}

extension BlindBreak: Described {
    static let notes = [
        "reason": FieldNote("Why the earlier opinion must be opened without a first read; it is kept with the case")
    ]
}

extension OpinionContent: Described {
    package static let notes = [
        "diagnosis": FieldNote(
            "What the specialist says of the earlier diagnosis; a draft may lack it, a signed opinion has it"),
        "treatment": FieldNote(
            "What the specialist says of the earlier treatment; a draft may lack it, a signed opinion has it"),
        "missingStudies": FieldNote(
            "Studies to be made or read again, one each; signing asks the coordinators for them; none when left out"),
        "alternatives": FieldNote("Other ways to go; none when left out"),
        "answers": FieldNote(
            "One answer to each question of the case; a draft may lack some, a signed opinion has all"),
        "summary": FieldNote("In words for the patient; a draft may lack it, a signed opinion has it"),
    ]
}

extension Judgement: Described {
    package static let notes = [
        "verdict": FieldNote("Whether the earlier diagnosis or treatment is confirmed, clarified or changed"),
        "text": FieldNote("What the specialist says of it, in words"),
    ]
}

extension Alternative: Described {
    package static let notes = [
        "text": FieldNote("What else could be done"), "outcomes": FieldNote("What is known of its outcomes"),
    ]
}

extension OpinionAnswer: Described {
    package static let notes = [
        "question": FieldNote("The id of the question, as the case's `questions` have it; each is answered once"),
        "text": FieldNote("The answer, in words for the patient"),
    ]
}

extension Opinion: Described {
    package static let notes = [
        "case": FieldNote("The id of the case that it is about"),
        "specialist": FieldNote("The account of the specialist who wrote it"),
        "blind": FieldNote(
            """
            Whether it was formed without knowing the earlier opinion: `kept`, or `broken` where that was opened \
            before a first read was signed; `not_blinded` where nothing was withheld
            """),
        "content": FieldNote("What it says; once it is signed it does not change"),
        "version": FieldNote("Rises with every draft and with signing; the next one takes the `ETag` as `If-Match`"),
        "signedAt": FieldNote("When it was signed; absent in a draft, which its writer alone reads"),
        "deliveredAt": FieldNote("When it was delivered to its readers, at once after signing; absent in a draft"),
        "signature": FieldNote("The signature over what is stored; absent in a draft"),
    ]
}

extension SignatureView: Described {
    package static let notes = [
        "algorithm": FieldNote("How it was signed: always Ed25519 (RFC 8032)"),
        "key": FieldNote("The name of the programme's key that signed"),
        "verified": FieldNote("Whether the signature fits what is stored: it is verified anew for every reply"),
    ]
}

extension OutcomeDraft: Described {
    package static let notes = [
        "adviceFollowed": FieldNote("Whether the patient followed the advice; all but `undecided` closes the case"),
        "text": FieldNote("What followed, in the patient's words; left out, none is kept, nor what was said before"),
    ]
}

extension Outcome: Described {
    package static let notes = [
        "case": FieldNote("The id of the case that it is about"),
        "state": FieldNote("The case's state: `follow_up` while another answer is awaited, `closed` once it is over"),
        "adviceFollowed": FieldNote("Whether the patient followed the advice"),
        "text": FieldNote("What followed, in the patient's words; absent where nothing was written"),
        "recordedBy": FieldNote("The account of the person who said it last: the patient, or a caregiver"),
        "recordedAt": FieldNote("When it was said last"),
    ]
}
