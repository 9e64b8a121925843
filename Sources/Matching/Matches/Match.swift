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

    package static let example = Match(
        id: ExampleValues.id(2, .matches), case: ExampleValues.id(3, .matches), rulesVersion: 1,
        createdAt: ExampleValues.instant, candidates: [.example(rank: 1, Specialist.example.name, yearly: 210)],
        others: [.example(rank: 4, "Dana Whitcombe", yearly: 40)],
        excluded: [
            Excluded(
                specialist: ExampleValues.id(4, .matches), name: "Ilse Brandvold",
                reasons: [Reason(code: ExclusionReason.noLicence.rawValue, text: ExclusionReason.noLicence.text)])
        ])

    package struct Candidate: Codable, Hashable, Sendable {
        package let rank: Int
        package let specialist: AccountID
        package let name: String
        package let organisation: String
        /// The sum of the reasons' points.
        package let score: Int
        package let reasons: [Reason]

        static func example(rank: Int, _ name: String, yearly: Int) -> Candidate {
            let reason = MatchReason(
                code: .conditionVolume, points: min(yearly, 200) / 2, number: yearly, prefix: "C50")
            return Candidate(
                rank: rank, specialist: Specialist.example.id, name: name, organisation: "Erieview Medical Center",
                score: reason.points, reasons: [Reason(reason)])
        }
    }

    package struct Excluded: Codable, Hashable, Sendable {
        package let specialist: AccountID
        package let name: String
        package let reasons: [Reason]
    }

    /// A reason, with a code for programs and a text for patients.
    package struct Reason: Codable, Hashable, Sendable {
        package let code: String
        /// What it adds to the score; nil where it excludes.
        package var points: Int?
        package let text: String
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
                reasons: ranked.reasons.map(Reason.init))
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

extension Match.Reason {
    init(_ reason: MatchReason) { self.init(code: reason.code.rawValue, points: reason.points, text: reason.text) }
}
