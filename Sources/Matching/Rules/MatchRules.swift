/// The versions of the rules. A version never changes once it has made matches: a change is a new version.
package enum MatchRules {
    /// The version of new matches.
    package static let current = 1

    /// Ranks by the rules of a version.
    /// - Throws: `UnknownRules` for a version that this program does not have.
    package static func rank(_ input: MatchInput, version: Int = current) throws -> MatchResult {
        switch version {
        case 1: MatchRulesV1(input).result
        default: throw UnknownRules(version: version)
        }
    }

    /// A stored match was made by a newer program.
    package struct UnknownRules: Error, Equatable {
        package let version: Int
    }
}
