import Clinic
import FoundationEssentials
import ICalendar
import Postgres

extension NotificationSubject {
    /// An offered opening, with the others that are offered instead of the same consult.
    static func ofHold(_ id: HoldID, zone: String, in tx: Transaction) async throws -> NotificationSubject? {
        let rows = try await tx.query(
            """
            SELECT o.id, o.case_id, o.state = 'active' AND o.expires_at > clock_timestamp() AS is_open,
                s.id AS specialist_id, s.name,
                to_char(o.starts_at AT TIME ZONE \(zone), 'FMDay, FMDD FMMonth YYYY, FMHH12:MI AM') AS time,
                to_char(min(o.expires_at) OVER () AT TIME ZONE \(zone), 'FMDay, FMDD FMMonth YYYY, FMHH12:MI AM')
                    AS deadline,
                coalesce(o.specialist_id <> a.specialist_id, false) AS is_stand_in
            FROM consilium.hold h JOIN consilium.hold o ON o.id = h.id
                    OR o.appointment_id = h.appointment_id AND o.state = 'active' AND o.expires_at > clock_timestamp()
                JOIN consilium.specialist s ON s.id = o.specialist_id
                LEFT JOIN consilium.appointment a ON a.id = o.appointment_id
            WHERE h.id = \(id) ORDER BY o.id <> h.id, o.starts_at
            """)
        guard let first = rows.first else { return nil }
        return NotificationSubject(
            caseID: try first.decode("case_id"), time: "\(try first.decode("time", as: String.self)) (\(zone))",
            deadline: "\(try first.decode("deadline", as: String.self)) (\(zone))",
            alternatives: try rows.dropFirst().map { row in
                HeldTime(
                    hold: try row.decode("id"), time: "\(try row.decode("time", as: String.self)) (\(zone))",
                    isStandIn: try row.decode("is_stand_in"))
            },
            specialist: (try first.decode("specialist_id"), bounded(try first.decode("name"))),
            isCurrent: try first.decode("is_open"))
    }

    /// A waitlist entry that still waits and was told of a start that is still ahead.
    static func ofWaitlist(_ id: WaitlistID, in tx: Transaction) async throws -> NotificationSubject? {
        let row = try await tx.first(
            """
            SELECT case_id, state = 'waiting' AND coalesce(notified_start > clock_timestamp(), false)
            FROM consilium.waitlist WHERE id = \(id)
            """)
        guard let (caseID, isCurrent) = try row?.decode(CaseID.self, Bool.self) else { return nil }
        return NotificationSubject(caseID: caseID, isCurrent: isCurrent)
    }

    /// The state of a consult.
    struct ConsultStatus {
        let isOn: Bool
        let remaining: TimeRemaining
        var isAhead: Bool { remaining.seconds > 0 }
        /// Whether the recipient sits in it, or acts for its patient.
        let includesRecipient: Bool
        let sequence: Int
    }

    static func ofAppointment(
        _ id: AppointmentID, for recipient: Recipient, in tx: Transaction, isCurrent: (ConsultStatus) -> Bool
    ) async throws -> NotificationSubject? {
        let zone = recipient.timeZone
        // PostgreSQL knows the zones' rules of today; Foundation carries older ones.
        let found = try await tx.first(
            """
            SELECT a.case_id, a.state IN ('booked', 'checked_in') AS is_on, a.state = 'cancelled' AS is_cancelled,
                \(recipient.id) = ANY (consilium.consult_people(a)) AS includes_recipient, a.sequence,
                to_char(a.starts_at AT TIME ZONE \(zone), 'FMDay, FMDD FMMonth YYYY, FMHH12:MI AM') AS time,
                s.id AS specialist_id, s.name, now.at AS now, a.starts_at, a.ends_at,
                (a.starts_at AT TIME ZONE \(zone))::date - (now.at AT TIME ZONE \(zone))::date AS days,
                to_char(a.starts_at AT TIME ZONE \(zone), 'FMDay') AS weekday
            FROM consilium.appointment a JOIN consilium.specialist s ON s.id = a.specialist_id,
                (SELECT clock_timestamp() AS at) now
            WHERE a.id = \(id)
            """)
        guard let row = found else { return nil }
        let (now, starts): (Date, Date) = (try row.decode("now"), try row.decode("starts_at"))
        let remaining = TimeRemaining(
            seconds: starts.timeIntervalSince(now), days: try row.decode("days"), weekday: try row.decode("weekday"))
        let status = ConsultStatus(
            isOn: try row.decode("is_on"), remaining: remaining,
            includesRecipient: try row.decode("includes_recipient"), sequence: try row.decode("sequence"))
        let hasLeft = !status.includesRecipient
        return NotificationSubject(
            caseID: try row.decode("case_id"), appointment: id,
            time: "\(try row.decode("time", as: String.self)) (\(zone))", remaining: remaining,
            specialist: (try row.decode("specialist_id"), bounded(try row.decode("name"))),
            // Whoever has left it gets a cancellation, which raises the sequence (RFC 5546 §3.2.5).
            entry: ConsultEntry(
                appointment: id, sequence: hasLeft ? status.sequence + 1 : status.sequence, stampedAt: now,
                startsAt: starts, endsAt: try row.decode("ends_at"),
                isCancelled: try row.decode("is_cancelled") || hasLeft),
            hasLeft: hasLeft, isCurrent: isCurrent(status))
    }

    /// A name in one line of at most 80 characters.
    private static func bounded(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(80)))
    }
}
