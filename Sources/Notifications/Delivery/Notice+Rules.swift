import Clinic

extension Notice.Template {
    /// How a recipient's preferences affect a mail.
    enum Urgency {
        /// Protects the account, or was asked for just now: always sent, at once.
        case security
        /// A consult was booked, moved or cancelled or begins in an hour, or somebody marked a message as urgent: sent at
        /// once, unless mails are off.
        case booking
        /// Needs an answer soon, but not at night: sent when night and quiet hours are over, unless mails are off. What is
        /// over by then is not sent.
        case daytime
        /// A day ahead: sent when the quiet hours are over, unless reminders or mails are off.
        case reminder
        /// Sent when the quiet hours are over, unless mails are off.
        case ordinary

        /// Whether the mail says where to turn its kind off.
        var canBeTurnedOff: Bool {
            switch self {
            case .security, .booking: false
            case .daytime, .reminder, .ordinary: true
            }
        }
    }

    var urgency: Urgency {
        switch self {
        case .clinicianAsked, .emergencyAccess: .security
        case .appointmentBooked, .appointmentMoved, .appointmentCancelled, .calendarConflict, .panelChanged:
            .booking
        case .openingOffered, .openingsAvailable: .daytime
        // Quiet hours may end after the consult has begun.
        case .reminder(_, _, ahead: .hour): .booking
        case .reminder(_, _, ahead: .day): .reminder
        case .messagePosted(_, _, _, urgent: true): .booking
        case .calendarFailing, .calendarUnclear: .ordinary
        case .specialistProposed: .ordinary
        default: isAboutAccount ? .security : .ordinary
        }
    }

    /// Whether it is sent to a closed account.
    var reachesClosedAccounts: Bool { self == .accountClosed }

    var isReminder: Bool {
        if case .reminder = self { true } else { false }
    }

    /// Whether the mail carries an entry for the recipient's calendar. When a panel changes, only whoever has left it gets
    /// one.
    func changesCalendar(hasLeft: Bool) -> Bool {
        switch self {
        case .appointmentBooked, .appointmentMoved, .appointmentCancelled: true
        case .panelChanged: hasLeft
        default: false
        }
    }

    /// The word in `notification.template`.
    var word: String {
        switch self {
        case .confirmEmail: "confirm_email"
        case .accountExists: "account_exists"
        case .resetPassword: "reset_password"
        case .confirmNewEmail: "confirm_new_email"
        case .confirmDevice: "confirm_device"
        case .emailChanged: "email_changed"
        case .passwordChanged: "password_changed"
        case .caregiverInvited: "caregiver_invited"
        case .clinicianInvited: "clinician_invited"
        case .specialistProposed: "specialist_proposed"
        case .specialistInvited: "specialist_invited"
        case .specialistJoined: "specialist_joined"
        case .caseSubmitted: "case_submitted"
        case .recordsNeeded: "records_needed"
        case .recordArrived: "record_arrived"
        case .offerWaiting: "offer_waiting"
        case .offerPassedOn: "offer_passed_on"
        case .offerWithdrawn: "offer_withdrawn"
        case .menuExhausted: "menu_exhausted"
        case .caseAccepted: "case_accepted"
        case .caseReassigned: "case_reassigned"
        case .clinicianJoined: "clinician_joined"
        case .appointmentBooked: "appointment_booked"
        case .appointmentMoved: "appointment_moved"
        case .appointmentCancelled: "appointment_cancelled"
        case .panelChanged: "panel_changed"
        case .openingOffered: "opening_offered"
        case .openingsAvailable: "openings_available"
        case .colleagueBrought: "colleague_brought"
        case .colleagueReleased: "colleague_released"
        case .reminder(_, _, ahead: .day): "reminder_day"
        case .reminder(_, _, ahead: .hour): "reminder_hour"
        case .calendarConflict: "calendar_conflict"
        case .messagePosted: "message_posted"
        case .opinionReady: "opinion_ready"
        case .caseEnded: "case_ended"
        case .emailChangeAsked: "email_change_asked"
        case .secondFactorOn: "second_factor_on"
        case .secondFactorOff: "second_factor_off"
        case .recoveryCodesRenewed: "recovery_codes_renewed"
        case .proofsGuessed: "proofs_guessed"
        case .calendarFeedMade: "calendar_feed_made"
        case .calendarLinked: "calendar_linked"
        case .calendarFailing: "calendar_failing"
        case .calendarUnclear: "calendar_unclear"
        case .caregiverAsked: "caregiver_asked"
        case .clinicianAsked: "clinician_asked"
        case .factorRecoveryAsked: "factor_recovery_asked"
        case .factorRecovered: "factor_recovered"
        case .accountClosed: "account_closed"
        case .roleTaken: "role_taken"
        case .emergencyAccess: "emergency_access"
        }
    }

    /// The path of the mail's link; nil when its reader may read nothing. A secret goes into the fragment, which no browser
    /// sends to a server and no server logs.
    func link(token: String?, for reader: Reader?, hasLeft: Bool = false) throws -> String? {
        func secret(_ path: String) throws -> String {
            guard let token else { throw MailFailure.refused("no_token") }
            return "\(path)#token=\(token)"
        }
        return switch self {
        case .confirmEmail: try secret("/confirm")
        case .resetPassword: try secret("/reset-password")
        case .confirmNewEmail: try secret("/confirm-new-email")
        case .confirmDevice: try secret("/sign-in")
        case .caregiverInvited: try secret("/caregivers")
        case .clinicianInvited: try secret("/invitations")
        case .specialistInvited: try secret("/specialist-invitations")
        case .specialistProposed: "/specialist-proposals"
        case .specialistJoined: "/settings"
        case .accountExists, .emailChanged, .passwordChanged: "/sign-in"
        case .caseSubmitted(let id), .recordsNeeded(let id), .recordArrived(let id), .offerPassedOn(let id),
            .menuExhausted(let id), .caseAccepted(let id), .caseReassigned(let id), .clinicianJoined(let id),
            .messagePosted(let id, _, _, _), .opinionReady(let id), .caseEnded(let id), .colleagueBrought(let id),
            .colleagueReleased(let id), .clinicianAsked(let id), .emergencyAccess(let id):
            reader?.takesPart == true ? "/cases/\(id)" : nil
        case .offerWaiting(let id): reader?.takesPart == true ? "/offers/\(id)" : nil
        // A candidate who is asked again gets another mail.
        case .offerWithdrawn(let id, _): reader?.readsCase == true ? "/cases/\(id)" : nil
        // The page changes nothing by itself: virus scanners open the links in mails.
        case .openingOffered(let id): reader?.readsCase == true ? "/holds/\(id)" : nil
        case .openingsAvailable(let id): reader?.readsCase == true ? "/waitlist/\(id)" : nil
        case .appointmentBooked(let id), .appointmentMoved(let id, _), .appointmentCancelled(let id),
            .panelChanged(let id), .reminder(let id, _, _), .calendarConflict(let id, _):
            // Whoever has left a consult sees their list without it.
            reader?.readsCase == true && !hasLeft ? "/appointments/\(id)" : "/appointments"
        case .emailChangeAsked, .secondFactorOn, .secondFactorOff, .recoveryCodesRenewed, .proofsGuessed,
            .calendarFeedMade, .calendarLinked, .caregiverAsked, .factorRecoveryAsked, .roleTaken:
            "/settings/security"
        case .calendarFailing, .calendarUnclear: "/settings/calendars"
        case .factorRecovered: try secret("/sign-in")
        case .accountClosed: "/sign-in"
        }
    }
}
