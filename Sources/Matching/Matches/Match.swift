package import Clinic
package import FoundationEssentials

/// A stored ranking as its readers see it: the menu, and all other specialists, each with reasons.
package struct Match: Codable, Hashable, Sendable {
    package let id: MatchID
    package let `case`: CaseID
    package let rulesVersion: Int
    package let createdAt: Date
    /// The menu: at most three, the best first; empty where nobody can take the case.
    package let candidates: [Candidate]
    /// Those who could take the case and are not on the menu, the best first.
    package let others: [Candidate]
    package let excluded: [Excluded]

    package init(
        id: MatchID, `case`: CaseID, rulesVersion: Int, createdAt: Date, candidates: [Candidate], others: [Candidate],
        excluded: [Excluded]
    ) {
        self.id = id
        self.case = `case`
        self.rulesVersion = rulesVersion
        self.createdAt = createdAt
        self.candidates = candidates
        self.others = others
        self.excluded = excluded
    }

    package struct Candidate: Codable, Hashable, Sendable {
        package let rank: Int
        package let specialist: AccountID
        package let name: String
        package let organisation: String
        /// The sum of the reasons' points.
        package let score: Int
        package let reasons: [Reason]

        package init(
            rank: Int, specialist: AccountID, name: String, organisation: String, score: Int, reasons: [Reason]
        ) {
            self.rank = rank
            self.specialist = specialist
            self.name = name
            self.organisation = organisation
            self.score = score
            self.reasons = reasons
        }
    }

    package struct Excluded: Codable, Hashable, Sendable {
        package let specialist: AccountID
        package let name: String
        package let reasons: [Reason]

        package init(specialist: AccountID, name: String, reasons: [Reason]) {
            self.specialist = specialist
            self.name = name
            self.reasons = reasons
        }
    }

    /// A reason, with a code for programs and a text for patients.
    package struct Reason: Codable, Hashable, Sendable {
        package let code: String
        /// What it adds to the score; nil where it excludes.
        package let points: Int?
        package let text: String

        package init(code: String, points: Int? = nil, text: String) {
            self.code = code
            self.points = points
            self.text = text
        }
    }
}

extension Match {
    /// - Parameter directory: the names to show.
    init(
        _ result: MatchResult, id: MatchID, `case`: CaseID, createdAt: Date,
        directory: [AccountID: (name: String, organisation: String)]
    ) {
        let ranking = result.ranking.enumerated().map { place, ranked in
            Candidate(
                rank: place + 1, specialist: ranked.specialist, name: directory[ranked.specialist]?.name ?? "",
                organisation: directory[ranked.specialist]?.organisation ?? "", score: ranked.score,
                reasons: ranked.reasons.map { Reason(code: $0.code.rawValue, points: $0.points, text: $0.text) })
        }
        self.init(
            id: id, case: `case`, rulesVersion: result.rulesVersion, createdAt: createdAt,
            candidates: Array(ranking.prefix(MatchResult.menuSize)),
            others: Array(ranking.dropFirst(MatchResult.menuSize)),
            excluded: result.excluded.map { excluded in
                Excluded(
                    specialist: excluded.specialist, name: directory[excluded.specialist]?.name ?? "",
                    reasons: excluded.reasons.map { Reason(code: $0.rawValue, text: $0.text) })
            })
    }
}
