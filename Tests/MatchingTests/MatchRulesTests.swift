import Clinic
import FoundationEssentials
import Rig
import Testing

@testable import Matching

@Suite("The rules of a match", .timeLimit(.minutes(5)))
struct MatchRulesTests {
    static let ohio = Jurisdiction(rawValue: "US-OH")!

    static func id(_ number: Int) -> AccountID {
        AccountID("00000000-0000-7000-8000-\(100_000_000_000 + number)")!
    }

    /// Somebody whom no rule excludes.
    static func able(
        _ number: Int, _ change: (inout MatchInput.SpecialistFacts) -> Void = { _ in }
    ) -> MatchInput.SpecialistFacts {
        var facts = MatchInput.SpecialistFacts(
            id: id(number), taxonomy: ["207RX0202X"], languages: ["en"], accepting: true, consultsPeers: true,
            weeklyCapacity: 3, takenThisWeek: 0, openCases: 0,
            licence: Licence(jurisdiction: ohio, number: "L", expiresOn: CivilDate(rawValue: "2027-01-01")!),
            volumes: [], otherPart: nil, earlierOffers: [], soonestDays: nil)
        change(&facts)
        return facts
    }

    static func input(_ specialists: [MatchInput.SpecialistFacts], lane: Lane = .licensed) -> MatchInput {
        MatchInput(
            day: CivilDate(rawValue: "2026-11-22")!, condition: "C50.412", lane: lane, jurisdiction: ohio,
            language: "en", consent: nil,
            taxonomy: [
                .init(prefix: "C", code: "207R00000X", weight: 2), .init(prefix: "C50", code: "207RX0202X", weight: 3),
                .init(prefix: "C50", code: "2086X0206X", weight: 2), .init(prefix: "C5", code: "207V00000X", weight: 1),
            ], specialists: specialists)
    }

    @Test(
        "Each rule excludes by its own reason, and by no other",
        arguments: [
            (able(1) { $0.accepting = false }, .notAccepting),
            (able(1) { $0.takenThisWeek = 3 }, .noCapacity),
            (able(1) { $0.weeklyCapacity = 0 }, .noCapacity),
            (able(1) { $0.taxonomy = ["207R00000X", "207V00000X"] }, .otherSpecialty),
            (able(1) { $0.licence = nil }, .noLicence),
            (
                able(1) {
                    $0.licence = Licence(
                        jurisdiction: Jurisdiction(rawValue: "US-TX")!, number: "L",
                        expiresOn: CivilDate(rawValue: "2027-01-01")!)
                }, .noLicence
            ),
            (
                able(1) {
                    $0.licence = Licence(
                        jurisdiction: ohio, number: "L", expiresOn: CivilDate(rawValue: "2026-11-21")!)
                }, .licenceExpired
            ),
            (able(1) { $0.otherPart = .treatingClinician }, .conflictOfInterest),
            (able(1) { $0.otherPart = .patient }, .conflictOfInterest),
            (able(1) { $0.earlierOffers = [.declined] }, .declinedBefore),
            (able(1) { $0.earlierOffers = [.withdrawn] }, .reassigned),
        ] as [(MatchInput.SpecialistFacts, ExclusionReason)])
    func excludes(facts: MatchInput.SpecialistFacts, reason: ExclusionReason) throws {
        let result = try MatchRules.rank(Self.input([facts, Self.able(2)]))
        #expect(result.excluded == [.init(specialist: facts.id, reasons: [reason])])
        #expect(result.ranking.map(\.specialist) == [Self.id(2)])
    }

    @Test("Peer to peer needs no licence, but consent and a specialist who consults peers")
    func peerToPeer() throws {
        var input = Self.input(
            [Self.able(1) { $0.licence = nil }, Self.able(2) { $0.consultsPeers = false }], lane: .peerToPeer)
        #expect(try MatchRules.rank(input).excluded.map(\.reasons) == [[.noPeerConsent], [.consultsNoPeers]])
        input.consent = .random()
        let result = try MatchRules.rank(input)
        #expect(result.ranking.map(\.specialist) == [Self.id(1)])
        #expect(result.excluded.map(\.reasons) == [[.consultsNoPeers]])
    }

    @Test("Whoever sees the condition itself is not excluded for their taxonomy")
    func volumeBeatsTaxonomy() throws {
        let facts = Self.able(1) {
            $0.taxonomy = ["208000000X"]
            $0.volumes = [.init(prefix: "C50", yearly: 12)]
        }
        #expect(try MatchRules.rank(Self.input([facts])).ranking.map(\.specialist) == [facts.id])
    }

    @Test("The longest prefix decides the volume, even where a shorter one is larger")
    func longestPrefix() throws {
        let facts = Self.able(1) {
            $0.volumes = [
                .init(prefix: "C50", yearly: 200), .init(prefix: "C50.4", yearly: 20), .init(prefix: "C51", yearly: 90),
            ]
        }
        let reason = try MatchRules.rank(Self.input([facts])).ranking[0].reasons[0]
        #expect(reason == MatchReason(code: .conditionVolume, points: 10 + 5, number: 20, prefix: "C50.4"))
    }

    @Test(
        "What makes a specialist rank higher than another who is their equal",
        arguments: [
            (able(2) { $0.volumes = [.init(prefix: "C50", yearly: 10)] }, able(1)),
            (
                able(2) { $0.volumes = [.init(prefix: "C50.41", yearly: 50)] },
                able(1) { $0.volumes = [.init(prefix: "C50", yearly: 50)] }
            ),
            (able(2), able(1) { $0.taxonomy = ["2086X0206X"] }),
            (able(2), able(1) { $0.languages = ["de"] }),
            (able(2) { $0.soonestDays = 2 }, able(1) { $0.soonestDays = 9 }),
            (able(2) { $0.soonestDays = 29 }, able(1)),
            (able(2), able(1) { $0.openCases = 2 }),
            (able(2), able(1) { $0.earlierOffers = [.lapsed] }),
            // Equal in everything: the lower id.
            (able(1), able(2)),
        ] as [(MatchInput.SpecialistFacts, MatchInput.SpecialistFacts)])
    func ranks(better: MatchInput.SpecialistFacts, worse: MatchInput.SpecialistFacts) throws {
        let ids = [better.id, worse.id]
        #expect(try MatchRules.rank(Self.input([better, worse])).ranking.map(\.specialist) == ids)
        #expect(try MatchRules.rank(Self.input([worse, better])).ranking.map(\.specialist) == ids)
    }

    @Test("A language is preferred and not required; its region does not matter")
    func language() throws {
        var input = Self.input([Self.able(1) { $0.languages = ["es-MX"] }, Self.able(2)])
        input.language = "es-ES"
        let ranking = try MatchRules.rank(input).ranking
        #expect(ranking.map(\.specialist) == [Self.id(1), Self.id(2)])
        #expect(ranking[1].reasons.contains { $0.code == .interpreterNeeded && $0.points == 0 })
    }

    @Test("Every specialist is ranked or excluded with a reason, never both; scores are the sums of their points")
    func everybodyOnce() throws {
        var generator = SeededGenerator(seed: SeededGenerator.testSeed)
        for _ in 0..<200 {
            let input = RandomInput.make(using: &generator)
            let result = try MatchRules.rank(input)
            let ranked = result.ranking.map(\.specialist)
            let excluded = result.excluded.map(\.specialist)
            #expect((ranked + excluded).sorted() == input.specialists.map(\.id).sorted())
            #expect(result.excluded.allSatisfy { !$0.reasons.isEmpty && Set($0.reasons).count == $0.reasons.count })
            #expect(result.ranking.allSatisfy { $0.score == $0.reasons.reduce(0) { $0 + $1.points } })
            #expect(result.ranking.map(\.score) == result.ranking.map(\.score).sorted(by: >))
            #expect(result.menu.count == min(3, ranked.count))
        }
    }

    @Test("The order in which the directory is read does not matter")
    func orderDoesNotMatter() throws {
        var generator = SeededGenerator(seed: SeededGenerator.testSeed)
        for _ in 0..<50 {
            var input = RandomInput.make(using: &generator)
            let result = try CanonicalJSON.encode(MatchRules.rank(input))
            input.specialists.shuffle(using: &generator)
            #expect(try CanonicalJSON.encode(MatchRules.rank(input)) == result)
        }
    }

    @Test("A stored input gives the same bytes for ever")
    func golden() throws {
        let input = try CanonicalJSON.decode(MatchInput.self, from: Array(Golden.input.utf8))
        #expect(String(decoding: try CanonicalJSON.encode(input), as: UTF8.self) == Golden.input)
        let result = try MatchRules.rank(input, version: 1)
        #expect(String(decoding: try CanonicalJSON.encode(result), as: UTF8.self) == Golden.result)
    }

    @Test("A version that this program does not have is refused")
    func unknownVersion() {
        #expect(throws: MatchRules.UnknownRules(version: 99)) { try MatchRules.rank(Self.input([]), version: 99) }
    }

    @Test("Every reason has words, and none of them names a person or a score")
    func words() {
        for code in MatchReason.Code.allCases {
            #expect(MatchReason(code: code, points: 77, number: 2, prefix: "C50").text.count > 10)
            #expect(!MatchReason(code: code, points: 77, number: 2, prefix: "C50").text.contains("77"))
        }
        #expect(Set(ExclusionReason.allCases.map(\.text)).count == ExclusionReason.allCases.count)
    }
}
