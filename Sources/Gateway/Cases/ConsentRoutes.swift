import Cases
import Clinic
import HTTPServer
import HTTPTypes
package import JSON
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `POST /v1/cases/{id}/consents`, `DELETE …/{consent}` | the patient's side |
/// | `GET /v1/cases/{id}/consents` | everyone who reads the case |
/// | `GET /v1/consent-wordings` | everybody who is signed in |
func consentRoutes(_ consents: Consents) -> [Endpoint] {
    [
        .read(
            .get, "/v1/consent-wordings", .cases, "The texts of consents",
            details: """
                All versions by their names, including those that are no longer in force: the text that somebody \
                agreed to can still be read.
                """,
            returns: .ok("The texts", example: ConsentWordingList(wordings: [.example])),
            audits: .nothing(because: "it is the programme's text, and says nothing about anybody")
        ) { call in
            ConsentWordingList(wordings: try await ConsentWordings.list(in: call.tx))
        },
        .write(
            .post, "/v1/cases/{id}/consents", .cases, "Give a consent",
            details: "`wording` names the text that was shown: one of `GET /v1/consent-wordings` that is in force.",
            body: .json(example: ConsentDraft.example),
            returns: .created("The consent", example: Consent.example, isLocated: false),
            refusals: [.notFound, .notYourPart, .wrongState, .consentGiven],
            replays: .entries { $1.readsOfPath(.consent, $0.id.rawValue) }
        ) { draft, call in
            let id = try call.id("id", as: CaseID.self)
            return try await consents.give(draft, for: id, by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/consents", .cases, "The consents of a case, including withdrawn ones",
            returns: .ok("All of them", example: ConsentList.example),
            refusals: [.notFound, .notYourPart],
            audits: .entries { $1.readsOfCase(.consent, items: $0.consents.count) }
        ) { call in
            try await consents.list(for: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/cases/{id}/consents/{consent}", .cases, "Withdraw a consent",
            details: """
                It stays on record as withdrawn. Without `second_opinion`, `records_release` or (in the lane \
                `licensed`) `telehealth`, the case cannot be submitted or completed and no opinion can be signed until \
                the consent is given again; the people of the case can still read it until it is withdrawn. Without \
                `peer_to_peer` that lane is closed and no clinician consults. Without `treating_clinician` no \
                clinician takes part any longer. Without `panel` no colleague takes part: panels go on without them, \
                and a consult with one of them alone is cancelled.
                """,
            returns: .noContent("Withdrawn"), refusals: [.notFound, .notYourPart, .wrongState],
            replays: .noBody
        ) { call in
            try await consents.withdraw(
                call.id("consent", as: ConsentID.self), of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx
            )
            return NoContent()
        },
    ]
}

/// The texts of consents.
struct ConsentWordingList: Codable, Sendable, Described {
    var wordings: [ConsentWording]

    static let notes = ["wordings": FieldNote("By kind, the latest first")]
}

extension ConsentWording: Described {
    package static let notes = [
        "name": FieldNote("What `wording` of a consent names"), "kind": FieldNote("What is agreed to"),
        "since": FieldNote("Since when this version exists"),
        "inForce": FieldNote("Whether somebody can agree to it now"),
        "texts": FieldNote("The text in each of its languages"),
    ]
}

extension ConsentText: Described {
    package static let notes = [
        "language": FieldNote("The language of the text, as a BCP 47 tag"),
        "text": FieldNote("The text, to be shown in full before anybody agrees"),
    ]
}
