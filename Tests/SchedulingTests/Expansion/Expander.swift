import Clinic
import Foundation
import Rig
import Scheduling

/// The other expander: python-dateutil over the system's zoneinfo.
enum Expander {
    /// What hours mean, asked for some days.
    struct Question: Codable {
        let availability: Availability
        let first: CivilDate
        let last: CivilDate
        let visitTypes: [Kind]
        /// Dates around which every start is wanted.
        let looked: [String]
    }

    struct Kind: Codable {
        let id: String
        let minutes: Int
        let granularity: Int
    }

    /// The dates of one rule.
    struct RuleQuestion: Codable {
        let rule: String
        let start: CivilDate
        let last: CivilDate
    }

    /// The answers, a line each.
    static func ask(_ questions: [some Encodable]) throws -> [String] {
        let lines = try questions.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "expander.py").path
        let said = try command([python, script], input: lines.joined(separator: "\n") + "\n")
        return said.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Every zone of the system, with the dates of these years on which its clock changes.
    static func zones(_ first: Int, _ last: Int) throws -> [(name: String, changes: [String])] {
        let said = try ask([["changes": [first, last]]])
        return said.joined().split(separator: ";").map { line in
            let words = line.split(separator: " ").map(String.init)
            return (words[0], Array(words.dropFirst()))
        }
    }
}
