import Clinic
import Postgres

/// What somebody who is told something is in the case that it is about, at the moment of sending.
struct Reader {
    let part: CasePart
    /// Whether the part has not ended.
    let takesPart: Bool
    /// Whether they may read the case now, with its consults and holds.
    let readsCase: Bool

    /// Nil for who has never had a part in the case.
    static func find(_ account: AccountID, in caseID: CaseID, in tx: Transaction) async throws -> Reader? {
        let row = try await tx.first(
            """
            SELECT part, until IS NULL, until IS NULL AND reads_case FROM consilium.case_part
            WHERE case_id = \(caseID) AND account_id = \(account)
            """)
        guard let (part, takesPart, readsCase) = try row?.decode(CasePart.self, Bool.self, Bool.self) else {
            return nil
        }
        return Reader(part: part, takesPart: takesPart, readsCase: readsCase)
    }
}

extension Notice.Template {
    private static let patientSide: Set<CasePart> = [.patient, .caregiver]

    /// By which part in its case a template is read; nil for one that is about an account. Who has another part when it is
    /// sent, or none any more, is not told.
    var readers: Set<CasePart>? {
        switch self {
        case .confirmEmail, .accountExists, .resetPassword, .confirmNewEmail, .confirmDevice, .emailChanged,
            .passwordChanged, .caregiverInvited, .clinicianInvited, .emailChangeAsked, .secondFactorOn,
            .secondFactorOff,
            .recoveryCodesRenewed, .proofsGuessed, .calendarFeedMade, .calendarLinked, .calendarFailing,
            .calendarUnclear, .caregiverAsked, .factorRecoveryAsked, .factorRecovered, .accountClosed, .roleTaken,
            .specialistProposed, .specialistInvited, .specialistJoined:
            nil
        case .caseSubmitted, .offerPassedOn, .menuExhausted, .clinicianJoined: Self.patientSide.union([.coordinator])
        case .recordsNeeded, .clinicianAsked, .emergencyAccess: Self.patientSide
        case .recordArrived: Self.patientSide.union([.specialist, .colleague, .coordinator])
        case .offerWaiting: [.candidate]
        case .offerWithdrawn: Self.patientSide.union([.candidate, .coordinator])
        case .caseAccepted: Self.patientSide.union([.treatingClinician, .coordinator])
        case .caseReassigned: Self.patientSide.union([.specialist, .colleague])
        case .colleagueBrought, .colleagueReleased: [.colleague]
        case .messagePosted: Set(CasePart.allCases).subtracting([.candidate])
        case .opinionReady: Self.patientSide.union([.treatingClinician])
        case .caseEnded: Set(CasePart.allCases)
        case .openingOffered, .openingsAvailable: Self.patientSide.union([.treatingClinician])
        case .appointmentBooked, .appointmentMoved, .appointmentCancelled, .panelChanged, .reminder:
            Self.patientSide.union([.treatingClinician, .specialist, .colleague])
        case .calendarConflict: [.specialist, .colleague]
        }
    }

    /// Whether it is about an account, and no case.
    var isAboutAccount: Bool { readers == nil }

    /// Whether it is told to who no longer takes part: because that is what it says, or because a consult of theirs is in
    /// their calendar.
    var outlivesPart: Bool {
        switch self {
        case .caseEnded, .caseReassigned, .colleagueReleased, .appointmentCancelled, .panelChanged: true
        default: false
        }
    }

    /// Whether a reader is told.
    func isFor(_ reader: Reader) -> Bool {
        guard readers?.contains(reader.part) ?? true else { return false }
        return switch self {
        case .offerWaiting, .opinionReady: reader.takesPart
        // The part of who was asked has ended with the offer, and never let them read the case.
        case .offerWithdrawn: reader.readsCase || reader.part == .candidate
        default: reader.readsCase || outlivesPart
        }
    }
}
