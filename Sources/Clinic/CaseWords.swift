/// The states of a case; the legal moves between them are rows of the database's `transition` table.
package enum CaseState: String, Codable, Sendable, CaseIterable {
    case draft, submitted, collecting, ready, offered, accepted, reviewing, opined, delivered
    case followUp = "follow_up"
    case closed, withdrawn, unable

    /// Whether nothing more will happen to the case.
    package var isEnded: Bool { self == .closed || self == .withdrawn || self == .unable }
}

/// What a person is in one case. The rights that follow are set by the database (`set_part_rights`).
package enum CasePart: String, Codable, Sendable, CaseIterable {
    case patient, caregiver
    /// A specialist to whom the case is offered: she decides on the coarse reason alone.
    case candidate
    case specialist
    /// A further specialist, brought in by the specialist or a coordinator with the patient's consent: she sits in
    /// panels and reads what the case's specialist reads.
    case colleague
    case treatingClinician = "treating_clinician"
    case coordinator
    /// None: who reads the case for an hour by emergency access, and may do nothing else. No row of a part has it.
    case emergency
}

/// Why a consult is lawful.
package enum Lane: String, Codable, Sendable, CaseIterable {
    /// The specialist holds a licence where the patient is.
    case licensed
    /// The specialist consults with the treating clinician, who is the consult's party.
    case peerToPeer = "peer_to_peer"
}

/// Where a lane is checked, each time with its evidence stored.
package enum Gate: String, Codable, Sendable, CaseIterable {
    case match, booking, joining
}

/// A part of the patient's intake.
package enum IntakeKind: String, Codable, Sendable, CaseIterable {
    case condition, symptoms, history, medicines, allergies, diagnosis, treatment, goals, question

    /// Whether such a part reveals the earlier opinion unless its writer says otherwise.
    ///
    /// Free text about the past may name the diagnosis, so it is withheld from a blinded specialist by default.
    package var revealsPriorByDefault: Bool {
        switch self {
        case .condition, .history, .diagnosis, .treatment, .goals, .question: true
        case .symptoms, .medicines, .allergies: false
        }
    }

    /// Medicines and allergies are never withheld.
    package var isSafetyFact: Bool { self == .medicines || self == .allergies }
}

/// A kind of record that a case needs.
package enum RecordKind: String, Codable, Sendable, CaseIterable {
    case pathologyReport = "pathology_report"
    case imagingReport = "imaging_report"
    case referralLetter = "referral_letter"
    case clinicNote = "clinic_note"
    case operativeNote = "operative_note"
    case imaging, slides
    case labValues = "lab_values"
    case medicationList = "medication_list"
    case other

    /// Whether such a record reveals the earlier opinion unless whoever adds it says otherwise: what a clinician
    /// wrote does, what a machine measured does not.
    package var revealsPriorByDefault: Bool {
        switch self {
        case .pathologyReport, .imagingReport, .referralLetter, .clinicNote, .operativeNote, .other: true
        case .imaging, .slides, .labValues, .medicationList: false
        }
    }

    /// What a patient takes is never withheld.
    package var isSafetyFact: Bool { self == .medicationList }
}

/// What a patient agrees to for one case.
package enum ConsentKind: String, Codable, Sendable, CaseIterable {
    case secondOpinion = "second_opinion"
    case telehealth
    case recordsRelease = "records_release"
    /// That the specialist consults with the treating clinician, who also gets the opinion.
    case peerToPeer = "peer_to_peer"
    /// That a treating clinician is asked to take part.
    case treatingClinician = "treating_clinician"
    /// That further specialists are brought into the case.
    case panel
}

/// What a coordinator is asked to do.
package enum TaskKind: String, Codable, Sendable, CaseIterable {
    case completeCase = "complete_case"
    case chaseRecord = "chase_record"
    case orderReread = "order_reread"
    case rescueMenu = "rescue_menu"
    case renewLicence = "renew_licence"
    /// A consult was called off, and there is nothing to offer instead.
    case rebookConsult = "rebook_consult"
    /// Somebody read a case by emergency access: whether they had to.
    case reviewAccess = "review_access"
    /// Somebody wrote what nobody of the programme was told of.
    case answerMessage = "answer_message"
}

/// Where a record stands.
package enum RecordState: String, Codable, Sendable, CaseIterable {
    case asked, received, waived
}

/// What a signed opinion says of the diagnosis, and of the treatment.
package enum Verdict: String, Codable, Sendable, CaseIterable {
    case confirmed, clarified, changed
}

/// Whether an opinion was formed without knowing the earlier one.
package enum Blinding: String, Codable, Sendable, CaseIterable {
    case notBlinded = "not_blinded"
    case kept, broken
}

/// Whether the patient followed the advice.
package enum AdviceFollowed: String, Codable, Sendable, CaseIterable {
    case yes, partly, no, undecided
}

/// Why no opinion could be given.
package enum UnableReason: String, Codable, Sendable, CaseIterable {
    case noLane = "no_lane"
    case nobodyAccepts = "nobody_accepts"
    case noRecords = "no_records"
    case patientUnreachable = "patient_unreachable"
    case other
}
