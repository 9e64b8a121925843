import Clinic
package import HTTPServer
import HTTPTypes
package import Matching
import ServiceAPI

/// The offers of a case, the newest first.
struct OfferList: Codable, Sendable {
    var offers: [Offer]
}

/// The offers that wait for one specialist's answer, the most urgent first.
struct WaitingOffers: Codable, Sendable {
    var offers: [WaitingOffer]
}

/// Why a specialist declines.
struct Declining: Codable, Sendable {
    var reason: DeclineReason
}

/// | route | who |
/// |---|---|
/// | `POST`, `GET /v1/cases/{id}/offers` | the patient, their caregivers, coordinators |
/// | `POST /v1/offers/{id}/withdraw` | the same |
/// | `POST /v1/cases/{id}/reassign` | coordinators |
/// | `GET /v1/offers`, `POST /v1/offers/{id}/accept`, `/decline` | the specialist who is asked |
package func offerRoutes(_ matching: MatchingService) -> [Endpoint] {
    [
        .write(
            .post, "/v1/cases/{id}/offers", .matching, "Put a case to a specialist of the menu",
            details: """
                The case must be `ready`. Without `specialist` the best of the menu who can take it is asked. When they \
                decline or do not answer in time, the next of the menu is asked by itself.
                """,
            body: .json(example: OfferRequest.example),
            returns: .created("The offer", example: Offer.example, isLocated: false),
            refusals: [
                .notFound, .notYourPart, .wrongState, .alreadyAsked, .menuExhausted, .specialistUnavailable,
                .laneNotOpen,
            ],
            replays: .entries { $1.reads(.offer, $0.id, of: $0.case) }
        ) { request, call in
            let id = try call.id("id", as: CaseID.self)
            return try await matching.makeOffer(request, for: id, by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/cases/{id}/offers", .matching, "The offers of a case, the newest first",
            returns: .ok("The offers", example: OfferList(offers: [.accepted, .declined])),
            refusals: [.notFound, .notYourPart],
            audits: .entries { list, call in
                list.offers.first.map { offer in
                    [
                        AuditRead(
                            .offer, offer.case.rawValue, in: .case(offer.case), by: call.caller.account,
                            items: list.offers.count)
                    ]
                } ?? []
            }
        ) { call in
            OfferList(
                offers: try await matching.offers(
                    of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx))
        },
        .write(
            .post, "/v1/offers/{id}/withdraw", .matching, "Take back an offer that waits",
            details: """
                For a wrong lane, or a specialist who does not answer: the case is `ready` again, and who was asked is told. \
                Nobody is asked instead; a task `rescue_menu` has a coordinator go on with the case.
                """,
            returns: .ok("The offer", example: Offer.withdrawn), refusals: [.notFound, .notYourPart, .offerClosed],
            replays: .entries { $1.reads(.offer, $0.id, of: $0.case) }
        ) { call in
            try await matching.withdraw(call.id("id", as: OfferID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/cases/{id}/reassign", .matching, "Take an accepted case back from its specialist",
            details: """
                The case must be `accepted` or `reviewing`, and is `ready` afterwards. Its consults are cancelled, and \
                who would have met is told.
                """,
            access: .roles([.coordinator]), returns: .noContent("The case is ready for a new match"),
            refusals: [.notFound, .notYourPart, .wrongState],
            replays: .noBody
        ) { call in
            try await matching.reassign(call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
        .read(
            .get, "/v1/offers", .matching, "The offers that wait for your answer", access: .roles([.specialist]),
            returns: .ok("The offers, the most urgent first", example: WaitingOffers(offers: [.example])),
            audits: .entries { list, call in
                list.offers.map {
                    AuditRead(.offer, $0.id.rawValue, in: .case($0.case), by: call.caller.account)
                }
            }
        ) { call in
            WaitingOffers(offers: try await matching.waitingOffers(of: call.caller, in: call.tx))
        },
        .write(
            .post, "/v1/offers/{id}/accept", .matching, "Take the case", access: .roles([.specialist]),
            returns: .ok("The offer", example: Offer.accepted),
            refusals: [.notFound, .offerClosed, .offerExpired, .specialistUnavailable, .laneNotOpen],
            replays: .entries { $1.reads(.offer, $0.id, of: $0.case) }
        ) { call in
            try await matching.accept(call.id("id", as: OfferID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/offers/{id}/decline", .matching, "Pass the case on", access: .roles([.specialist]),
            body: .json(example: Declining(reason: .outsideExpertise)), returns: .noContent("The next one is asked"),
            refusals: [.notFound, .offerClosed, .offerExpired],
            replays: .noBody
        ) { body, call in
            try await matching.decline(
                call.id("id", as: OfferID.self), because: body.reason, by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
