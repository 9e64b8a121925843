import HTTPServer
package import JSON
import Notifications

// What the OpenAPI document says of the fields of notifications.

extension NotificationPage: Described {
    static let notes: [String: FieldNote] = [
        "notifications": FieldNote("Your notifications, the latest first; the `Link` header leads to the next page")
    ]
}

extension NotificationEntry: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("The notification's id, which is the cursor `after` as well"),
        "template": FieldNote("Its template, for example `appointment_booked`"),
        "case": FieldNote("The case that it is about; absent where there is none"),
        "appointment": FieldNote("The consult that it is about; absent where there is none"),
        "offer": FieldNote("The offer that it is about; absent where there is none"),
        "createdAt": FieldNote("When its mail was first prepared; it can be sent later than this"),
        "mail": FieldNote(
            "The state of its mail: `pending`, `sent`, `suppressed` (by your preferences), `dropped` (too late "
                + "to be of use) or `failed`"),
    ]
}
