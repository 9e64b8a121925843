package import Clinic

/// A specialist's public entry in the directory.
package struct Specialist: Codable, Hashable, Sendable {
    package let id: AccountID
    package let name: String
    package let credentials: String
    package let organisation: Affiliation
    /// IANA; their availability is wall-clock time in it.
    package let timeZone: String
    package let taxonomy: [Taxonomy]
    /// BCP 47.
    package let languages: [String]
    package let peerToPeer: Bool
    package let accepting: Bool
    /// New cases per week that they take.
    package let weeklyCapacity: Int
    /// Expired licences are listed too, until a coordinator removes them.
    package let licences: [Licence]
    /// The largest volume first.
    package let conditions: [ConditionVolume]
    /// An edit names it.
    package let version: Int

    package init(
        id: AccountID, name: String, credentials: String, organisation: Affiliation, timeZone: String,
        taxonomy: [Taxonomy], languages: [String], peerToPeer: Bool, accepting: Bool, weeklyCapacity: Int,
        licences: [Licence], conditions: [ConditionVolume], version: Int
    ) {
        self.id = id
        self.name = name
        self.credentials = credentials
        self.organisation = organisation
        self.timeZone = timeZone
        self.taxonomy = taxonomy
        self.languages = languages
        self.peerToPeer = peerToPeer
        self.accepting = accepting
        self.weeklyCapacity = weeklyCapacity
        self.licences = licences
        self.conditions = conditions
        self.version = version
    }

    /// The organisation that a specialist belongs to.
    package struct Affiliation: Codable, Hashable, Sendable {
        package let name: String
        package let city: String
        package let jurisdiction: Jurisdiction

        package init(name: String, city: String, jurisdiction: Jurisdiction) {
            self.name = name
            self.city = city
            self.jurisdiction = jurisdiction
        }
    }

    /// A code of the NUCC's provider taxonomy with its display name.
    package struct Taxonomy: Codable, Hashable, Sendable {
        package let code: String
        package let name: String

        package init(code: String, name: String) {
            self.code = code
            self.name = name
        }
    }
}

/// How many people per year a specialist sees with conditions whose code has a prefix.
package struct ConditionVolume: Codable, Hashable, Sendable {
    /// A code of ICD-10-CM or its beginning, with the dot: `C50` or `C50.4`.
    package var codePrefix: String
    package var yearlyVolume: Int

    package init(codePrefix: String, yearlyVolume: Int) {
        self.codePrefix = codePrefix
        self.yearlyVolume = yearlyVolume
    }
}

/// An entry as the directory lists it.
package struct SpecialistSummary: Codable, Hashable, Sendable {
    package let id: AccountID
    package let name: String
    package let credentials: String
    package let organisation: Specialist.Affiliation
    package let timeZone: String
    /// NUCC codes, the principal one first.
    package let taxonomyCodes: [String]
    package let languages: [String]
    package let peerToPeer: Bool
    package let accepting: Bool

    package init(
        id: AccountID, name: String, credentials: String, organisation: Specialist.Affiliation, timeZone: String,
        taxonomyCodes: [String], languages: [String], peerToPeer: Bool, accepting: Bool
    ) {
        self.id = id
        self.name = name
        self.credentials = credentials
        self.organisation = organisation
        self.timeZone = timeZone
        self.taxonomyCodes = taxonomyCodes
        self.languages = languages
        self.peerToPeer = peerToPeer
        self.accepting = accepting
    }
}
