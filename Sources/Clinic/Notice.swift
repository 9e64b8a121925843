import FoundationEssentials

/// One notification to one person. It has no field for free text (P8): a template's name, ids, and at most an address
/// sealed for the worker.
package struct Notice: Codable, Sendable, Hashable {
    /// The same for every attempt: mail servers and readers de-duplicate by it.
    package let id: NoticeID
    package let recipient: Recipient
    package let template: Template

    package init(to recipient: Recipient, _ template: Template, id: NoticeID = .random()) {
        self.id = id
        self.recipient = recipient
        self.template = template
    }

    /// Whom to tell.
    package enum Recipient: Codable, Sendable, Hashable {
        /// Somebody with an account, at their confirmed address and by their preferences.
        case account(AccountID)
        /// An address that no account has confirmed, with the secret of its link.
        case envelope(SealedEnvelope)
    }

    /// What the notification says, with the ids from which its text is made when it is sent.
    package enum Template: Codable, Sendable, Hashable {
        case confirmEmail
        /// Somebody tried to sign up with an address that has an account.
        case accountExists
        case resetPassword
        case confirmNewEmail
        /// Somebody signs in with the right password from an unknown device.
        case confirmDevice
        case emailChanged
        case passwordChanged
        case caregiverInvited(GrantID)
        case clinicianInvited(InvitationID)
        /// A colleague proposes a specialist: an operator is asked to approve.
        case specialistProposed(SpecialistProposalID)
        case specialistInvited(SpecialistProposalID)
        /// A specialist accepted the invitation.
        case specialistJoined
        case caseSubmitted(CaseID)
        case recordsNeeded(CaseID)
        /// A record that was asked for is there, or one that a treating clinician brought.
        case recordArrived(CaseID)
        case offerWaiting(OfferID)
        /// A specialist declined, or did not answer in time, and the next one of the menu is asked.
        case offerPassedOn(CaseID)
        /// The patient's side or a coordinator withdrew a waiting offer.
        case offerWithdrawn(CaseID, OfferID)
        /// Nobody who is left on the menu can take the case.
        case menuExhausted(CaseID)
        case caseAccepted(CaseID)
        /// The case was taken back from its specialist, for another one.
        case caseReassigned(CaseID)
        /// A treating clinician accepted the patient's invitation.
        case clinicianJoined(CaseID)
        /// Sent only until the consult moves: then the mail about the move has the time.
        case appointmentBooked(AppointmentID)
        /// Sent only while the consult has this sequence: a later move has its own mail.
        case appointmentMoved(AppointmentID, sequence: Int)
        case appointmentCancelled(AppointmentID)
        /// Somebody left a consult's panel; its time stands.
        case panelChanged(AppointmentID)
        /// An opening is held for them for a while, without their request.
        case openingOffered(HoldID)
        /// There are openings for somebody on the waitlist, but none is held for them.
        case openingsAvailable(WaitlistID)
        /// A further specialist was added to a case.
        case colleagueBrought(CaseID)
        /// A colleague's part in a case was ended by somebody else.
        case colleagueReleased(CaseID)
        /// Sent only while the appointment still has this sequence: a move enqueues new ones.
        case reminder(AppointmentID, sequence: Int, ahead: Ahead)
        /// A calendar that they linked is busy at the time of a booked consult, of the time with this sequence.
        case calendarConflict(AppointmentID, sequence: Int)
        /// Sent only until its recipient has read that far.
        case messagePosted(CaseID, thread: ThreadID, seq: Int, urgent: Bool)
        case opinionReady(CaseID)
        case caseEnded(CaseID)
        // Security events of an account, for its owner.
        case emailChangeAsked
        case secondFactorOn
        case secondFactorOff
        case recoveryCodesRenewed
        /// A session was ended because too many proofs in it were wrong.
        case proofsGuessed
        case calendarFeedMade
        case calendarLinked
        /// A calendar that they linked cannot be read. Sent only while that is so.
        case calendarFailing(LinkedCalendarID)
        /// A calendar that they linked has events that cannot be read with certainty. Sent only while it has.
        case calendarUnclear(LinkedCalendarID)
        /// To the patient: somebody was invited to act for them.
        case caregiverAsked
        /// To the patient's side: a treating clinician was asked to take part.
        case clinicianAsked(CaseID)
        /// An operator proposes to replace a second factor that was lost.
        case factorRecoveryAsked
        /// Another has approved it: the link carries a code that works once.
        case factorRecovered
        case accountClosed
        case roleTaken
        /// To the patient's side: somebody without a part in the case reads it for an hour.
        case emergencyAccess(CaseID)
    }

    /// How long before a consult a reminder goes out.
    package enum Ahead: String, Codable, Sendable, CaseIterable {
        case day, hour
    }
}

/// An e-mail address and a link's secret, sealed by the gateway for the worker.
package struct SealedEnvelope: Sendable, Hashable {
    /// At most 1 KiB.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// In base64: a job's payload is too small for an array of numbers.
extension SealedEnvelope: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(bytes: Array(try decoder.singleValueContainer().decode(Data.self)))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes))
    }
}
