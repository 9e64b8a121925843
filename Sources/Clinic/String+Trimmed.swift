extension StringProtocol {
    /// The text without white space at its ends (White_Space of UAX #44).
    package var trimmed: String { trimmed { $0.properties.isWhitespace } }

    /// The text without such characters at its ends.
    package func trimmed(of isBlank: (Unicode.Scalar) -> Bool) -> String {
        guard let first = unicodeScalars.firstIndex(where: { !isBlank($0) }),
            let last = unicodeScalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[first..<unicodeScalars.index(after: last)])
    }
}
