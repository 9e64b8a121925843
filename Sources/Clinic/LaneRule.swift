/// A specialist's licence to practise in one jurisdiction.
package struct Licence: Sendable, Hashable, Codable {
    package let jurisdiction: Jurisdiction
    package let number: String
    /// The last day on which it is valid.
    package let expiresOn: CivilDate

    package init(jurisdiction: Jurisdiction, number: String, expiresOn: CivilDate) {
        self.jurisdiction = jurisdiction
        self.number = number
        self.expiresOn = expiresOn
    }
}

/// Whether a consult is lawful in a lane (P5): the one rule for match, booking and joining.
///
/// `licensed`: the specialist is licensed where the patient is at the time of the consult (state medical practice
/// acts; the place of care is the patient's). `peerToPeer`: a consultation between clinicians; the patient's own
/// clinician stays responsible for the care, is the consult's party, and the patient consented first.
package struct LaneRule: Sendable, Hashable {
    package var lane: Lane
    /// Where the patient lives; at joining, where they say that they are.
    package var jurisdiction: Jurisdiction
    /// The specialist's licence there, if any.
    package var licence: Licence?
    /// The day of the consult, in UTC: never earlier than the patient's own day in the Americas.
    package var day: CivilDate
    /// Whether the specialist consults with clinicians at all.
    package var specialistConsultsPeers: Bool
    /// The treating clinician who takes part as the party, if any.
    package var treatingClinician: AccountID?
    /// The patient's live consent to a peer-to-peer consult, if any.
    package var consent: ConsentID?

    package init(
        lane: Lane, jurisdiction: Jurisdiction, licence: Licence?, day: CivilDate, specialistConsultsPeers: Bool,
        treatingClinician: AccountID?, consent: ConsentID?
    ) {
        self.lane = lane
        self.jurisdiction = jurisdiction
        self.licence = licence
        self.day = day
        self.specialistConsultsPeers = specialistConsultsPeers
        self.treatingClinician = treatingClinician
        self.consent = consent
    }

    /// A reason why a lane is closed.
    package enum Obstacle: String, Sendable, Codable, CaseIterable {
        case noLicence = "no_licence"
        case licenceExpired = "licence_expired"
        case specialistConsultsNoPeers = "specialist_consults_no_peers"
        case noTreatingClinician = "no_treating_clinician"
        case noConsent = "no_consent"
    }

    /// The first obstacle at a gate; nil where the consult is lawful. At the match the clinician need not have accepted
    /// the invitation yet; the consent comes first at every gate.
    package func obstacle(at gate: Gate) -> Obstacle? {
        switch lane {
        case .licensed:
            guard let licence, licence.jurisdiction == jurisdiction else { return .noLicence }
            return licence.expiresOn < day ? .licenceExpired : nil
        case .peerToPeer:
            if !specialistConsultsPeers { return .specialistConsultsNoPeers }
            if consent == nil { return .noConsent }
            return gate != .match && treatingClinician == nil ? .noTreatingClinician : nil
        }
    }
}
