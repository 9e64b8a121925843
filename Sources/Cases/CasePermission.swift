package import Clinic

/// Something that a person does in a case: which parts may do it, and in which states of the case.
package enum CasePermission: Sendable, CaseIterable {
    /// Reason, intake, blind and lane, while the case is a draft.
    case edit
    case submit
    /// Corrects the lane of a case that was offered to nobody yet.
    case changeLane
    /// The patient ends the case. Once the opinion is signed there is nothing to withdraw from.
    case withdraw
    /// The programme ends a case for which no opinion can be given.
    case declareUnable
    case close
    case consent
    /// Adds a record that is here or on its way.
    case addRecord
    /// Changes what is said of a record, or waives it.
    case editRecord
    case upload
    /// The coordinator confirms that nothing is missing.
    case complete
    case writeFirstRead
    case breakBlind
    case writeOpinion
    case recordOutcome
    /// Invites a treating clinician, or takes the invitation back.
    case invite

    /// Who may do it.
    package var parts: Set<CasePart> {
        switch self {
        case .edit, .submit, .changeLane, .withdraw, .consent, .recordOutcome, .invite: [.patient, .caregiver]
        case .declareUnable, .complete: [.coordinator]
        case .close: [.patient, .caregiver, .coordinator]
        case .addRecord: [.patient, .caregiver, .coordinator, .specialist, .treatingClinician]
        case .editRecord, .upload: [.patient, .caregiver, .coordinator, .treatingClinician]
        case .writeFirstRead, .breakBlind, .writeOpinion: [.specialist]
        }
    }

    /// In which states of the case.
    package var states: Set<CaseState> {
        switch self {
        case .edit, .submit: [.draft]
        case .changeLane: [.submitted, .collecting, .ready]
        case .withdraw: [.draft, .submitted, .collecting, .ready, .offered, .accepted, .reviewing]
        case .declareUnable: [.submitted, .collecting, .ready, .offered, .accepted, .reviewing]
        case .close: [.delivered, .followUp]
        case .consent, .invite:
            [
                .draft, .submitted, .collecting, .ready, .offered, .accepted, .reviewing, .opined, .delivered,
                .followUp,
            ]
        // After the opinion too, because it may name studies that were missing.
        case .addRecord, .editRecord, .upload:
            [
                .draft, .submitted, .collecting, .ready, .offered, .accepted, .reviewing, .delivered, .followUp,
            ]
        case .complete: [.submitted, .collecting]
        case .writeFirstRead, .breakBlind, .writeOpinion: [.accepted, .reviewing]
        case .recordOutcome: [.delivered, .followUp]
        }
    }

    /// - Throws: `CaseRefusal.notYourPart`, `.wrongState`.
    package func check(_ access: CaseAccess) throws(CaseRefusal) {
        guard parts.contains(access.part) else { throw .notYourPart }
        guard states.contains(access.state) else { throw .wrongState(access.state) }
    }
}
