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
    static let languages = 20
    static let conditions = 200
    static let licences = 100
    static let volume = 100_000

    static func check(_ edit: SpecialistEdit) throws(FieldRefusal) {
        if let capacity = edit.weeklyCapacity, !(0...100).contains(capacity) {
            throw FieldRefusal("/weeklyCapacity", rule: "range", "must be from 0 to 100")
        }
        guard let tags = edit.languages else { return }
        guard (1...languages).contains(tags.count) else {
            throw FieldRefusal("/languages", rule: "items", "must name from 1 to \(languages) languages")
        }
        for (place, tag) in tags.enumerated() where !isLanguage(tag) {
            throw FieldRefusal("/languages/\(place)", rule: "format", "must be a BCP 47 tag, as en or es-MX")
        }
        guard Set(tags).count == tags.count else {
            throw FieldRefusal("/languages", rule: "duplicate", "must name no language twice")
        }
    }

    static func check(_ volumes: [ConditionVolume]) throws(FieldRefusal) {
        guard volumes.count <= conditions else {
            throw FieldRefusal("/conditions", rule: "max_items", "must have at most \(conditions) conditions")
        }
        for (place, volume) in volumes.enumerated() {
            guard isCode(volume.codePrefix) else {
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
            try checkText(licence.number, at: "/licences/\(place)/number", max: 40)
        }
        guard Set(list.map(\.jurisdiction)).count == list.count else {
            throw FieldRefusal("/licences", rule: "duplicate", "must name no jurisdiction twice")
        }
    }

    /// The form that BCP 47 tags have here: a primary subtag of two or three letters, then up to three others.
    static func isLanguage(_ tag: String) -> Bool {
        let parts = tag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard let primary = parts.first, (2...3).contains(primary.count), primary.allSatisfy(isLetter), parts.count <= 4
        else { return false }
        return parts.dropFirst().allSatisfy { part in
            (2...8).contains(part.count) && part.allSatisfy { isLetter($0) || isDigit($0) }
        }
    }

    /// ICD-10-CM's form, as the database's own check reads it: three characters, then up to four behind a dot.
    static func isCode(_ code: String) -> Bool {
        let bytes = Array(code.utf8)
        guard bytes.count >= 3, isUpper(bytes[0]), isDigit(bytes[1]), isUpper(bytes[2]) || isDigit(bytes[2]) else {
            return false
        }
        if bytes.count == 3 { return true }
        return (5...8).contains(bytes.count) && bytes[3] == UInt8(ascii: ".")
            && bytes.dropFirst(4).allSatisfy { isUpper($0) || isDigit($0) }
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        isUpper(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}
