/// A place of residence or of a licence: an ISO 3166-2 code, as `US-OH`, or a country alone, as `CA`.
///
/// One place has one code, so that a licence and a residence match. A territory that ISO 3166 lists twice, as a
/// subdivision and as a country, is the country (as in CLDR's `subdivisionAlias`): `US-PR` is read as `PR`. A former
/// country code of ISO 3166-3 is read as its successor, and `UK` as `GB`. Lower-case letters are no code.
package struct Jurisdiction: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String

    /// Nil unless the text has the form of a code. Whether the place exists is not checked.
    package init?(rawValue: String) {
        let parts = rawValue.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let upper = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard (1...2).contains(parts.count), parts[0].count == 2, parts[0].allSatisfy(upper.contains) else {
            return nil
        }
        if parts.count == 2 {
            guard (1...3).contains(parts[1].count), parts[1].allSatisfy({ upper.contains($0) || digit.contains($0) })
            else { return nil }
        }
        let country = Self.formerCountries[String(rawValue.prefix(2))] ?? String(rawValue.prefix(2))
        let code = country + rawValue.dropFirst(2)
        self.rawValue = Self.territories[code] ?? code
    }

    /// By the subdivision that each is too (ISO 3166-2 of the state, "included also as country code").
    static let territories = [
        "CN-71": "TW", "CN-91": "HK", "CN-92": "MO", "CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW", "FI-01": "AX",
        "FR-971": "GP", "FR-972": "MQ", "FR-973": "GF", "FR-974": "RE", "FR-976": "YT", "FR-BL": "BL", "FR-GF": "GF",
        "FR-GP": "GP", "FR-MF": "MF", "FR-MQ": "MQ", "FR-NC": "NC", "FR-PF": "PF", "FR-PM": "PM", "FR-RE": "RE",
        "FR-TF": "TF", "FR-WF": "WF", "FR-YT": "YT", "NL-AW": "AW", "NL-BQ1": "BQ-BO", "NL-BQ2": "BQ-SA",
        "NL-BQ3": "BQ-SE", "NL-CW": "CW", "NL-SX": "SX", "NO-21": "SJ", "NO-22": "SJ", "US-AS": "AS", "US-GU": "GU",
        "US-MP": "MP", "US-PR": "PR", "US-UM": "UM", "US-VI": "VI",
    ]

    /// Those with one successor: ISO 3166-3, and the reserved `UK`.
    static let formerCountries = [
        "BU": "MM", "DD": "DE", "FX": "FR", "TP": "TL", "UK": "GB", "YD": "YE", "ZR": "CD",
    ]
}
