package import Clinic
package import Postgres
import TypedText

/// A condition of ICD-10-CM.
package struct Condition: Codable, Hashable, Sendable {
    /// With its dot, as `C50.412`.
    package let code: String
    package let title: String
    /// Whether it is billable; a category is not.
    package let billable: Bool

    package static let example = Condition(
        code: "C50.412", title: "Malignant neoplasm of upper-outer quadrant of left female breast", billable: true)
}

extension MatchingService {
    /// The most results of one search.
    package static let conditionLimit = 50
    /// The rule of a search text.
    package static let conditionText = TextRule.lines(min: 2, max: 200)

    /// Conditions whose code begins with the text, then those whose title has similar words, the best first. Case and
    /// diacritics do not matter.
    /// - Parameter text: a code with or without its dot, or words.
    /// - Throws: `FieldRefusal`.
    package func conditions(like text: String, limit: Int = 20, in tx: Transaction) async throws -> [Condition] {
        try Self.conditionText.check(text, at: "/text")
        try FieldRule.check(limit, in: 1...Self.conditionLimit, at: "/limit")
        let folded = text.searchFolded
        let code = folded.filter { !$0.isWhitespace && $0 != "." }.uppercased()
        let words = ConditionSearchTerms.isCode(code) ? [] : ConditionSearchTerms.words(of: folded)
        guard !code.isEmpty else { return [] }
        // The default of 0.6 would miss misspelt words.
        _ = tx.enqueue("SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true)")
        return try await tx.query(
            """
            WITH found AS (
                SELECT c.code, 10.0 AS score FROM consilium.condition c
                WHERE starts_with(replace(c.code, '.', ''), \(code)::text)
                UNION ALL
                SELECT c.code, sum(word_similarity(w.word, c.search_title)) / \(max(words.count, 1))
                FROM unnest(\(words)) w (word) JOIN consilium.condition c ON c.search_title %> w.word
                GROUP BY c.code
            )
            SELECT c.code, c.title, c.billable
            FROM (SELECT code, max(score) AS score FROM found GROUP BY code) f JOIN consilium.condition c USING (code)
            ORDER BY f.score DESC, length(c.title), c.code LIMIT \(limit)
            """
        ).map { row in
            let (code, title, billable) = try row.decode(String.self, String.self, Bool.self)
            return Condition(code: code, title: title, billable: billable)
        }
    }
}

/// The words of a search text.
enum ConditionSearchTerms {
    /// Everyday words, with the words that ICD-10-CM's titles use.
    private static let plain = [
        "cancer": "malignant neoplasm", "cancers": "malignant neoplasm", "tumor": "neoplasm", "tumour": "neoplasm",
        "clot": "embolism", "clots": "embolism", "stroke": "cerebral infarction", "slipped": "displacement",
    ]

    /// Whether a text without dots has the form of a code's beginning: a letter, a digit, then letters and digits.
    static func isCode(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard (2...7).contains(scalars.count), ("A"..."Z").contains(scalars[0]), ("0"..."9").contains(scalars[1]) else {
            return false
        }
        return scalars.dropFirst(2).allSatisfy { ("A"..."Z").contains($0) || ("0"..."9").contains($0) }
    }

    /// At most eight different words of a folded text, of three letters or more.
    static func words(of text: String) -> [String] {
        var words: [String] = []
        for part in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "'" })
        where part.count >= 3 {
            let word = plain[String(part)] ?? String(part)
            if !words.contains(word), words.count < 8 { words.append(word) }
        }
        return words
    }
}
