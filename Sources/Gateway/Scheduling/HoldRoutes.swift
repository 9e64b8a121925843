import Clinic
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

/// What is kept.
struct HoldList: Codable, Sendable {
    let holds: [Hold]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/holds`, `…/{id}/accept` | the party's side of the case, a coordinator |
/// | `GET /v1/holds`, `…/{id}` | everybody with a part in the case |
/// | `PATCH`, `DELETE /v1/holds/{id}` | the party's side, a coordinator |
func holdRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let theCase = Query<CaseID>("case", "Only those of a case")
    return [
        .write(
            .post, "/v1/holds", .scheduling, "Keep an opening for a while",
            details: """
                A case keeps one opening at a time: the next takes the place of the one before, which stays when the \
                new one is not won; over all their cases a party keeps at most \(Hold.mostAtOnce). `token` books it and is \
                not shown again. With `colleagues` it is a panel's, and takes the calendars of all of them or none.
                """, body: .json(example: HoldRequest.example), returns: .created("The hold", example: Hold.example),
            refusals: [.notFound, .notYourConsult, .caseNotBookable, .noParty, .openingTaken, .tooManyHolds],
            replays: .entries { $1.reads(.hold, $0.id, of: $0.case) }
        ) { request, call in
            let hold = try await scheduler.hold(request, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/holds/\(hold.id)"])
            return hold
        },
        .read(
            .get, "/v1/holds", .scheduling, "What is kept for the caller's cases",
            details: "Asked for and offered, as long as it is active; without tokens.", parameters: [.query(theCase)],
            returns: .ok("The next to expire first", example: HoldList(holds: [.tokenless])),
            audits: .entries { $1.reads(.hold, $0.holds, by: \.case) }
        ) { call in
            HoldList(holds: try await scheduler.holds(of: try call.query(theCase), by: call.caller, in: call.tx))
        },
        .read(
            .get, "/v1/holds/{id}", .scheduling, "A hold",
            details: "Without its token; also once it is over, when `state` says how it ended.",
            returns: .ok("The hold", example: Hold.tokenless), refusals: [.notFound],
            audits: .entries { $1.reads(.hold, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.hold(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
        },
        .write(
            .patch, "/v1/holds/{id}", .scheduling, "Keep it for as long again",
            details: "Counted from now, at most \(Hold.mostRenewals) times; an offered hold not at all.",
            returns: .ok("The hold, without its token", example: Hold.renewed),
            refusals: [.notFound, .notYourConsult, .holdOver, .renewedTooOften],
            replays: .entries { $1.reads(.hold, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.renew(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/holds/{id}/accept", .scheduling, "Take what is offered",
            details: """
                An opening that is offered, in place of a consult that was called off or from the waitlist, is booked in \
                this one step; one that is offered instead of a consult that stands moves that consult, which keeps its \
                id. Whatever else was offered with it goes back. A mail's link leads to the offer, and reading it changes \
                nothing. With a specialist who has no part in the case yet, the patient's side consents by this to \
                their being brought in (`panel`).
                """,
            returns: .created("The consult", example: Appointment.example, headers: ["ETag": "Its version"]),
            refusals: [
                .notFound, .notYourConsult, .holdOver, .notOffered, .openingTaken, .laneClosed, .consentNeeded,
                .caseNotBookable, .wrongAppointmentState, .hasPart,
            ],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            let appointment = try await scheduler.accept(
                call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
            call.reply(
                headers: [.location: "/v1/appointments/\(appointment.id)"], etag: String(appointment.version))
            return appointment
        },
        .write(
            .delete, "/v1/holds/{id}", .scheduling, "Give it back", returns: .noContent("Its time is free again"),
            refusals: [.notFound, .notYourConsult, .holdOver],
            replays: .noBody
        ) { call in
            try await scheduler.release(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
