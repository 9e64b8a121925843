import Clinic
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

/// A list of holds.
struct HoldList: Codable, Sendable {
    let holds: [Hold]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/holds`, `…/{id}/accept` | the party's side of the case, a coordinator |
/// | `GET /v1/holds`, `…/{id}` | everybody with a part in the case |
/// | `PATCH`, `DELETE /v1/holds/{id}` | the party's side, a coordinator |
func holdRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let theCase = Query<CaseID>("case", "Only the holds of this case")
    return [
        .write(
            .post, "/v1/holds", .scheduling, "Hold an opening",
            details: """
                A case holds one opening at a time: a new hold replaces the one before, which stays if the new one \
                fails. Over all their cases a party holds at most \(Hold.mostAtOnce). `token` books the hold and is \
                not shown again. With `colleagues` the hold is for a panel, and takes the calendars of all of them or \
                none.
                """, body: .json(example: HoldRequest.example), returns: .created("The hold", example: Hold.example),
            refusals: [.notFound, .notYourConsult, .caseNotBookable, .noParty, .openingTaken, .tooManyHolds],
            replays: .entries { $1.reads(.hold, $0.id, of: $0.case) }
        ) { request, call in
            let hold = try await scheduler.hold(request, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/holds/\(hold.id)"])
            return hold
        },
        .read(
            .get, "/v1/holds", .scheduling, "The holds of your cases",
            details: "Active holds, asked for and offered, without their tokens.", parameters: [.query(theCase)],
            returns: .ok("The next to expire first", example: HoldList(holds: [.tokenless])),
            audits: .entries { $1.reads(.hold, $0.holds, by: \.case) }
        ) { call in
            HoldList(holds: try await scheduler.holds(of: try call.query(theCase), by: call.caller, in: call.tx))
        },
        .read(
            .get, "/v1/holds/{id}", .scheduling, "A hold",
            details: "Without its token. A hold can be read after its end as well: `state` says how it ended.",
            returns: .ok("The hold", example: Hold.tokenless), refusals: [.notFound],
            audits: .entries { $1.reads(.hold, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.hold(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
        },
        .write(
            .patch, "/v1/holds/{id}", .scheduling, "Renew a hold",
            details: "It lasts as long again, counted from now. A hold can be renewed at most \(Hold.mostRenewals) "
                + "times, and an offered hold not at all.",
            returns: .ok("The hold, without its token", example: Hold.renewed),
            refusals: [.notFound, .notYourConsult, .holdOver, .renewedTooOften],
            replays: .entries { $1.reads(.hold, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.renew(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/holds/{id}/accept", .scheduling, "Accept an offered hold",
            details: """
                This one step books the opening, whether it is offered in place of a cancelled consult or from the \
                waitlist. An opening that is offered instead of a booked consult moves that consult, which keeps its \
                id. The other offers that were made with it are released. A mail's link leads to the offer, and \
                reading it changes nothing. Where the specialist has no part in the case yet, the patient's side \
                consents by this (`panel`) to their being brought in.
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
            .delete, "/v1/holds/{id}", .scheduling, "Release a hold", returns: .noContent("Its time is free again"),
            refusals: [.notFound, .notYourConsult, .holdOver],
            replays: .noBody
        ) { call in
            try await scheduler.release(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
