package import FoundationEssentials

/// Common passwords (NIST SP 800-63B-4 §3.1.1.2), compared whole and in lower case.
package struct PasswordBlocklist: Sendable {
    private let words: Set<String>

    /// - Parameter words: in lower case.
    package init(_ words: Set<String>) {
        self.words = words
    }

    /// Reads a file of one password a line, as `Database/reference/password_blocklist.txt`.
    /// - Throws: what reading the file throws.
    package init(contentsOf file: URL) throws {
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        self.init(Set(text.split(whereSeparator: \.isNewline).map { $0.lowercased() }))
    }

    /// Whether the password is listed, or repeats a listed one, or repeats up to four characters.
    func contains(_ password: String) -> Bool {
        let lower = password.lowercased()
        if words.contains(lower) { return true }
        let characters = Array(lower.unicodeScalars)
        guard characters.count >= 2 else { return false }
        for length in 1...max(1, characters.count / 2) {
            let repeats = characters.indices.allSatisfy { characters[$0] == characters[$0 % length] }
            guard repeats else { continue }
            if length <= 4 { return true }
            var unit = String.UnicodeScalarView()
            unit.append(contentsOf: characters.prefix(length))
            if words.contains(String(unit)) { return true }
        }
        return false
    }
}
