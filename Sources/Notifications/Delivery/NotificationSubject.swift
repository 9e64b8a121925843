import Clinic
import FoundationEssentials
import ICalendar
import Postgres

/// What a notice is about, as it is now.
struct NotificationSubject {
    var caseID: CaseID?
    var lane: Lane?
    /// What the recipient is in the case.
    var reader: Reader?
    var appointment: AppointmentID?
    var offer: OfferID?
    /// When a consult starts, in the recipient's zone, as `Tuesday, 4 May 2027, 2:05 PM (America/New_York)`.
    var time: String?
    /// Until when a time is kept, in the same form.
    var deadline: String?
    /// The other times that are kept instead of the same consult.
    var alternatives: [HeldTime] = []
    /// From now until a consult starts.
    var remaining: TimeRemaining?
    var specialist: (id: AccountID, name: String)?
    /// The consult's entry in the recipient's calendar, stamped now.
    var entry: ConsultEntry?
    /// Whether the recipient has left the consult's panel.
    var hasLeft = false
    /// Whether the notice is still true: nobody is told of a consult that was moved since, or of an offer that was
    /// answered.
    var isCurrent = true

    /// A time that is kept for the recipient.
    struct HeldTime {
        let hold: HoldID
        let time: String
        /// Whether it is with another specialist than the consult was.
        let isStandIn: Bool
    }

    /// Nil when it does not exist, or the recipient may not hear of it.
    static func find(
        _ template: Notice.Template, for recipient: Recipient, in tx: Transaction
    ) async throws -> NotificationSubject? {
        guard var subject = try await current(template, for: recipient, in: tx) else { return nil }
        guard let caseID = subject.caseID else { return subject }
        guard let reader = try await Reader.find(recipient.id, in: caseID, in: tx), template.isFor(reader) else {
            return nil
        }
        subject.reader = reader
        return subject
    }

    /// What a template is about, as it is now.
    private static func current(
        _ template: Notice.Template, for recipient: Recipient, in tx: Transaction
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
                $0.isOn && $0.isAhead && $0.includesRecipient && $0.sequence == 0
            }
        case .appointmentMoved(let id, let sequence), .calendarConflict(let id, let sequence):
            try await ofAppointment(id, for: recipient, in: tx) {
                $0.isOn && $0.isAhead && $0.includesRecipient && $0.sequence == sequence
            }
        case .panelChanged(let id):
            try await ofAppointment(id, for: recipient, in: tx) { $0.isOn && $0.isAhead }
        case .appointmentCancelled(let id):
            try await ofAppointment(id, for: recipient, in: tx) { !$0.isOn }
        case .reminder(let id, let sequence, let ahead):
            try await ofAppointment(id, for: recipient, in: tx) {
                $0.isOn && $0.includesRecipient && $0.sequence == sequence && $0.remaining.isTime(for: ahead)
            }
        case .calendarFailing(let id):
            try await ofCalendar(id, of: recipient, in: tx, isCurrent: "p.failing_since IS NOT NULL")
        case .calendarUnclear(let id):
            try await ofCalendar(id, of: recipient, in: tx, isCurrent: "p.unclear IS NOT NULL")
        case .specialistProposed(let id):
            try await ofProposal(id, in: tx)
        // A template that is forgotten above is sent to nobody, rather than to somebody without a part in its case.
        default: template.isAboutAccount ? NotificationSubject() : nil
        }
    }

    /// A calendar that the recipient still links.
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

    /// The records that a case still waits for.
    private static func ofMissingRecords(_ id: CaseID, in tx: Transaction) async throws -> NotificationSubject? {
        guard var subject = try await ofCase(id, in: tx, isCurrent: { !$0.isEnded }) else { return nil }
        let asked = try await tx.first(
            "SELECT FROM consilium.record WHERE case_id = \(id) AND state = 'asked' LIMIT 1")
        subject.isCurrent = subject.isCurrent && asked != nil
        return subject
    }

    /// A message that the recipient has not read yet.
    private static func ofMessage(
        _ seq: Int, in thread: ThreadID, of id: CaseID, for recipient: Recipient, in tx: Transaction
    ) async throws -> NotificationSubject? {
        guard var subject = try await ofCase(id, in: tx, isCurrent: { _ in true }) else { return nil }
        let read = try await tx.first(
            """
            SELECT FROM consilium.read_marker WHERE thread_id = \(thread) AND account_id = \(recipient.id) AND seq >= \(seq)
            """)
        subject.isCurrent = read == nil
        return subject
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

    /// A withdrawn offer stays withdrawn.
    private static func ofWithdrawnOffer(_ offer: OfferID, of id: CaseID, in tx: Transaction) async throws
        -> NotificationSubject?
    {
        let row = try await tx.first(
            "SELECT state = 'withdrawn' FROM consilium.offer WHERE id = \(offer) AND case_id = \(id)")
        guard let isWithdrawn = try row?.decode(Bool.self) else { return nil }
        return NotificationSubject(caseID: id, offer: offer, isCurrent: isWithdrawn)
    }
}
