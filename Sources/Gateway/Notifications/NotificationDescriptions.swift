import HTTPServer
package import JSON
import Notifications

// What the OpenAPI document says of the fields of what somebody was told.

extension NotificationPage: Described {
    static let notes: [String: FieldNote] = [
        "notifications": FieldNote("What you were told, the latest first; the `Link` header leads to the next page")
    ]
}

extension NotificationEntry: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the notification; the cursor `after` goes on behind it"),
        "template": FieldNote("What it told, as a word, for example `appointment_booked`"),
        "case": FieldNote("The case that it is about; absent where it is about none"),
        "appointment": FieldNote("The consult that it is about; absent where it is about none"),
        "offer": FieldNote("The offer that it is about; absent where it is about none"),
        "createdAt": FieldNote("When its mail was first prepared; it can be sent later than this"),
        "mail": FieldNote(
            "What became of its mail: `pending`, `sent`, `suppressed` (you did not want it), `dropped` (too late to be of "
                + "use when its turn came) or `failed`"),
    ]
}
