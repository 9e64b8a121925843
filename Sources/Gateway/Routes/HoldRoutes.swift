import Clinic
import HTTPTypes
import Scheduling

/// | route | who |
/// |---|---|
/// | `POST /v1/holds` | the party's side of the case, a coordinator |
/// | `GET /v1/holds/{id}` | everybody with a part in the case |
/// | `PATCH`, `DELETE /v1/holds/{id}` | the party's side, a coordinator |
func holdRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    [
        .write(
            .post, "/v1/holds", .scheduling, "Keep an opening for a while",
            details: """
                A case keeps one opening at a time: the next takes the place of the one before, which stays when the \
                new one is not won. `token` books it and is not shown again.
                """, body: .json(example: HoldRequest.example), returns: .created("The hold", example: Hold.example),
            refusals: [.notFound, .notYourConsult, .caseNotBookable, .noParty, .openingTaken]
        ) { request, call in
            let hold = try await scheduler.hold(request, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/holds/\(hold.id)"])
            return hold
        },
        .read(
            .get, "/v1/holds/{id}", .scheduling, "A hold", details: "Without its token.",
            returns: .ok("The hold", example: Hold.tokenless), refusals: [.notFound, .holdOver],
            audits: .nothing(because: "a hold is a time and nothing clinical")
        ) { call in
            try await scheduler.hold(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
        },
        .write(
            .patch, "/v1/holds/{id}", .scheduling, "Keep it for as long again",
            details: "Counted from now, at most \(Hold.mostRenewals) times.",
            returns: .ok("The hold, without its token", example: Hold.renewed),
            refusals: [.notFound, .notYourConsult, .holdOver, .renewedTooOften]
        ) { call in
            try await scheduler.renew(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/holds/{id}", .scheduling, "Give it back", returns: .noContent("Its time is free again"),
            refusals: [.notFound, .notYourConsult, .holdOver]
        ) { call in
            try await scheduler.release(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
