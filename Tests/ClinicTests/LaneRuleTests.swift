import Clinic
import Testing

@Suite("A licence lane is open only on its own evidence", .timeLimit(.minutes(5)))
struct LaneRuleTests {
    static let ohio = Jurisdiction(rawValue: "US-OH")!
    static let texas = Jurisdiction(rawValue: "US-TX")!
    static let day = CivilDate(rawValue: "2026-11-22")!

    static func licence(in jurisdiction: Jurisdiction, until day: String) -> Licence {
        Licence(jurisdiction: jurisdiction, number: "35.1", expiresOn: CivilDate(rawValue: day)!)
    }

    static func licensed(_ licence: Licence?) -> LaneRule {
        LaneRule(
            lane: .licensed, jurisdiction: ohio, licence: licence, day: day, specialistConsultsPeers: false,
            treatingClinician: nil, consent: nil)
    }

    @Test(
        "Licensed: the licence is for the patient's place and valid on the day",
        arguments: [
            (licence(in: ohio, until: "2027-01-01"), nil),
            (licence(in: ohio, until: "2026-11-22"), nil),
            (licence(in: ohio, until: "2026-11-21"), .licenceExpired),
            (licence(in: texas, until: "2027-01-01"), .noLicence),
            (nil, .noLicence),
        ] as [(Licence?, LaneRule.Obstacle?)])
    func licensed(licence: Licence?, obstacle: LaneRule.Obstacle?) {
        for gate in Gate.allCases {
            #expect(Self.licensed(licence).obstacle(at: gate) == obstacle)
        }
    }

    @Test("A peer-to-peer lane does not open by a licence alone, nor a licensed lane by a consent")
    func lanesDoNotMix() {
        var rule = Self.licensed(Self.licence(in: Self.ohio, until: "2027-01-01"))
        rule.lane = .peerToPeer
        #expect(rule.obstacle(at: .booking) == .specialistConsultsNoPeers)
        var peer = Self.licensed(nil)
        peer.consent = .random()
        peer.treatingClinician = .random()
        peer.specialistConsultsPeers = true
        #expect(peer.obstacle(at: .booking) == .noLicence)
    }

    @Test(
        "Peer to peer: consent comes first, and the clinician must take part by the booking",
        arguments: [
            (true, true, true, nil, nil),
            (false, true, true, .specialistConsultsNoPeers, .specialistConsultsNoPeers),
            (true, false, true, .noConsent, .noConsent),
            (true, true, false, nil, .noTreatingClinician),
        ] as [(Bool, Bool, Bool, LaneRule.Obstacle?, LaneRule.Obstacle?)])
    func peerToPeer(
        consultsPeers: Bool, consents: Bool, takesPart: Bool, atMatch: LaneRule.Obstacle?, later: LaneRule.Obstacle?
    ) {
        let rule = LaneRule(
            lane: .peerToPeer, jurisdiction: Self.ohio, licence: nil, day: Self.day,
            specialistConsultsPeers: consultsPeers, treatingClinician: takesPart ? .random() : nil,
            consent: consents ? .random() : nil)
        #expect(rule.obstacle(at: .match) == atMatch)
        #expect(rule.obstacle(at: .booking) == later)
        #expect(rule.obstacle(at: .joining) == later)
    }
}
