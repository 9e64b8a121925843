package import Clinic
import FoundationEssentials
package import Postgres

/// An account's own notifications, and which ones it wants.
package struct NotificationService: Sendable {
    package init() {}

    /// The caller's preferences, with the version that a change must name; 0 when the account has set none.
    package func preferences(
        by caller: Caller, in tx: Transaction
    ) async throws -> (preferences: NotificationPreferences, version: Int) {
        let row = try await tx.first(
            """
            SELECT email, reminders, to_char(quiet_from, 'HH24:MI'), to_char(quiet_to, 'HH24:MI'), show_names, version
            FROM consilium.notification_preference WHERE account_id = \(caller.account)
            """)
        guard
            let (email, reminders, from, to, names, version) = try row?.decode(
                Bool.self, Bool.self, String?.self, String?.self, Bool.self, Int.self)
        else { return (.usual, 0) }
        let quiet: NotificationPreferences.QuietHours? =
            if let from, let to { .init(from: from, to: to) } else { nil }
        return (
            NotificationPreferences(email: email, reminders: reminders, quietHours: quiet, showNames: names), version
        )
    }

    /// Changes the caller's preferences.
    /// - Parameter expected: the version that the caller has read; 0 when the account has set none.
    /// - Returns: the new version.
    /// - Throws: `FieldRefusal`, `VersionRefusal.changedMeanwhile`.
    package func setPreferences(
        _ new: NotificationPreferences, ifVersion expected: ExpectedVersion, by caller: Caller, in tx: Transaction
    ) async throws -> Int {
        try new.check()
        let version = try await lockedVersion(of: caller, in: tx)
        try expected.check(version)
        let change: SQL =
            version == 0
            ? """
            INSERT INTO consilium.notification_preference
                (account_id, email, reminders, quiet_from, quiet_to, show_names)
            VALUES (\(caller.account), \(new.email), \(new.reminders), \(new.quietHours?.from)::time,
                \(new.quietHours?.to)::time, \(new.showNames))
            ON CONFLICT DO NOTHING RETURNING version
            """
            : """
            UPDATE consilium.notification_preference
            SET email = \(new.email), reminders = \(new.reminders), quiet_from = \(new.quietHours?.from)::time,
                quiet_to = \(new.quietHours?.to)::time, show_names = \(new.showNames), version = version + 1
            WHERE account_id = \(caller.account) AND version = \(version) RETURNING version
            """
        if let row = try await tx.first(change) { return try row.decode(Int.self) }
        throw VersionRefusal.changedMeanwhile
    }

    private func lockedVersion(of caller: Caller, in tx: Transaction) async throws -> Int {
        let row = try await tx.first(
            """
            SELECT p.version FROM consilium.notification_preference p
            WHERE p.account_id = \(caller.account) FOR NO KEY UPDATE
            """)
        return try row?.decode(Int.self) ?? 0
    }

    /// The caller's notifications, the latest first.
    /// - Parameter before: where to continue, exclusively.
    package func entries(
        before: NoticeID? = nil, limit: Int, by caller: Caller, in tx: Transaction
    ) async throws -> [NotificationEntry] {
        try await tx.query(
            """
            SELECT n.id, n.template::text, n.case_id, n.appointment_id, n.offer_id, n.created_at, d.state::text
            FROM consilium.notification n
            JOIN consilium.delivery d ON d.notification_id = n.id AND d.channel = 'email'
            WHERE n.account_id = \(caller.account) AND (\(before)::uuid IS NULL OR n.id < \(before))
            ORDER BY n.id DESC LIMIT \(limit)
            """
        ).map { row in
            let (id, template, caseID, appointment, offer, at, mail) = try row.decode(
                NoticeID.self, String.self, CaseID?.self, AppointmentID?.self, OfferID?.self, Date.self, String.self)
            return NotificationEntry(
                id: id, template: template, case: caseID, appointment: appointment, offer: offer, createdAt: at,
                mail: mail)
        }
    }
}
