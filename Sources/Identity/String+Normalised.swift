// The one file that needs Foundation beyond its essentials: Unicode normalisation (UAX #15).
import Foundation

extension String {
    /// Canonical composition, NFC.
    var composed: String { precomposedStringWithCanonicalMapping }

    /// Compatibility composition, NFKC: what NIST SP 800-63B-4 §3.1.1.2 advises for passwords.
    var compatibilityComposed: String { precomposedStringWithCompatibilityMapping }
}
