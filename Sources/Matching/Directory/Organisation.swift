package import Clinic

/// An organisation that specialists belong to.
package struct Organisation: Codable, Hashable, Sendable {
    package var id: OrganisationID
    package var name: String
    package var city: String
    package var jurisdiction: Jurisdiction
    /// Whether it is closed to new specialists.
    package var retired: Bool
    /// An edit names it.
    package var version: Int

    package static let example = Organisation(
        id: ExampleValues.id(6, .matches), name: "Erieview Medical Center", city: "Cleveland",
        jurisdiction: ExampleValues.ohio, retired: false, version: 1)

    package static let changed = with(example) {
        $0.city = "Lakewood"
        $0.version = 2
    }
}

/// A new organisation.
package struct OrganisationDraft: Codable, Hashable, Sendable {
    package var name: String
    package var city: String
    package var jurisdiction: Jurisdiction

    package init(name: String, city: String, jurisdiction: Jurisdiction) {
        self.name = name
        self.city = city
        self.jurisdiction = jurisdiction
    }

    package static let example = OrganisationDraft(
        name: Organisation.example.name, city: Organisation.example.city, jurisdiction: ExampleValues.ohio)
}

/// A change of an organisation; fields that are left out stay.
package struct OrganisationEdit: Codable, Hashable, Sendable {
    package var name: String?
    package var city: String?
    package var jurisdiction: Jurisdiction?
    /// True closes it to new specialists; those who belong to it stay.
    package var retired: Bool?

    package init(
        name: String? = nil, city: String? = nil, jurisdiction: Jurisdiction? = nil, retired: Bool? = nil
    ) {
        self.name = name
        self.city = city
        self.jurisdiction = jurisdiction
        self.retired = retired
    }

    package static let example = OrganisationEdit(
        name: Organisation.changed.name, city: Organisation.changed.city, jurisdiction: ExampleValues.ohio,
        retired: false)
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
