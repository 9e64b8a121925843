// The one file that needs Foundation beyond its essentials: Unicode normalisation (UAX #15).
import Foundation

extension String {
    /// Canonical composition, NFC: as a name is kept, so that two ways to type one letter are one.
    package var composed: String { precomposedStringWithCanonicalMapping }

    /// Compatibility composition, NFKC: what NIST SP 800-63B-4 §3.1.1.2 advises for passwords.
    package var compatibilityComposed: String { precomposedStringWithCompatibilityMapping }

    /// Compatibility decomposition, NFKD.
    var compatibilityDecomposed: String { decomposedStringWithCompatibilityMapping }
}
