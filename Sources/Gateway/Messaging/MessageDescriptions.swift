import HTTPServer
package import JSON
import Messaging

// What the OpenAPI document says of messages and how far they were read.

private let careUnlessNamed =
    "`care`, for everybody who reads the case, or `staff`, for specialist and coordinators; `care` when left out"

extension MessageDraft: Described {
    package static let notes = [
        "text": FieldNote("What is written"),
        "urgent": FieldNote(
            """
            Whether it is to be seen soon: it is mailed in quiet hours too, and to the coordinators; false when left out
            """),
        "revealsPrior": FieldNote(
            """
            Whether a blinded specialist is kept from it until their first read is signed; left out, true for what a \
            treating clinician writes and false for the rest
            """),
        "thread": FieldNote(careUnlessNamed),
    ]
}

extension ThreadEntry: Described {
    package static let notes = [
        "seq": FieldNote("The entry's number in its thread, from 1 on and without a gap"),
        "withheld": FieldNote("Whether you may not see it yet: then there is nothing but its number"),
        "kind": FieldNote(
            "`text` that somebody wrote, or `revealed`: the specialist may see more now; absent where it is withheld"),
        "id": FieldNote("The message's id, as the access log names it; absent where it is withheld"),
        "author": FieldNote("The account of the person who wrote it; only of a `text` that you may see"),
        "authorPart": FieldNote("The writer's part in the case, now or last; only of a `text` that you may see"),
        "sentAt": FieldNote("When it was sent; absent where it is withheld"),
        "text": FieldNote("What was written; only of a `text` that you may see"),
        "urgent": FieldNote("Whether its writer wants it seen soon; only of a `text` that you may see"),
        "revealsPrior": FieldNote(
            "Whether a blinded specialist is kept from it until their first read is signed; only of a `text`"),
        "opens": FieldNote("The numbers of the entries that the specialist may see from here on; only of a `revealed`"),
    ]
}

extension ThreadMark: Described {
    package static let notes = [
        "account": FieldNote("The account of the person who has read so far"),
        "seq": FieldNote("The number of the last entry that they have read"),
        "markedAt": FieldNote("When they said so"),
    ]
}

extension ThreadPage: Described {
    package static let notes = [
        "thread": FieldNote(
            "`care`, for everybody who reads the case, or `staff`, for the specialist and the coordinators"),
        "notice": FieldNote("To be shown with every thread: messages are not for emergencies"),
        "lastSeq": FieldNote("The number of the thread's last entry, 0 while it is empty"),
        "unread": FieldNote("How many messages of others that you may see come after your own mark"),
        "messages": FieldNote("The entries after the number `after`, in their order, none left out"),
        "marks": FieldNote("How far everybody has read who said so, yourself among them"),
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
        "text": FieldNote("What a message must contain, whatever its case and its accents"),
        "thread": FieldNote(careUnlessNamed),
    ]
}

extension MessageFindings: Described {
    static let notes = ["messages": FieldNote("Those with these words that you may see, the newest first")]
}
