import Clinic
import FoundationEssentials
@testable import Matching
import Rig

/// Inputs of any shape, for what must hold of all of them.
enum RandomInput {
    static func make(using generator: inout SeededGenerator) -> MatchInput {
        MatchInput(
            day: CivilDate(rawValue: "2026-11-22")!, condition: "C50.412",
            lane: Lane.allCases.randomElement(using: &generator)!, jurisdiction: MatchRulesTests.ohio,
            language: ["en", "es", "vi"].randomElement(using: &generator)!,
            consent: Bool.random(using: &generator) ? .random() : nil,
            taxonomy: Bool.random(using: &generator) ? [] : [.init(prefix: "C50", code: "207RX0202X", weight: 3)],
            specialists: (0..<Int.random(in: 0...12, using: &generator)).map { specialist($0, using: &generator) })
    }

    private static func specialist(
        _ number: Int, using generator: inout SeededGenerator
    ) -> MatchInput.SpecialistFacts {
        func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &generator) ? value : nil }
        return MatchRulesTests.able(number) { facts in
            facts.accepting = Int.random(in: 0..<5, using: &generator) > 0
            facts.consultsPeers = Bool.random(using: &generator)
            facts.takenThisWeek = Int.random(in: 0...3, using: &generator)
            facts.openCases = Int.random(in: 0...30, using: &generator)
            facts.taxonomy = maybe(["208000000X"]) ?? facts.taxonomy
            facts.licence = maybe(()) == nil ? facts.licence : nil
            facts.otherPart = Int.random(in: 0..<6, using: &generator) == 0 ? .caregiver : nil
            facts.earlierOffers = maybe(OfferState.allCases.randomElement(using: &generator)!).map { [$0] } ?? []
            facts.volumes =
                maybe(.init(prefix: "C50", yearly: Int.random(in: 0...100_000, using: &generator)))
                .map { [$0] } ?? []
            facts.soonestDays = maybe(Int.random(in: 0...30, using: &generator))
        }
    }
}
