import Clinic
import FoundationEssentials
import Postgres

/// Somebody with an account, as the worker needs to know her, and what she wants.
struct Recipient {
    let id: AccountID
    /// Sealed by her person key.
    let email: [UInt8]
    let isActive: Bool
    let language: String
    /// Of her account; a specialist's of her directory entry.
    let timeZone: String
    let wantsMail: Bool
    let wantsReminders: Bool
    let showsNames: Bool
    /// When their quiet hours end; nil outside of them.
    let quietUntil: Date?
    /// When their night and their quiet hours end; nil outside of them.
    let asleepUntil: Date?

    /// Until when a mail of this urgency waits; nil when it goes at once.
    func silentUntil(for urgency: Notice.Template.Urgency) -> Date? {
        switch urgency {
        case .security, .booking: nil
        case .waking: asleepUntil
        case .reminder, .ordinary: quietUntil
        }
    }

    static func find(_ id: AccountID, in tx: Transaction) async throws -> Recipient? {
        try await tx.first(
            """
            SELECT a.email, a.state = 'active', a.language::text, zone.name,
                coalesce(p.email, true), coalesce(p.reminders, true), coalesce(p.show_names, false),
                consilium.quiet_until(now.at, zone.name, p.quiet_from, p.quiet_to),
                CASE WHEN awake.at > now.at THEN awake.at END
            FROM consilium.account a
            LEFT JOIN consilium.notification_preference p ON p.account_id = a.id
            LEFT JOIN consilium.specialist s ON s.id = a.id,
            LATERAL (SELECT coalesce(s.time_zone, a.time_zone)::text AS name) zone,
            LATERAL (SELECT clock_timestamp() AS at) now,
            LATERAL (SELECT consilium.awake_at(now.at, zone.name, p.quiet_from, p.quiet_to) AS at) awake
            WHERE a.id = \(id)
            """
        ).map { row in
            let (email, active, language, zone, mail, reminders, names, quiet, asleep) = try row.decode(
                [UInt8].self, Bool.self, String.self, String.self, Bool.self, Bool.self, Bool.self, Date?.self,
                Date?.self)
            return Recipient(
                id: id, email: email, isActive: active, language: language, timeZone: zone, wantsMail: mail,
                wantsReminders: reminders, showsNames: names, quietUntil: quiet, asleepUntil: asleep)
        }
    }
}
