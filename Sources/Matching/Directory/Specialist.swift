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

    package static let example = Specialist(
        id: ExampleValues.id(1, .matches), name: "Amara Nwachukwu-Bell", credentials: "MD", organisation: .example,
        timeZone: ExampleValues.timeZone,
        taxonomy: [Taxonomy(code: "207RX0202X", name: "Medical Oncology Physician")], languages: ["en", "es"],
        peerToPeer: true, accepting: true, weeklyCapacity: 4,
        licences: [
            Licence(
                jurisdiction: ExampleValues.ohio, number: "OH-683836", expiresOn: ExampleValues.date("2027-12-31"))
        ],
        conditions: [.example], version: 1)

    /// The organisation that a specialist belongs to.
    package struct Affiliation: Codable, Hashable, Sendable {
        package let name: String
        package let city: String
        package let jurisdiction: Jurisdiction

        package static let example = Affiliation(
            name: "Erieview Medical Center", city: "Cleveland", jurisdiction: ExampleValues.ohio)
    }

    /// A code of the NUCC's provider taxonomy with its display name.
    package struct Taxonomy: Codable, Hashable, Sendable {
        package let code: String
        package let name: String
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

    package static let example = ConditionVolume(codePrefix: "C50", yearlyVolume: 210)
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

    package static let example = SpecialistSummary(
        id: Specialist.example.id, name: Specialist.example.name, credentials: "MD", organisation: .example,
        timeZone: ExampleValues.timeZone, taxonomyCodes: ["207RX0202X"], languages: ["en", "es"], peerToPeer: true,
        accepting: true)
}
