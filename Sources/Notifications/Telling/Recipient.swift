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
    /// When her quiet hours end; nil outside of them.
    let quietUntil: Date?

    static func find(_ id: AccountID, in tx: Transaction) async throws -> Recipient? {
        try await tx.first(
            """
            SELECT a.email, a.state = 'active', a.language::text, zone.name,
                coalesce(p.email, true), coalesce(p.reminders, true), coalesce(p.show_names, false), quiet.until
            FROM consilium.account a
            LEFT JOIN consilium.notification_preference p ON p.account_id = a.id
            LEFT JOIN consilium.specialist s ON s.id = a.id,
            LATERAL (SELECT coalesce(s.time_zone, a.time_zone)::text AS name) zone,
            LATERAL (SELECT clock_timestamp() AT TIME ZONE zone.name AS wall) here
            LEFT JOIN LATERAL (
                -- From 22:00 to 07:00 goes over midnight: before it, the end is tomorrow's.
                SELECT consilium.instant_of(
                    here.wall::date + CASE WHEN p.quiet_to < p.quiet_from AND here.wall::time >= p.quiet_from
                        THEN 1 ELSE 0 END + p.quiet_to, zone.name) AS until
                WHERE CASE WHEN p.quiet_from <= p.quiet_to
                    THEN here.wall::time >= p.quiet_from AND here.wall::time < p.quiet_to
                    ELSE here.wall::time >= p.quiet_from OR here.wall::time < p.quiet_to END
            ) quiet ON true
            WHERE a.id = \(id)
            """
        ).map { row in
            let (email, active, language, zone, mail, reminders, names, quiet) = try row.decode(
                [UInt8].self, Bool.self, String.self, String.self, Bool.self, Bool.self, Bool.self, Date?.self)
            return Recipient(
                id: id, email: email, isActive: active, language: language, timeZone: zone, wantsMail: mail,
                wantsReminders: reminders, showsNames: names, quietUntil: quiet)
        }
    }
}
