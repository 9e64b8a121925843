import HTTPServer
package import JSON
import Messaging

// What the OpenAPI document says of messages and how far they were read.

private let careUnlessNamed =
    "`care`, for everybody who reads the case, or `staff`, for specialist and coordinators; `care` when left out"

extension MessageDraft: Described {
    package static let notes = [
        "text": FieldNote("The text of the message"),
        "urgent": FieldNote(
            """
            Whether its readers should see it soon: it is mailed in quiet hours too, and to the coordinators; false \
            when left out
            """),
        "revealsPrior": FieldNote(
            """
            Whether a blinded specialist is kept from it until their first read is signed; left out, true for a \
            treating clinician's message and false for others
            """),
        "thread": FieldNote(careUnlessNamed),
    ]
}

extension ThreadEntry: Described {
    package static let notes = [
        "seq": FieldNote("The entry's number in its thread, from 1 on and without a gap"),
        "withheld": FieldNote("Whether it is withheld from you: then only its number is shown"),
        "kind": FieldNote(
            "`text` for a message, or `revealed` where entries became readable to the specialist; absent where "
                + "it is withheld"),
        "id": FieldNote("The message's id, as the access log names it; absent where it is withheld"),
        "author": FieldNote("The account of the person who wrote it; only of a `text` that you may see"),
        "authorPart": FieldNote("The writer's part in the case, now or last; only of a `text` that you may see"),
        "sentAt": FieldNote("When it was sent; absent where it is withheld"),
        "text": FieldNote("The text of the message; only of a `text` that you may see"),
        "urgent": FieldNote("Whether its writer marked it as urgent; only of a `text` that you may see"),
        "revealsPrior": FieldNote(
            "Whether a blinded specialist is kept from it until their first read is signed; only of a `text`"),
        "opens": FieldNote("The numbers of the entries that the specialist may see from here on; only of a `revealed`"),
    ]
}

extension ThreadMark: Described {
    package static let notes = [
        "account": FieldNote("The account of the person who has read so far"),
        "seq": FieldNote("The number of the last entry that they have read"),
        "markedAt": FieldNote("When they marked it"),
    ]
}

extension ThreadPage: Described {
    package static let notes = [
        "thread": FieldNote(
            "`care`, for everybody who reads the case, or `staff`, for the specialist and the coordinators"),
        "notice": FieldNote("A notice to show with every thread: messages are not for emergencies"),
        "lastSeq": FieldNote("The number of the thread's last entry, 0 while it is empty"),
        "unread": FieldNote("How many messages of others that you may see come after your own mark"),
        "messages": FieldNote("The entries after the number `after`, in their order, none left out"),
        "marks": FieldNote("How far each person has read, yourself included, for all who have set a mark"),
    ]
}

extension MarkRequest: Described {
    static let notes = [
        "seq": FieldNote("The number of the last entry that you have read, or 0; a mark never goes back"),
        "thread": FieldNote(careUnlessNamed),
    ]
}

extension MessageSearch: Described {
    static let notes = [
        "text": FieldNote(
            "The words that a message must contain; upper and lower case, and accents, make no difference"),
        "thread": FieldNote(careUnlessNamed),
    ]
}

extension MessageFindings: Described {
    static let notes = ["messages": FieldNote("The messages with these words that you may see, the newest first")]
}
