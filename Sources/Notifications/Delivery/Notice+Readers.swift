import Clinic
import Postgres

/// The recipient's part in the case that a notice is about, at the moment of sending.
struct Reader {
    let part: CasePart
    /// Whether the part has not ended.
    let takesPart: Bool
    /// Whether they may read the case now, its consults and holds included.
    let readsCase: Bool

    /// Nil for somebody who has never had a part in the case.
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

    /// The parts in a case to which a template is sent; nil for a template about an account. Somebody who has another part
    /// by then, or none any more, gets nothing.
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

    /// Whether it is about an account and not about a case.
    var isAboutAccount: Bool { readers == nil }

    /// Whether it is sent to somebody whose part has ended: because it tells them so, or because a consult is in their
    /// calendar.
    var outlivesPart: Bool {
        switch self {
        case .caseEnded, .caseReassigned, .colleagueReleased, .appointmentCancelled, .panelChanged: true
        default: false
        }
    }

    /// Whether a reader gets it.
    func isFor(_ reader: Reader) -> Bool {
        guard readers?.contains(reader.part) ?? true else { return false }
        return switch self {
        case .offerWaiting, .opinionReady: reader.takesPart
        // The candidate's part ended with the offer, and never let them read the case.
        case .offerWithdrawn: reader.readsCase || reader.part == .candidate
        default: reader.readsCase || outlivesPart
        }
    }
}
