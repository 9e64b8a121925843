import Clinic
import FoundationEssentials
package import HTTPServer
import HTTPTypes
package import JSON
package import Notifications
import ServiceAPI

private let afterQuery = Query<NoticeID>("after", "The cursor that `Link` gave for the next page")

/// | route | who |
/// |---|---|
/// | `GET`, `PUT /v1/me/notifications` | whoever is signed in, her own preferences |
/// | `GET /v1/me/notifications/deliveries` | the same, what she was told |
package func notificationRoutes(_ notifications: Notifications) -> [Endpoint] {
    [
        .read(
            .get, "/v1/me/notifications", .notifications, "What you want to be told, and when",
            details: "The `ETag` is what a change names.",
            returns: .ok(
                "Your preferences", example: NotificationPreferences.example, headers: ["ETag": "Their version"]),
            audits: .nothing(because: "preferences are neither clinical nor particulars")
        ) { call in
            let (preferences, version) = try await notifications.preferences(by: call.caller, in: call.tx)
            call.tag(version)
            return preferences
        },
        .write(
            .put, "/v1/me/notifications", .notifications, "Change what you want to be told",
            details: """
                Needs `If-Match` with the `ETag` of the last read. Mails that guard your account are sent regardless; \
                in quiet hours only changes of bookings, urgent messages, and the reminder an hour before, are sent. A \
                reminder that comes late says how long there is, and the one of the day before is left out in the last \
                two hours. Openings from the waitlist are offered outside of your night (21:00 to 08:00) and quiet hours; \
                if these leave no more than half an hour of the day, outside of the night alone.
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
            .get, "/v1/me/notifications/deliveries", .notifications, "What you were told, the latest first",
            details: """
                `mail` is `pending`, `sent`, `suppressed` (you did not want it), `dropped` (it was past its meaning when its \
                turn came) or `failed`.
                """,
            parameters: [.query(Page.limitQuery), .query(afterQuery)],
            returns: .ok("A page of notifications", example: NotificationPage.example, headers: Page.headers),
            audits: .nothing(because: "a notification has no clinical content")
        ) { call in
            let limit = try call.required(Page.limitQuery)
            let told = try await notifications.told(
                before: call.query(afterQuery), limit: limit, by: call.caller, in: call.tx)
            call.link(next: told.count == limit ? told.last?.id.description : nil)
            return NotificationPage(notifications: told)
        },
    ]
}

/// A page of what somebody was told.
struct NotificationPage: Codable, Sendable {
    var notifications: [Notifications.NotificationEntry]

    static let example = NotificationPage(
        notifications: [
            Notifications.NotificationEntry(
                id: .example, template: "appointment_booked", case: .example, appointment: .example, offer: nil,
                createdAt: Date(timeIntervalSince1970: 1_796_000_000), mail: "sent")
        ])
}

extension ID {
    fileprivate static var example: ID {
        ID(
            rawValue: UUID(
                uuid: (1, 0x92, 0xf0, 0xc1, 0x7d, 0x2e, 0x7a, 0x41, 0x9c, 0x3b, 0x5f, 0x1d, 0xe0, 0xa7, 0xb8, 0x42)))
    }
}

extension NotificationPreferences {
    fileprivate static let example = NotificationPreferences(
        email: true, reminders: true, quietHours: .init(from: "22:00", to: "07:00"), showNames: false)
}

extension NotificationPreferences: Described {
    package static var notes: [String: FieldNote] {
        [
            "email": FieldNote("Whether anything is mailed at all"),
            "reminders": FieldNote("Whether you are reminded a day and an hour before a consult"),
            "quietHours": FieldNote("Wall times in your zone between which what can wait waits; over midnight too"),
            "showNames": FieldNote("Whether mails name the specialist, which can reveal the field"),
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
