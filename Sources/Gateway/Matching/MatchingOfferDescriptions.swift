import HTTPServer
package import JSON
import Matching

// What the OpenAPI document says of the fields of matches and offers.

extension Match: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the match; what `POST /v1/cases/{id}/offers` chooses from"),
        "case": FieldNote("The case that the directory was ranked for"),
        "rulesVersion": FieldNote("The version of the rules that ranked it"),
        "createdAt": FieldNote("When the match was made"),
        "candidates": FieldNote(
            "The menu to choose from, the best first; empty where nobody can take the case: a coordinator then gets a "
                + "task"),
        "others": FieldNote("Specialists who could take the case and rank behind the menu, the best first"),
        "excluded": FieldNote("Specialists who could not take the case when the match was made, with the reasons"),
    ]
}

extension Match.Candidate: Described {
    package static let notes: [String: FieldNote] = [
        "rank": FieldNote("The place in the ranking, 1 for the best; `others` go on behind `candidates`"),
        "specialist": FieldNote("The specialist's account; `GET /v1/specialists/{id}` tells more of them"),
        "name": FieldNote("The specialist's name as the directory has it now"),
        "organisation": FieldNote("The name of their organisation as the directory has it now"),
        "score": FieldNote("The sum of the points of its reasons"),
        "reasons": FieldNote("What the score is made of"),
    ]
}

extension Match.Excluded: Described {
    package static let notes: [String: FieldNote] = [
        "specialist": FieldNote("The specialist's account"),
        "name": FieldNote("The specialist's name as the directory has it now"),
        "reasons": FieldNote("All reasons that rule them out, one or more"),
    ]
}

extension Match.Reason: Described {
    package static let notes: [String: FieldNote] = [
        "code": FieldNote(
            "The reason as a word for programs: of a candidate as `condition_volume`, of an excluded specialist as "
                + "`no_licence`"),
        "points": FieldNote(
            "What the reason adds to the score, negative where it lowers it; absent where it excludes"),
        "text": FieldNote("The reason in English, in words for a patient"),
    ]
}

extension MatchVerdict: Described {
    static let notes: [String: FieldNote] = [
        "faithful": FieldNote(
            "Whether the stored input is unchanged and the rules of the match's version made of it exactly the stored "
                + "result again")
    ]
}

extension OfferRequest: Described {
    package static let notes: [String: FieldNote] = [
        "match": FieldNote("A match of this case (`POST /v1/cases/{id}/matches`)"),
        "specialist": FieldNote(
            "One of the match's `candidates` who was not asked yet; left out, the best of them who can take the case"),
    ]
}

extension OfferList: Described {
    static let notes: [String: FieldNote] = [
        "offers": FieldNote("The offers of the case, the newest first")
    ]
}

extension Offer: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the offer; `POST /v1/offers/{id}/withdraw` takes it back while it waits"),
        "case": FieldNote("The case that is offered"),
        "match": FieldNote("The match from whose menu the specialist was chosen"),
        "specialist": FieldNote("The account of the specialist who is asked"),
        "lane": FieldNote(
            "How the specialist would consult. `licensed`: with the patient, by a licence where the patient lives. "
                + "`peer_to_peer`: with the treating clinician"),
        "state": FieldNote(
            "`waiting` for an answer; then `accepted`, `declined`, `lapsed` (no answer in time) or `withdrawn` (taken back, "
                + "or the case ended or was reassigned)"),
        "createdAt": FieldNote("When the specialist was asked"),
        "expiresAt": FieldNote("Until when it can be answered; then the next of the menu is asked, if there is one"),
        "decidedAt": FieldNote("When it was answered, lapsed or was withdrawn; absent while it waits"),
        "declineReason": FieldNote("Why the specialist declined; absent unless the offer is `declined`"),
    ]
}

extension WaitingOffers: Described {
    static let notes: [String: FieldNote] = [
        "offers": FieldNote("What waits for your answer, the first to expire first")
    ]
}

extension WaitingOffer: Described {
    package static let notes: [String: FieldNote] = [
        "id": FieldNote("Names the offer; `POST /v1/offers/{id}/accept` and `/decline` answer it"),
        "case": FieldNote("The case that is offered; it is open to you once you have accepted"),
        "reason": FieldNote("The short reason for the review, which is all that you decide on"),
        "lane": FieldNote(
            "How you would consult. `licensed`: with the patient, by your licence where the patient lives. "
                + "`peer_to_peer`: with the treating clinician"),
        "jurisdiction": FieldNote("Where the patient lives, by ISO 3166-2, as US-OH"),
        "language": FieldNote("The patient's language, BCP 47, as en or es-MX"),
        "expiresAt": FieldNote("Until when you can answer; afterwards the offer lapses"),
    ]
}

extension Declining: Described {
    static let notes: [String: FieldNote] = [
        "reason": FieldNote(
            "Why you decline, as one of these codes: the patient's side and the coordinators see it as `declineReason`")
    ]
}
