/// The states of a case; the legal moves between them are rows of the database's `transition` table.
package enum CaseState: String, Codable, Sendable, CaseIterable {
    case draft, submitted, collecting, ready, offered, accepted, reviewing, opined, delivered
    case followUp = "follow_up"
    case closed, withdrawn, unable

    /// Whether nothing more will happen to the case.
    package var isEnded: Bool { self == .closed || self == .withdrawn || self == .unable }
}

/// A person's part in one case. The database derives their rights from it (`set_part_rights`).
package enum CasePart: String, Codable, Sendable, CaseIterable {
    case patient, caregiver
    /// A specialist to whom the case is offered. They decide on the coarse reason only.
    case candidate
    case specialist
    /// A further specialist, added by the specialist or a coordinator with the patient's consent. They take part in
    /// panels and read what the case's specialist reads.
    case colleague
    case treatingClinician = "treating_clinician"
    case coordinator
    /// A reader by emergency access, for an hour, who may do nothing else. It is never stored as a part.
    case emergency
}

/// Why a consult is lawful.
package enum Lane: String, Codable, Sendable, CaseIterable {
    /// The specialist holds a licence where the patient is.
    case licensed
    /// The specialist consults with the treating clinician, who is the consult's party.
    case peerToPeer = "peer_to_peer"
}

/// Where a lane is checked; the evidence of each check is stored.
package enum Gate: String, Codable, Sendable, CaseIterable {
    case match, booking, joining
}

/// A part of the patient's intake.
package enum IntakeKind: String, Codable, Sendable, CaseIterable {
    case condition, symptoms, history, medicines, allergies, diagnosis, treatment, goals, question

    /// Whether such a part reveals the earlier opinion unless its author sets it otherwise.
    ///
    /// Free text about the past may name the diagnosis, so it is withheld from blinded specialists by default.
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

    /// Whether such a record reveals the earlier opinion unless the person who adds it sets it otherwise: clinicians'
    /// writing does, measurements do not.
    package var revealsPriorByDefault: Bool {
        switch self {
        case .pathologyReport, .imagingReport, .referralLetter, .clinicNote, .operativeNote, .other: true
        case .imaging, .slides, .labValues, .medicationList: false
        }
    }

    /// The list of a patient's medicines is never withheld.
    package var isSafetyFact: Bool { self == .medicationList }
}

/// The kinds of a patient's consents for one case.
package enum ConsentKind: String, Codable, Sendable, CaseIterable {
    case secondOpinion = "second_opinion"
    case telehealth
    case recordsRelease = "records_release"
    /// The specialist consults with the treating clinician, who also gets the opinion.
    case peerToPeer = "peer_to_peer"
    /// A treating clinician is invited.
    case treatingClinician = "treating_clinician"
    /// Further specialists are added to the case.
    case panel
}

/// The kinds of a coordinator's tasks.
package enum TaskKind: String, Codable, Sendable, CaseIterable {
    case completeCase = "complete_case"
    case chaseRecord = "chase_record"
    case orderReread = "order_reread"
    case rescueMenu = "rescue_menu"
    case renewLicence = "renew_licence"
    /// A consult was cancelled, and there is nothing to offer instead.
    case rebookConsult = "rebook_consult"
    /// Somebody read a case by emergency access: check that it was necessary.
    case reviewAccess = "review_access"
    /// Somebody wrote a message, and nobody in the programme was told of it.
    case answerMessage = "answer_message"
}

/// The states of a record.
package enum RecordState: String, Codable, Sendable, CaseIterable {
    case asked, received, waived
}

/// The verdict of an opinion on the diagnosis, and on the treatment.
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
