import Clinic
import FoundationEssentials
import HTTPServer
package import JSON
import Matching

// What the OpenAPI document shows of matching: invented, and with every optional field there.

private func exampleID<Tag>(_ number: Int) -> ID<Tag> {
    let digits = String(number)
    let text = "0192f0c1-7d2e-7a41-9c3b-" + String(repeating: "0", count: 12 - digits.count) + digits
    return ID(text) ?? .random()
}

private let instant = Date(timeIntervalSince1970: 1_795_000_000)

extension Specialist.Affiliation {
    static let example = Specialist.Affiliation(
        name: "Erieview Medical Center", city: "Cleveland", jurisdiction: ohio)
}

private let ohio: Jurisdiction = {
    guard let ohio = Jurisdiction(rawValue: "US-OH") else { preconditionFailure("a jurisdiction's form") }
    return ohio
}()

private let lastDay: CivilDate = {
    guard let day = CivilDate(rawValue: "2027-12-31") else { preconditionFailure("a date that exists") }
    return day
}()

extension Specialist {
    static let example = Specialist(
        id: exampleID(1), name: "Amara Nwachukwu-Bell", credentials: "MD", organisation: .example,
        timeZone: "America/New_York",
        taxonomy: [Taxonomy(code: "207RX0202X", name: "Medical Oncology Physician")], languages: ["en", "es"],
        peerToPeer: true, accepting: true, weeklyCapacity: 4,
        licences: [Licence(jurisdiction: ohio, number: "OH-683836", expiresOn: lastDay)],
        conditions: [ConditionVolume(codePrefix: "C50", yearlyVolume: 210)], version: 1)
}

extension SpecialistSummary {
    static let example = SpecialistSummary(
        id: Specialist.example.id, name: Specialist.example.name, credentials: "MD", organisation: .example,
        timeZone: "America/New_York", taxonomyCodes: ["207RX0202X"], languages: ["en", "es"], peerToPeer: true,
        accepting: true)
}

extension Match {
    static let example = Match(
        id: exampleID(2), case: exampleID(3), rulesVersion: 1, createdAt: instant,
        candidates: [candidate(rank: 1, Specialist.example.name, yearly: 210)],
        others: [candidate(rank: 4, "Dana Whitcombe", yearly: 40)],
        excluded: [
            Excluded(
                specialist: exampleID(4), name: "Ilse Brandvold",
                reasons: [
                    Reason(code: ExclusionReason.noLicence.rawValue, points: nil, text: ExclusionReason.noLicence.text)
                ])
        ])

    private static func candidate(rank: Int, _ name: String, yearly: Int) -> Candidate {
        let reason = MatchReason(code: .conditionVolume, points: min(yearly, 200) / 2, number: yearly, prefix: "C50")
        return Candidate(
            rank: rank, specialist: Specialist.example.id, name: name, organisation: "Erieview Medical Center",
            score: reason.points,
            reasons: [Reason(code: reason.code.rawValue, points: reason.points, text: reason.text)])
    }
}

extension Offer {
    static let example = made(.waiting)
    static let accepted = made(.accepted, decidedAt: instant.addingTimeInterval(3600))
    static let withdrawn = made(.withdrawn, decidedAt: instant.addingTimeInterval(3600))
    static let declined = made(
        .declined, decidedAt: instant.addingTimeInterval(3600), declineReason: .outsideExpertise)

    private static func made(
        _ state: OfferState, decidedAt: Date? = nil, declineReason: DeclineReason? = nil
    ) -> Offer {
        Offer(
            id: exampleID(5), case: exampleID(3), match: Match.example.id, specialist: Specialist.example.id,
            lane: .licensed, state: state, createdAt: instant, expiresAt: instant.addingTimeInterval(43_200),
            decidedAt: decidedAt, declineReason: declineReason)
    }
}

extension WaitingOffer {
    static let example = WaitingOffer(
        id: exampleID(5), case: exampleID(3),
        reason: "Finding in the left breast; independent reading of tissue and images", lane: .licensed,
        jurisdiction: ohio, language: "en", expiresAt: instant.addingTimeInterval(43_200))
}

extension Organisation: Described {
    static let example = Organisation(
        id: exampleID(6), name: "Erieview Medical Center", city: "Cleveland", jurisdiction: ohio, retired: false,
        version: 1)

    static let changed = Organisation(
        id: exampleID(6), name: "Erieview Medical Center", city: "Lakewood", jurisdiction: ohio, retired: false,
        version: 2)

    package static let notes = [
        "id": FieldNote("What a proposal names"), "name": FieldNote("No two have the same"),
        "city": FieldNote("Where it is"), "jurisdiction": FieldNote("ISO 3166-2"),
        "retired": FieldNote("Whether no new specialist is proposed for it"),
        "version": FieldNote("Counts its changes; the `ETag` is it"),
    ]
}

extension OrganisationDraft: Described {
    static let example = OrganisationDraft(
        name: Organisation.example.name, city: Organisation.example.city, jurisdiction: ohio)

    package static let notes = [
        "name": FieldNote("One line that no other organisation has"),
        "city": FieldNote("Where it is, in one line"),
        "jurisdiction": FieldNote("Where it is, by ISO 3166-2, as US-OH"),
    ]
}

extension OrganisationEdit: Described {
    static let example = OrganisationEdit(
        name: Organisation.changed.name, city: Organisation.changed.city, jurisdiction: ohio, retired: false)

    package static let notes = [
        "name": FieldNote("One line that no other organisation has"),
        "city": FieldNote("Where it is, in one line"),
        "jurisdiction": FieldNote("Where it is, by ISO 3166-2, as US-OH"),
        "retired": FieldNote("True: nobody new is proposed for it; false takes that back"),
    ]
}
