/// Where somebody lives or is licensed: an ISO 3166-2 code, as `US-OH`, or a country alone, as `CA`.
package struct Jurisdiction: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String

    /// Nil unless the text has the form of a code; whether the place exists is not known here.
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
        self.rawValue = rawValue
    }
}
