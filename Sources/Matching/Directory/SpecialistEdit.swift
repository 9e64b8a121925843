package import Clinic

/// A change of a specialist's entry; fields that are left out stay.
package struct SpecialistEdit: Codable, Hashable, Sendable {
    package var languages: [String]?
    package var accepting: Bool?
    /// New cases per week.
    package var weeklyCapacity: Int?

    package static let example = SpecialistEdit(languages: ["en", "es"], accepting: true, weeklyCapacity: 4)
}

/// The rules of the directory's fields.
package enum DirectoryRule {
    package static let conditions = 0...200
    package static let licences = 0...100
    fileprivate static let volumes = 0...100_000
    fileprivate static let number = TextRule.line(max: 40)

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
        try FieldRule.check(count: volumes.count, in: conditions, at: "/conditions")
        for (place, volume) in volumes.enumerated() {
            try TextRule.form(.conditionCode).check(volume.codePrefix, at: "/conditions/\(place)/codePrefix")
            try FieldRule.check(volume.yearlyVolume, in: Self.volumes, at: "/conditions/\(place)/yearlyVolume")
        }
        try FieldRule.checkUnique(volumes.map(\.codePrefix), at: "/conditions")
    }

    static func check(_ list: [Licence]) throws(FieldRefusal) {
        try FieldRule.check(count: list.count, in: licences, at: "/licences")
        for (place, licence) in list.enumerated() {
            try number.check(licence.number, at: "/licences/\(place)/number")
        }
        try FieldRule.checkUnique(list.map(\.jurisdiction), at: "/licences")
    }
}

extension SpecialistEdit: Ruled {
    package static let rules: [String: FieldRule] = [
        "languages": DirectoryEntry.languagesRule, "weeklyCapacity": .number(DirectoryEntry.capacities),
    ]
}

extension ConditionVolume: Ruled {
    package static let rules: [String: FieldRule] = [
        "codePrefix": .text(.form(.conditionCode)), "yearlyVolume": .number(DirectoryRule.volumes),
    ]
}

extension Licence: Ruled {
    package static let rules: [String: FieldRule] = ["number": .text(DirectoryRule.number)]
}
