/// What the directory says of a specialist when they join; conditions and licences come later.
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
    /// New cases a week that they take.
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
}

// The rules of an entry's fields. Which zones, organisations and codes there are the database says.
extension DirectoryEntry {
    package static let mostLanguages = 20
    package static let mostTaxonomyCodes = 10

    /// The entry with its languages in their canonical form.
    /// - Parameter pointer: where the entry stands, as `/entry`.
    package func checked(at pointer: String) throws(FieldRefusal) -> DirectoryEntry {
        try checkLine(name, at: "\(pointer)/name", max: 120)
        try checkLine(credentials, at: "\(pointer)/credentials", max: 60)
        guard (1...Self.mostTaxonomyCodes).contains(taxonomyCodes.count) else {
            throw FieldRefusal(
                "\(pointer)/taxonomyCodes", rule: "items", "must name from 1 to \(Self.mostTaxonomyCodes) codes")
        }
        for (place, code) in taxonomyCodes.enumerated() where !TaxonomyCode.isCode(code) {
            throw FieldRefusal(
                "\(pointer)/taxonomyCodes/\(place)", rule: "format",
                "must be a code of the NUCC's taxonomy, as 207RX0202X")
        }
        guard Set(taxonomyCodes).count == taxonomyCodes.count else {
            throw FieldRefusal("\(pointer)/taxonomyCodes", rule: "duplicate", "must name no code twice")
        }
        var entry = self
        entry.languages = try Self.canonical(languages, at: "\(pointer)/languages")
        try Self.check(weeklyCapacity: weeklyCapacity, at: "\(pointer)/weeklyCapacity")
        return entry
    }

    /// The languages in their canonical form (``LanguageTag``).
    package static func canonical(_ languages: [String], at pointer: String) throws(FieldRefusal) -> [String] {
        guard (1...mostLanguages).contains(languages.count) else {
            throw FieldRefusal(pointer, rule: "items", "must name from 1 to \(mostLanguages) languages")
        }
        var tags: [String] = []
        for (place, tag) in languages.enumerated() { tags.append(try LanguageTag(tag, at: "\(pointer)/\(place)").text) }
        guard Set(tags).count == tags.count else {
            throw FieldRefusal(pointer, rule: "duplicate", "must name no language twice")
        }
        return tags
    }

    package static func check(weeklyCapacity: Int, at pointer: String) throws(FieldRefusal) {
        guard (0...100).contains(weeklyCapacity) else {
            throw FieldRefusal(pointer, rule: "range", "must be from 0 to 100")
        }
    }
}
