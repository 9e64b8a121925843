// The one file that needs Foundation beyond its essentials: Unicode normalisation (UAX #15).
import Foundation

extension String {
    /// Canonical composition, NFC: two ways to type one letter are one.
    package var composed: String { precomposedStringWithCanonicalMapping }

    /// A name as it is stored: composed, trimmed, with one space between its words. Line breaks stay, to be refused.
    package var asName: String {
        composed.split { $0.isWhitespace && !$0.isNewline }.joined(separator: " ")
    }

    /// Compatibility composition, NFKC: what NIST SP 800-63B-4 §3.1.1.2 advises for passwords.
    package var compatibilityComposed: String { precomposedStringWithCompatibilityMapping }

    /// Compatibility decomposition, NFKD.
    var compatibilityDecomposed: String { decomposedStringWithCompatibilityMapping }
}
