package import Clinic

/// The whole input of a ranking. It is stored sealed beside the result, so that the rules can be replayed on it.
package struct MatchInput: Codable, Hashable, Sendable {
    /// The day of the match in UTC, by the database's clock.
    package var day: CivilDate
    /// ICD-10-CM with its dot, as `C50.412`.
    package var condition: String
    package var lane: Lane
    package var jurisdiction: Jurisdiction
    package var language: String
    /// The patient's live consent to a peer-to-peer consult.
    package var consent: ConsentID?
    /// The taxonomies that usually treat conditions under any prefix of this one's code.
    package var taxonomy: [UsualTaxonomy]
    /// Every specialist of the directory, by id.
    package var specialists: [SpecialistFacts]

    /// A taxonomy that usually treats the conditions under a prefix.
    package struct UsualTaxonomy: Codable, Hashable, Sendable {
        package let prefix: String
        /// A code of the NUCC's taxonomy.
        package let code: String
        /// 3 for the usual one, 2 for a related one, 1 for a general one.
        package let weight: Int
    }

    /// How many people per year a specialist sees with conditions under a prefix.
    package struct Volume: Codable, Hashable, Sendable {
        package let prefix: String
        package let yearly: Int
    }

    /// What is known of one specialist with regard to this case.
    package struct SpecialistFacts: Codable, Hashable, Sendable {
        package var id: AccountID
        package var taxonomy: [String]
        package var languages: [String]
        package var accepting: Bool
        package var consultsPeers: Bool
        package var weeklyCapacity: Int
        /// Cases accepted in the last seven days, and offers that wait for their answer.
        package var takenThisWeek: Int
        /// Cases accepted and not yet given an opinion.
        package var openCases: Int
        /// Their licence where the patient lives.
        package var licence: Licence?
        /// For prefixes of this condition only.
        package var volumes: [Volume]
        /// Another part that they have in this case: as patient, caregiver, treating clinician or coordinator.
        package var otherPart: CasePart?
        /// How earlier offers of this case to them ended.
        package var earlierOffers: [OfferState]
        /// Days until their next opening; nil where it was not looked up, or there is none within 30 days.
        package var soonestDays: Int?
    }
}
