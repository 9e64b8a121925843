import Clinic
package import HTTPServer
import HTTPTypes
package import JSON
package import Notifications
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `GET`, `PUT /v1/me/notifications` | whoever is signed in, their own preferences |
/// | `GET /v1/me/notifications/deliveries` | the same, their own notifications |
package func notificationRoutes(_ notifications: NotificationService) -> [Endpoint] {
    [
        .read(
            .get, "/v1/me/notifications", .notifications, "Your notification preferences",
            details: "A change names the `ETag` in `If-Match`.",
            returns: .ok(
                "Your preferences", example: NotificationPreferences.example, headers: ["ETag": "Their version"]),
            audits: .nothing(because: "preferences are neither clinical nor personal data")
        ) { call in
            let (preferences, version) = try await notifications.preferences(by: call.caller, in: call.tx)
            call.tag(version)
            return preferences
        },
        .write(
            .put, "/v1/me/notifications", .notifications, "Replace your notification preferences",
            details: """
                Needs `If-Match` with the `ETag` of the last read. Mails that protect your account are always sent. In \
                quiet hours only changes of bookings, urgent messages, and the reminder an hour before a consult are \
                sent. A late reminder says how much time is left, and the reminder of the day before is left out in \
                the last two hours. Openings from the waitlist are offered outside of your night (21:00 to 08:00) and \
                your quiet hours; if these leave no more than half an hour of the day, outside of the night alone.
                """,
            body: .json(example: NotificationPreferences.example),
            returns: .ok(
                "Your preferences", example: NotificationPreferences.example, headers: ["ETag": "Their version"]),
            refusals: [.invalidFields, .changedMeanwhile, .matchNeeded],
            replays: .nothing(because: "it is the caller's own")
        ) { preferences, call in
            let new = try await notifications.setPreferences(
                preferences, ifVersion: call.requiredVersion(), by: call.caller, in: call.tx)
            call.tag(new)
            return preferences
        },
        .read(
            .get, "/v1/me/notifications/deliveries", .notifications, "Your notifications, the latest first",
            details: """
                `mail` is `pending`, `sent`, `suppressed` (by your preferences), `dropped` (too late to be of use) or \
                `failed`.
                """,
            parameters: Page.parameters,
            returns: .ok("A page of notifications", example: NotificationPage.example, headers: Page.headers),
            audits: .nothing(because: "a notification has no clinical content")
        ) { call in
            let page = try call.page
            let entries = try await notifications.entries(
                before: page.after(as: NoticeID.self), limit: page.limit, by: call.caller, in: call.tx)
            call.link(next: entries.count == page.limit ? entries.last?.id.description : nil)
            return NotificationPage(notifications: entries)
        },
    ]
}

/// A page of somebody's notifications.
struct NotificationPage: Codable, Sendable {
    var notifications: [NotificationEntry]

    static let example = NotificationPage(notifications: [.example])
}

extension NotificationPreferences: Described {
    package static var notes: [String: FieldNote] {
        [
            "email": FieldNote("Whether anything is mailed at all"),
            "reminders": FieldNote("Whether you are reminded a day and an hour before a consult"),
            "quietHours": FieldNote(
                "Wall-clock times in your zone between which mails that can wait are held back; they may span "
                    + "midnight"),
            "showNames": FieldNote("Whether mails name the specialist, which can reveal the medical field"),
        ]
    }
}

extension NotificationPreferences.QuietHours: Described {
    package static var notes: [String: FieldNote] {
        [
            "from": FieldNote("HH:MM, from 00:00 to 23:59"),
            "to": FieldNote("HH:MM, from 00:00 to 23:59, not the same as `from`"),
        ]
    }
}
