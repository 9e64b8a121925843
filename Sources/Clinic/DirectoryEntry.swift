/// A specialist's entry in the directory when they join. Conditions and licences are added later.
package struct DirectoryEntry: Codable, Sendable, Hashable {
    package var name: String
    /// As `MD, PhD`.
    package var credentials: String
    package var organisation: OrganisationID
    /// IANA.
    package var timeZone: String
    /// NUCC codes, the principal one first.
    package var taxonomyCodes: [String]
    /// BCP 47.
    package var languages: [String]
    /// Whether they consult with treating clinicians.
    package var peerToPeer: Bool
    /// New cases per week that they take.
    package var weeklyCapacity: Int

    package init(
        name: String, credentials: String, organisation: OrganisationID, timeZone: String, taxonomyCodes: [String],
        languages: [String], peerToPeer: Bool, weeklyCapacity: Int
    ) {
        self.name = name
        self.credentials = credentials
        self.organisation = organisation
        self.timeZone = timeZone
        self.taxonomyCodes = taxonomyCodes
        self.languages = languages
        self.peerToPeer = peerToPeer
        self.weeklyCapacity = weeklyCapacity
    }

    package static let example = DirectoryEntry(
        name: "Amara Nwachukwu-Bell", credentials: "MD", organisation: ExampleValues.id(0x0a),
        timeZone: ExampleValues.timeZone, taxonomyCodes: ["207RH0003X"], languages: ["en", "es"], peerToPeer: true,
        weeklyCapacity: 4)
}

// The rules of an entry's fields. The database checks that zones, organisations and codes exist.
extension DirectoryEntry {
    package static let mostLanguages = 20
    package static let mostTaxonomyCodes = 10
    package static let capacities = 0...100
    private static let nameRule = TextRule.line(max: 120)
    private static let credentialsRule = TextRule.line(max: 60)
    package static let languagesRule = FieldRule.list(
        1...mostLanguages, each: .text(.form(.languageTag)), isUnique: true)

    /// The entry with its languages in their canonical form.
    /// - Parameter pointer: where the entry stands, as `/entry`.
    package func checked(at pointer: String) throws(FieldRefusal) -> DirectoryEntry {
        try Self.nameRule.check(name, at: "\(pointer)/name")
        try Self.credentialsRule.check(credentials, at: "\(pointer)/credentials")
        try FieldRule.check(count: taxonomyCodes.count, in: 1...Self.mostTaxonomyCodes, at: "\(pointer)/taxonomyCodes")
        for (place, code) in taxonomyCodes.enumerated() {
            try TextRule.form(.taxonomyCode).check(code, at: "\(pointer)/taxonomyCodes/\(place)")
        }
        try FieldRule.checkUnique(taxonomyCodes, at: "\(pointer)/taxonomyCodes")
        var entry = self
        entry.languages = try Self.canonical(languages, at: "\(pointer)/languages")
        try Self.check(weeklyCapacity: weeklyCapacity, at: "\(pointer)/weeklyCapacity")
        return entry
    }

    /// The languages in their canonical form (``LanguageTag``).
    package static func canonical(_ languages: [String], at pointer: String) throws(FieldRefusal) -> [String] {
        try FieldRule.check(count: languages.count, in: 1...mostLanguages, at: pointer)
        var tags: [String] = []
        for (place, tag) in languages.enumerated() { tags.append(try LanguageTag(tag, at: "\(pointer)/\(place)").text) }
        try FieldRule.checkUnique(tags, at: pointer)
        return tags
    }

    package static func check(weeklyCapacity: Int, at pointer: String) throws(FieldRefusal) {
        try FieldRule.check(weeklyCapacity, in: capacities, at: pointer)
    }
}

extension DirectoryEntry: Ruled {
    package static let rules: [String: FieldRule] = [
        "name": .text(nameRule), "credentials": .text(credentialsRule), "timeZone": .text(.form(.timeZone)),
        "taxonomyCodes": .list(1...mostTaxonomyCodes, each: .text(.form(.taxonomyCode)), isUnique: true),
        "languages": languagesRule, "weeklyCapacity": .number(capacities),
    ]
}
