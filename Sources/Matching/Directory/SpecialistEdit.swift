import Clinic

/// What a specialist changes of her own entry; what is left out stays.
package struct SpecialistEdit: Codable, Hashable, Sendable {
    package var languages: [String]?
    package var accepting: Bool?
    /// From 0 to 100 new cases a week.
    package var weeklyCapacity: Int?

    package init(languages: [String]? = nil, accepting: Bool? = nil, weeklyCapacity: Int? = nil) {
        self.languages = languages
        self.accepting = accepting
        self.weeklyCapacity = weeklyCapacity
    }
}

/// The rules of what the directory holds.
enum DirectoryRule {
    static let conditions = 200
    static let licences = 100
    static let volume = 100_000

    /// The edit with its languages in their canonical form.
    static func checked(_ edit: SpecialistEdit) throws(FieldRefusal) -> SpecialistEdit {
        if let capacity = edit.weeklyCapacity {
            try DirectoryEntry.check(weeklyCapacity: capacity, at: "/weeklyCapacity")
        }
        var checked = edit
        if let languages = edit.languages {
            checked.languages = try DirectoryEntry.canonical(languages, at: "/languages")
        }
        return checked
    }

    static func check(_ volumes: [ConditionVolume]) throws(FieldRefusal) {
        guard volumes.count <= conditions else {
            throw FieldRefusal("/conditions", rule: "max_items", "must have at most \(conditions) conditions")
        }
        for (place, volume) in volumes.enumerated() {
            guard ConditionCode.isCode(volume.codePrefix) else {
                throw FieldRefusal(
                    "/conditions/\(place)/codePrefix", rule: "format",
                    "must be an ICD-10-CM code or its first three characters or more, as C50 or C50.4")
            }
            guard (0...DirectoryRule.volume).contains(volume.yearlyVolume) else {
                throw FieldRefusal(
                    "/conditions/\(place)/yearlyVolume", rule: "range", "must be from 0 to \(DirectoryRule.volume)")
            }
        }
        guard Set(volumes.map(\.codePrefix)).count == volumes.count else {
            throw FieldRefusal("/conditions", rule: "duplicate", "must name no code twice")
        }
    }

    static func check(_ list: [Licence]) throws(FieldRefusal) {
        guard list.count <= licences else {
            throw FieldRefusal("/licences", rule: "max_items", "must have at most \(licences) licences")
        }
        for (place, licence) in list.enumerated() {
            try checkLine(licence.number, at: "/licences/\(place)/number", max: 40)
        }
        guard Set(list.map(\.jurisdiction)).count == list.count else {
            throw FieldRefusal("/licences", rule: "duplicate", "must name no jurisdiction twice")
        }
    }
}
