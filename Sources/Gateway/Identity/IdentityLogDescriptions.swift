import HTTPServer
import Identity
package import JSON

// What the OpenAPI document says of the audit logs of an account and of a case.

extension AccountLogPage: Described {
    package static let notes = [
        "entries": FieldNote("The latest first; that you looked at your own account is not among them"),
        "next": FieldNote("The cursor of the next page, for `after`; absent on the last page"),
    ]
}

extension AccountLogEntry: Described {
    package static let notes = [
        "seq": FieldNote("The entry's place in the account's log, from 1 on"),
        "at": FieldNote("When it was done"),
        "action": FieldNote(
            "What was done, as `sign_in.created:opened`, `sign_in.created:wrong_credentials` or `session.ended`"),
        "actor": FieldNote(
            "The account of the person who did it; absent where it was not proved who, and for the service itself"),
        "subject": FieldNote("The id of what it was done to, as a session's or the account's own"),
        "address": FieldNote(
            """
            The network address from which you, or somebody at the sign-in, did it; absent where another person did, \
            and where it is not known
            """),
        "device": FieldNote(
            "The device as its client names itself (`User-Agent`); absent where it did not, and where `address` is"),
    ]
}

extension AccessLogPage: Described {
    package static let notes = [
        "entries": FieldNote("Every read and change of the case, the latest first"),
        "next": FieldNote("The cursor of the next page, for `after`; absent on the last page"),
    ]
}

extension AccessEntry: Described {
    package static let notes = [
        "seq": FieldNote("The entry's place in the case's log, from 1 on"),
        "at": FieldNote("When it was done"),
        "actor": FieldNote("Who did it; absent where the service itself did"),
        "action": FieldNote(
            "What was done, as `read.record`, `message.created`, or `read.emergency.record` by emergency access"),
        "subject": FieldNote("The id of what it was done to, as a record's; the case's own where a list was read"),
        "items": FieldNote("How many things the list held that was read; 1 for a single thing"),
    ]
}

extension Accessor: Described {
    package static let notes = [
        "id": FieldNote("Their account's id"),
        "name": FieldNote("Absent where you share no case with them any more, and where their account was erased"),
        "part": FieldNote("Their part in the case, now or last; absent where they never had one, as in an emergency"),
    ]
}
