import Clinic

/// The first rules: who may take the case at all, then a sum of points.
///
/// | points | for |
/// |---|---|
/// | 0…100 | people per year with the condition, by the longest prefix: one point for two people |
/// | 0…20 | how close that prefix is: five for each character after the third |
/// | 60, 40, 15 | the usual, a related, a general specialty |
/// | 40 | the patient's language |
/// | 20, 15, 10, 5 | an opening within 3, 7, 14, 30 days |
/// | −2 each, at most −20 | cases that they are working on |
/// | −50 | an earlier offer of this case that they left unanswered |
///
/// Ties are broken by the larger volume, then by id. A taxonomy is chosen by the specialist and verified by nobody, so
/// it is a filter and gives fewer points. The language is preferred, not required, because an interpreter can join.
struct MatchRulesV1 {
    let input: MatchInput
    private let usual: [String: Int]

    init(_ input: MatchInput) {
        self.input = input
        let covering = input.taxonomy.filter { input.condition.hasPrefix($0.prefix) }
        let longest = covering.map(\.prefix.utf8.count).max()
        usual = Dictionary(
            covering.filter { $0.prefix.utf8.count == longest }.map { ($0.code, $0.weight) }, uniquingKeysWith: max)
    }

    var result: MatchResult {
        var ranking: [(ranked: MatchResult.Ranked, volume: Int)] = []
        var excluded: [MatchResult.Excluded] = []
        for specialist in input.specialists {
            let obstacles = exclusions(of: specialist)
            if obstacles.isEmpty {
                let reasons = reasons(for: specialist)
                let score = reasons.reduce(0) { $0 + $1.points }
                ranking.append(
                    (.init(specialist: specialist.id, score: score, reasons: reasons), volume(of: specialist).yearly))
            } else {
                excluded.append(.init(specialist: specialist.id, reasons: obstacles))
            }
        }
        ranking.sort { left, right in
            if left.ranked.score != right.ranked.score { return left.ranked.score > right.ranked.score }
            if left.volume != right.volume { return left.volume > right.volume }
            return left.ranked.specialist < right.ranked.specialist
        }
        return MatchResult(
            rulesVersion: 1, ranking: ranking.map(\.ranked),
            excluded: excluded.sorted { $0.specialist < $1.specialist })
    }

    private func exclusions(of specialist: MatchInput.SpecialistFacts) -> [ExclusionReason] {
        var reasons: [ExclusionReason] = []
        if !specialist.accepting { reasons.append(.notAccepting) }
        if specialist.takenThisWeek >= specialist.weeklyCapacity { reasons.append(.noCapacity) }
        // Where the condition's usual specialty is unknown, nobody is excluded by it.
        if !usual.isEmpty, weight(of: specialist) == nil, volume(of: specialist).yearly == 0 {
            reasons.append(.otherSpecialty)
        }
        if let obstacle = lane(of: specialist).obstacle(at: .match) { reasons.append(ExclusionReason(obstacle)) }
        if specialist.otherPart != nil { reasons.append(.conflictOfInterest) }
        if specialist.earlierOffers.contains(.declined) { reasons.append(.declinedBefore) }
        if specialist.earlierOffers.contains(.withdrawn) { reasons.append(.reassigned) }
        return reasons
    }

    private func lane(of specialist: MatchInput.SpecialistFacts) -> LaneRule {
        LaneRule(
            lane: input.lane, jurisdiction: input.jurisdiction, licence: specialist.licence, day: input.day,
            specialistConsultsPeers: specialist.consultsPeers, treatingClinician: nil, consent: input.consent)
    }

    private func reasons(for specialist: MatchInput.SpecialistFacts) -> [MatchReason] {
        var reasons: [MatchReason] = []
        let volume = volume(of: specialist)
        if volume.yearly > 0 {
            let closeness = 5 * min(max(volume.prefix.count { $0 != "." } - 3, 0), 4)
            reasons.append(
                MatchReason(
                    code: .conditionVolume, points: min(volume.yearly, 200) / 2 + closeness, number: volume.yearly,
                    prefix: volume.prefix))
        }
        switch weight(of: specialist) {
        case 3: reasons.append(MatchReason(code: .usualSpecialty, points: 60))
        case 2: reasons.append(MatchReason(code: .relatedSpecialty, points: 40))
        case 1: reasons.append(MatchReason(code: .generalSpecialty, points: 15))
        default: break
        }
        reasons.append(
            speaks(specialist, input.language)
                ? MatchReason(code: .languageShared, points: 40) : MatchReason(code: .interpreterNeeded, points: 0))
        if let days = specialist.soonestDays {
            let points = days <= 3 ? 20 : days <= 7 ? 15 : days <= 14 ? 10 : 5
            reasons.append(MatchReason(code: .soonOpening, points: points, number: days))
        }
        if specialist.openCases > 0 {
            reasons.append(
                MatchReason(
                    code: .openCases, points: -min(2 * min(specialist.openCases, 10), 20),
                    number: specialist.openCases))
        }
        if specialist.earlierOffers.contains(.lapsed) {
            reasons.append(MatchReason(code: .leftUnanswered, points: -50))
        }
        return reasons
    }

    /// The volume of the longest prefix that the specialist has for the condition.
    private func volume(of specialist: MatchInput.SpecialistFacts) -> MatchInput.Volume {
        specialist.volumes.filter { input.condition.hasPrefix($0.prefix) }
            .max { $0.prefix.utf8.count < $1.prefix.utf8.count } ?? MatchInput.Volume(prefix: "", yearly: 0)
    }

    private func weight(of specialist: MatchInput.SpecialistFacts) -> Int? {
        specialist.taxonomy.compactMap { usual[$0] }.max()
    }

    /// Whether they speak the language, of whatever region: RFC 4647 §3.3.1 on the primary subtag.
    private func speaks(_ specialist: MatchInput.SpecialistFacts, _ language: String) -> Bool {
        func primary(_ tag: String) -> String { tag.prefix { $0 != "-" }.lowercased() }
        return specialist.languages.contains { primary($0) == primary(language) }
    }
}

extension ExclusionReason {
    init(_ obstacle: LaneRule.Obstacle) {
        switch obstacle {
        case .noLicence: self = .noLicence
        case .licenceExpired: self = .licenceExpired
        case .specialistConsultsNoPeers: self = .consultsNoPeers
        // The clinician is needed at booking, not here.
        case .noTreatingClinician, .noConsent: self = .noPeerConsent
        }
    }
}
