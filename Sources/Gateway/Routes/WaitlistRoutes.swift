import Clinic
import HTTPTypes
import Scheduling

/// The places of the caller's cases in the lines.
struct WaitlistList: Codable, Sendable {
    let waitlist: [WaitlistEntry]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/waitlist`, `DELETE /v1/waitlist/{id}` | the party's side of the case, a coordinator |
/// | `GET /v1/waitlist`, `…/{id}` | everybody with a part in the case |
func waitlistRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let theCase = Query<CaseID>("case", "Only that of a case")
    return [
        .write(
            .post, "/v1/waitlist", .scheduling, "Wait for an opening",
            details: """
                For one earlier than `appointment`, or for any. What becomes free and suits is offered to the first in \
                line, as a hold that is hers alone for two hours, and she is told; who lets it pass keeps her place, and \
                the next in line has that time. In the moment between becoming free and being offered it is everybody's.
                """, body: .json(example: WaitlistRequest.example),
            returns: .created("The place in the line", example: WaitlistEntry.example),
            refusals: [
                .notFound, .notYourConsult, .caseNotBookable, .noParty, .alreadyWaiting, .wrongAppointmentState,
            ]
        ) { request, call in
            let entry = try await scheduler.joinWaitlist(request, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/waitlist/\(entry.id)"])
            return entry
        },
        .read(
            .get, "/v1/waitlist", .scheduling, "Where the caller's cases wait",
            parameters: [.query(theCase)],
            returns: .ok("In the order of joining", example: WaitlistList(waitlist: [.example])),
            audits: .nothing(because: "a place in a line is not clinical")
        ) { call in
            WaitlistList(
                waitlist: try await scheduler.waitlist(of: try call.query(theCase), by: call.caller, in: call.tx))
        },
        .read(
            .get, "/v1/waitlist/{id}", .scheduling, "A place in the line",
            returns: .ok("With its position now", example: WaitlistEntry.example), refusals: [.notFound],
            audits: .nothing(because: "a place in a line is not clinical")
        ) { call in
            try await scheduler.waitlistEntry(call.id("id", as: WaitlistID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/waitlist/{id}", .scheduling, "Leave the line",
            details: "What is offered there goes back.", returns: .noContent("She waits no more"),
            refusals: [.notFound, .notYourConsult, .notWaiting]
        ) { call in
            try await scheduler.leaveWaitlist(call.id("id", as: WaitlistID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
