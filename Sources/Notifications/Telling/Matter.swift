import Clinic
import FoundationEssentials
import ICalendar
import Postgres

/// What a notice is about, as it stands now.
struct NotificationSubject {
    var caseID: CaseID?
    var lane: Lane?
    /// What the recipient is in the case.
    var reader: Reader?
    var appointment: AppointmentID?
    var offer: OfferID?
    /// A consult's start in the recipient's zone, as `Tuesday, 4 May 2027, 2:05 PM (America/New_York)`.
    var time: String?
    /// Of a time that is kept: until when, written alike.
    var deadline: String?
    /// What else is kept instead of the same consult.
    var alternatives: [KeptTime] = []
    /// From now until a consult's start.
    var remaining: TimeRemaining?
    var specialist: (id: AccountID, name: String)?
    /// A consult's entry for the recipient's calendar, stamped now.
    var entry: ConsultEntry?
    /// Whether the recipient has left the consult's panel.
    var hasLeft = false
    /// Whether it still is as the notice says: a reminder of a consult that was moved, an offer that was answered, are
    /// not told any more.
    var isCurrent = true

    /// A time that is kept for the recipient.
    struct KeptTime {
        let hold: HoldID
        let time: String
        /// Whether it is with somebody else than the consult was.
        let isStandIn: Bool
    }

    /// Nil where the thing is not there, or is not the recipient's to hear of.
    static func find(
        _ template: Notice.Template, for recipient: Recipient, in tx: Transaction
    ) async throws -> NotificationSubject? {
        guard var matter = try await stand(of: template, for: recipient, in: tx) else { return nil }
        guard let caseID = matter.caseID else { return matter }
        guard let reader = try await Reader.find(recipient.id, in: caseID, in: tx), template.isFor(reader) else {
            return nil
        }
        matter.reader = reader
        return matter
    }

    /// How what is told stands now.
    private static func stand(
        of template: Notice.Template, for recipient: Recipient, in tx: Transaction
    ) async throws -> NotificationSubject? {
        switch template {
        case .caseSubmitted(let id), .recordArrived(let id), .clinicianJoined(let id):
            try await ofCase(id, in: tx) { !$0.isEnded }
        case .recordsNeeded(let id):
            try await ofMissingRecords(id, in: tx)
        case .offerPassedOn(let id): try await ofCase(id, in: tx) { $0 == .offered }
        case .menuExhausted(let id): try await ofCase(id, in: tx) { $0 == .ready || $0 == .collecting }
        case .caseAccepted(let id): try await ofCase(id, in: tx) { $0 == .accepted || $0 == .reviewing }
        case .caseEnded(let id): try await ofCase(id, in: tx) { $0.isEnded }
        case .caseReassigned(let id), .opinionReady(let id), .colleagueBrought(let id), .colleagueReleased(let id),
            .clinicianAsked(let id), .emergencyAccess(let id):
            try await ofCase(id, in: tx) { _ in true }
        case .messagePosted(let id, let thread, let seq, _):
            try await ofMessage(seq, in: thread, of: id, for: recipient, in: tx)
        case .offerWaiting(let id):
            try await ofOffer(id, in: tx)
        case .offerWithdrawn(let id, let offer):
            try await ofWithdrawnOffer(offer, of: id, in: tx)
        case .openingOffered(let id):
            try await ofHold(id, zone: recipient.timeZone, in: tx)
        case .openingsAvailable(let id):
            try await ofWaitlist(id, in: tx)
        case .appointmentBooked(let id):
            try await ofAppointment(id, for: recipient, in: tx) {
                $0.isOn && $0.isAhead && $0.isHers && $0.sequence == 0
            }
        case .appointmentMoved(let id, let sequence), .calendarConflict(let id, let sequence):
            try await ofAppointment(id, for: recipient, in: tx) {
                $0.isOn && $0.isAhead && $0.isHers && $0.sequence == sequence
            }
        case .panelChanged(let id):
            try await ofAppointment(id, for: recipient, in: tx) { $0.isOn && $0.isAhead }
        case .appointmentCancelled(let id):
            try await ofAppointment(id, for: recipient, in: tx) { !$0.isOn }
        case .reminder(let id, let sequence, let ahead):
            try await ofAppointment(id, for: recipient, in: tx) {
                $0.isOn && $0.isHers && $0.sequence == sequence && $0.remaining.isTime(for: ahead)
            }
        case .calendarFailing(let id):
            try await ofCalendar(id, of: recipient, in: tx, isCurrent: "p.failing_since IS NOT NULL")
        case .calendarUnclear(let id):
            try await ofCalendar(id, of: recipient, in: tx, isCurrent: "p.unclear IS NOT NULL")
        case .specialistProposed(let id):
            try await ofProposal(id, in: tx)
        // What is forgotten above is told to nobody, rather than to whoever has no part in its case.
        default: template.isAboutAccount ? NotificationSubject() : nil
        }
    }

    /// A calendar that the recipient has linked still.
    private static func ofCalendar(
        _ id: LinkedCalendarID, of recipient: Recipient, in tx: Transaction, isCurrent: SQL
    ) async throws -> NotificationSubject? {
        let row = try await tx.first(
            """
            SELECT \(fragment: isCurrent) FROM consilium.linked_calendar l
                JOIN consilium.calendar_poll p ON p.calendar_id = l.id
            WHERE l.id = \(id) AND l.specialist_id = \(recipient.id)
            """)
        return try row.map { NotificationSubject(isCurrent: try $0.decode(Bool.self)) }
    }

    private static func ofCase(
        _ id: CaseID, in tx: Transaction, isCurrent: (CaseState) -> Bool
    ) async throws -> NotificationSubject? {
        let row = try await tx.first("SELECT lane, state FROM consilium.clinical_case WHERE id = \(id)")
        guard let (lane, state) = try row?.decode(Lane.self, CaseState.self) else { return nil }
        return NotificationSubject(caseID: id, lane: lane, isCurrent: isCurrent(state))
    }

    /// Records that a case still waits for.
    private static func ofMissingRecords(_ id: CaseID, in tx: Transaction) async throws -> NotificationSubject? {
        guard var matter = try await ofCase(id, in: tx, isCurrent: { !$0.isEnded }) else { return nil }
        let asked = try await tx.first(
            "SELECT FROM consilium.record WHERE case_id = \(id) AND state = 'asked' LIMIT 1")
        matter.isCurrent = matter.isCurrent && asked != nil
        return matter
    }

    /// A message that the recipient has not read yet.
    private static func ofMessage(
        _ seq: Int, in thread: ThreadID, of id: CaseID, for recipient: Recipient, in tx: Transaction
    ) async throws -> NotificationSubject? {
        guard var matter = try await ofCase(id, in: tx, isCurrent: { _ in true }) else { return nil }
        let read = try await tx.first(
            """
            SELECT FROM consilium.mark WHERE thread_id = \(thread) AND account_id = \(recipient.id) AND seq >= \(seq)
            """)
        matter.isCurrent = read == nil
        return matter
    }

    /// A proposed specialist, as long as an operator can approve.
    private static func ofProposal(_ id: SpecialistProposalID, in tx: Transaction) async throws -> NotificationSubject?
    {
        let open = try await tx.first(
            """
            SELECT FROM consilium.specialist_proposal
            WHERE id = \(id) AND state = 'proposed' AND expires_at > clock_timestamp()
            """)
        return NotificationSubject(isCurrent: open != nil)
    }

    private static func ofOffer(_ id: OfferID, in tx: Transaction) async throws -> NotificationSubject? {
        let row = try await tx.first(
            """
            SELECT case_id, state = 'waiting' AND expires_at > clock_timestamp() FROM consilium.offer WHERE id = \(id)
            """)
        guard let (caseID, isOpen) = try row?.decode(CaseID.self, Bool.self) else { return nil }
        return NotificationSubject(caseID: caseID, offer: id, isCurrent: isOpen)
    }

    /// That it was taken back stays so.
    private static func ofWithdrawnOffer(_ offer: OfferID, of id: CaseID, in tx: Transaction) async throws
        -> NotificationSubject?
    {
        let row = try await tx.first(
            "SELECT state = 'withdrawn' FROM consilium.offer WHERE id = \(offer) AND case_id = \(id)")
        guard let isWithdrawn = try row?.decode(Bool.self) else { return nil }
        return NotificationSubject(caseID: id, offer: offer, isCurrent: isWithdrawn)
    }

    /// An opening that is offered, and what is offered with it, until when they are.
    private static func ofHold(_ id: HoldID, zone: String, in tx: Transaction) async throws -> NotificationSubject? {
        let rows = try await tx.query(
            """
            SELECT o.id, o.case_id, o.state = 'active' AND o.expires_at > clock_timestamp(), s.id, s.name,
                to_char(o.starts_at AT TIME ZONE \(zone), 'FMDay, FMDD FMMonth YYYY, FMHH12:MI AM'),
                to_char(min(o.expires_at) OVER () AT TIME ZONE \(zone), 'FMDay, FMDD FMMonth YYYY, FMHH12:MI AM'),
                coalesce(o.specialist_id <> a.specialist_id, false)
            FROM consilium.hold h JOIN consilium.hold o ON o.id = h.id
                    OR o.appointment_id = h.appointment_id AND o.state = 'active' AND o.expires_at > clock_timestamp()
                JOIN consilium.specialist s ON s.id = o.specialist_id
                LEFT JOIN consilium.appointment a ON a.id = o.appointment_id
            WHERE h.id = \(id) ORDER BY o.id <> h.id, o.starts_at
            """)
        var matter: NotificationSubject?
        for row in rows {
            let (hold, caseID, isOpen, specialist, name, time, deadline, isStandIn) = try row.decode(
                HoldID.self, CaseID.self, Bool.self, AccountID.self, String.self, String.self, String.self, Bool.self)
            if matter == nil {
                matter = NotificationSubject(
                    caseID: caseID, time: "\(time) (\(zone))", deadline: "\(deadline) (\(zone))",
                    specialist: (specialist, bounded(name)), isCurrent: isOpen)
            } else {
                matter?.alternatives.append(
                    KeptTime(hold: hold, time: "\(time) (\(zone))", isStandIn: isStandIn))
            }
        }
        return matter
    }

    /// Of an entry that waits and was told of a start that still lies ahead.
    private static func ofWaitlist(_ id: WaitlistID, in tx: Transaction) async throws -> NotificationSubject? {
        let row = try await tx.first(
            """
            SELECT case_id, state = 'waiting' AND coalesce(told_start > clock_timestamp(), false)
            FROM consilium.waitlist WHERE id = \(id)
            """)
        guard let (caseID, isCurrent) = try row?.decode(CaseID.self, Bool.self) else { return nil }
        return NotificationSubject(caseID: caseID, isCurrent: isCurrent)
    }

    /// How a consult stands.
    private struct Standing {
        let isOn: Bool
        let remaining: TimeRemaining
        var isAhead: Bool { remaining.seconds > 0 }
        /// Whether the recipient sits in it, or acts for its patient.
        let isHers: Bool
        let sequence: Int
    }

    private static func ofAppointment(
        _ id: AppointmentID, for recipient: Recipient, in tx: Transaction, isCurrent: (Standing) -> Bool
    ) async throws -> NotificationSubject? {
        let zone = recipient.timeZone
        // PostgreSQL knows the zones' rules of today; Foundation carries older ones.
        let row = try await tx.first(
            """
            SELECT a.case_id, a.state IN ('booked', 'checked_in'),
                \(recipient.id) = ANY (consilium.consult_people(a)), a.sequence,
                to_char(a.starts_at AT TIME ZONE \(zone), 'FMDay, FMDD FMMonth YYYY, FMHH12:MI AM'), s.id, s.name,
                now.at, a.starts_at, a.ends_at, a.state = 'cancelled',
                (a.starts_at AT TIME ZONE \(zone))::date - (now.at AT TIME ZONE \(zone))::date,
                to_char(a.starts_at AT TIME ZONE \(zone), 'FMDay')
            FROM consilium.appointment a JOIN consilium.specialist s ON s.id = a.specialist_id,
                (SELECT clock_timestamp() AS at) now
            WHERE a.id = \(id)
            """)
        guard
            let (
                caseID, isOn, isHers, sequence, time, specialist, name, now, starts, ends, isCancelled, days, weekday
            ) =
                try row?.decode(
                    CaseID.self, Bool.self, Bool.self, Int.self, String.self, AccountID.self, String.self, Date.self,
                    Date.self, Date.self, Bool.self, Int.self, String.self)
        else { return nil }
        let remaining = TimeRemaining(seconds: starts.timeIntervalSince(now), days: days, weekday: weekday)
        // For who has left it is cancelled, and a cancellation raises the sequence (RFC 5546 §3.2.5).
        return NotificationSubject(
            caseID: caseID, appointment: id, time: "\(time) (\(zone))", remaining: remaining,
            specialist: (specialist, bounded(name)),
            entry: ConsultEntry(
                appointment: id, sequence: isHers ? sequence : sequence + 1, stampedAt: now, startsAt: starts,
                endsAt: ends, isCancelled: isCancelled || !isHers),
            hasLeft: !isHers,
            isCurrent: isCurrent(Standing(isOn: isOn, remaining: remaining, isHers: isHers, sequence: sequence)))
    }

    /// A name in one line of at most 80 characters.
    private static func bounded(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(80)))
    }
}
