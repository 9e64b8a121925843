import FoundationEssentials

/// One thing to tell one person. There is no field that could carry a sentence (P8): a template's name, ids, and at
/// most an address sealed for the worker.
package struct Notice: Codable, Sendable, Hashable {
    /// Stable over every attempt: what a mail server or a reader de-duplicates by.
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
        /// Somebody with an account, at her confirmed address and by her preferences.
        case account(AccountID)
        /// An address that no account has confirmed, with the secret that its link carries.
        case envelope(SealedEnvelope)
    }

    /// What is told, with the ids that its text is made from when it is sent.
    package enum Template: Codable, Sendable, Hashable {
        case confirmEmail
        /// Somebody tried to sign up with an address that has an account.
        case accountExists
        case resetPassword
        case confirmNewEmail
        /// Somebody signs in with the right password from a device that the account does not know.
        case confirmDevice
        case emailChanged
        case passwordChanged
        case caregiverInvited(GrantID)
        case clinicianInvited(InvitationID)
        /// A colleague proposes a specialist: an operator is asked to approve.
        case specialistProposed(SpecialistProposalID)
        case specialistInvited(SpecialistProposalID)
        /// They accepted: what they can do now, and that it was done.
        case specialistJoined
        case caseSubmitted(CaseID)
        case recordsNeeded(CaseID)
        /// A record that was asked for is there, or one that a treating clinician brought.
        case recordArrived(CaseID)
        case offerWaiting(OfferID)
        /// A specialist declined, or did not answer in time, and the next one of the menu is asked.
        case offerPassedOn(CaseID)
        /// The case's own people took an offer back that waited.
        case offerWithdrawn(CaseID, OfferID)
        /// Nobody who is left of the menu can take the case.
        case menuExhausted(CaseID)
        case caseAccepted(CaseID)
        /// The case was taken back from its specialist, for another one.
        case caseReassigned(CaseID)
        /// A treating clinician accepted the patient's invitation.
        case clinicianJoined(CaseID)
        /// Sent only until the consult moves: from then on the mail about the move says when it is.
        case appointmentBooked(AppointmentID)
        /// Sent only while the consult still has this sequence: a later move tells of itself.
        case appointmentMoved(AppointmentID, sequence: Int)
        case appointmentCancelled(AppointmentID)
        /// Somebody left a consult's panel; its time stands.
        case panelChanged(AppointmentID)
        /// An opening is kept for them alone for a while, without their having asked for this one.
        case openingOffered(HoldID)
        /// Who waits for an opening could book one that is open to everybody: nothing is kept.
        case openingsAvailable(WaitlistID)
        /// A further specialist was brought into a case.
        case colleagueBrought(CaseID)
        /// A colleague's part in a case was ended by somebody else.
        case colleagueReleased(CaseID)
        /// Sent only while the appointment still has this sequence: a move enqueues new ones.
        case reminder(AppointmentID, sequence: Int, ahead: Ahead)
        /// A calendar that they linked takes the time of a consult that was booked before; of the time with this sequence.
        case calendarConflict(AppointmentID, sequence: Int)
        /// Sent only until its reader has read so far.
        case messagePosted(CaseID, thread: ThreadID, seq: Int, urgent: Bool)
        case opinionReady(CaseID)
        case caseEnded(CaseID)
        // What guards an account: its owner is told of each.
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
        /// A calendar that they linked has events that are not read for certain. Sent only while it has.
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

/// An e-mail address and a link's secret, sealed by the gateway for the worker; opaque to everything between.
package struct SealedEnvelope: Sendable, Hashable {
    /// At most 1 KiB.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// As base64: a job's payload has no room for a number a byte.
extension SealedEnvelope: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(bytes: Array(try decoder.singleValueContainer().decode(Data.self)))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes))
    }
}
