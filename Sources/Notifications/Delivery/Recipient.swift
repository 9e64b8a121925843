import Clinic
import FoundationEssentials
import Postgres

/// The account that a notice goes to, and its preferences.
struct Recipient {
    let id: AccountID
    /// Sealed by the person key.
    let email: [UInt8]
    let isActive: Bool
    let language: String
    /// The account's; a specialist's directory entry has another.
    let timeZone: String
    let wantsMail: Bool
    let wantsReminders: Bool
    let showsNames: Bool
    /// When the quiet hours end; nil outside of them.
    let quietUntil: Date?
    /// When both the night and the quiet hours end; nil outside of them.
    let nightUntil: Date?

    /// Until when a mail of this urgency waits; nil when it is sent at once.
    func silentUntil(for urgency: Notice.Template.Urgency) -> Date? {
        switch urgency {
        case .security, .booking: nil
        case .daytime: nightUntil
        case .reminder, .ordinary: quietUntil
        }
    }

    static func find(_ id: AccountID, in tx: Transaction) async throws -> Recipient? {
        try await tx.first(
            """
            SELECT a.email, a.state = 'active' AS is_active, a.language::text, zone.name AS time_zone,
                coalesce(p.email, true) AS wants_mail, coalesce(p.reminders, true) AS wants_reminders,
                coalesce(p.show_names, false) AS shows_names,
                consilium.quiet_until(now.at, zone.name, p.quiet_from, p.quiet_to) AS quiet_until,
                CASE WHEN awake.at > now.at THEN awake.at END AS night_until
            FROM consilium.account a
            LEFT JOIN consilium.notification_preference p ON p.account_id = a.id
            LEFT JOIN consilium.specialist s ON s.id = a.id,
            LATERAL (SELECT coalesce(s.time_zone, a.time_zone)::text AS name) zone,
            LATERAL (SELECT clock_timestamp() AS at) now,
            LATERAL (SELECT consilium.awake_at(now.at, zone.name, p.quiet_from, p.quiet_to) AS at) awake
            WHERE a.id = \(id)
            """
        ).map { row in
            Recipient(
                id: id, email: try row.decode("email"), isActive: try row.decode("is_active"),
                language: try row.decode("language"), timeZone: try row.decode("time_zone"),
                wantsMail: try row.decode("wants_mail"), wantsReminders: try row.decode("wants_reminders"),
                showsNames: try row.decode("shows_names"), quietUntil: try row.decode("quiet_until"),
                nightUntil: try row.decode("night_until"))
        }
    }
}
