import Clinic
import FoundationEssentials
import Postgres

/// The rows that keep what was sent to whom, and how that ended.
enum DeliveryStore {
    enum State: String, SQLValue, Codable {
        case pending, sent, suppressed, dropped, failed
    }

    /// Records a notice, the first time, and counts the attempt.
    /// - Returns: false when its delivery has ended already, and nothing may be sent.
    static func begin(
        _ notice: Notice, to account: AccountID, about subject: NotificationSubject, in tx: Transaction
    ) async throws -> Bool {
        try await tx.execute(
            """
            INSERT INTO consilium.notification (id, account_id, template, case_id, appointment_id, offer_id)
            VALUES (\(notice.id), \(account), \(notice.template.word), \(subject.caseID), \(subject.appointment),
                \(subject.offer))
            ON CONFLICT DO NOTHING
            """)
        try await tx.execute(
            """
            INSERT INTO consilium.delivery (notification_id, channel, state) VALUES (\(notice.id), 'email', 'pending')
            ON CONFLICT DO NOTHING
            """)
        return try await tx.execute(
            """
            UPDATE consilium.delivery SET attempts = attempts + 1, changed_at = clock_timestamp()
            WHERE notification_id = \(notice.id) AND channel = 'email' AND state = 'pending'
            """) == 1
    }

    /// Whether its delivery has not ended yet.
    static func isPending(_ notice: NoticeID, in tx: Transaction) async throws -> Bool {
        try await tx.first(
            """
            SELECT true FROM consilium.delivery
            WHERE notification_id = \(notice) AND channel = 'email' AND state = 'pending'
            """) != nil
    }

    /// Ends a delivery as `sent` or `suppressed`. The other ends follow from its job: one that is done or buried leaves no
    /// delivery pending, and a revived one makes it pending again (`sync_delivery`).
    static func end(_ notice: NoticeID, _ state: State, in tx: Transaction) async throws {
        try await tx.execute(
            """
            UPDATE consilium.delivery SET state = \(state), last_error = NULL, changed_at = clock_timestamp()
            WHERE notification_id = \(notice) AND channel = 'email' AND state = 'pending'
            """)
    }
}
