package import Clinic

/// An organisation that specialists belong to.
package struct Organisation: Codable, Hashable, Sendable {
    package let id: OrganisationID
    package let name: String
    package let city: String
    package let jurisdiction: Jurisdiction
    /// Whether no new specialist is proposed for it.
    package let retired: Bool
    /// What an edit must name.
    package let version: Int

    package init(
        id: OrganisationID, name: String, city: String, jurisdiction: Jurisdiction, retired: Bool, version: Int
    ) {
        self.id = id
        self.name = name
        self.city = city
        self.jurisdiction = jurisdiction
        self.retired = retired
        self.version = version
    }
}

/// An organisation as it is made.
package struct OrganisationDraft: Codable, Hashable, Sendable {
    package var name: String
    package var city: String
    package var jurisdiction: Jurisdiction

    package init(name: String, city: String, jurisdiction: Jurisdiction) {
        self.name = name
        self.city = city
        self.jurisdiction = jurisdiction
    }
}

/// What to change of an organisation; what is left out stays.
package struct OrganisationEdit: Codable, Hashable, Sendable {
    package var name: String?
    package var city: String?
    package var jurisdiction: Jurisdiction?
    /// True: nobody new is proposed for it. Who is of it stays.
    package var retired: Bool?

    package init(
        name: String? = nil, city: String? = nil, jurisdiction: Jurisdiction? = nil, retired: Bool? = nil
    ) {
        self.name = name
        self.city = city
        self.jurisdiction = jurisdiction
        self.retired = retired
    }
}

extension DirectoryRule {
    fileprivate static let name = TextRule.line(max: 200)
    fileprivate static let city = TextRule.line(max: 120)

    static func check(name: String?, city: String?) throws(FieldRefusal) {
        if let name { try Self.name.check(name, at: "/name") }
        if let city { try Self.city.check(city, at: "/city") }
    }
}

extension OrganisationDraft: Ruled {
    package static let rules: [String: FieldRule] = [
        "name": .text(DirectoryRule.name), "city": .text(DirectoryRule.city),
    ]
}

extension OrganisationEdit: Ruled {
    package static let rules = OrganisationDraft.rules
}
