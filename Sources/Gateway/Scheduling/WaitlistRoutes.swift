import Clinic
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

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
                For one earlier than `appointment`, or for any; of those, the ones on `weekdays` and `between` two times of \
                the party's own clock. What somebody gives up and suits (a consult that is cancelled or moved, a hold that \
                ends, time off that is ended) is offered to the first in line, as a hold that is theirs alone for two \
                hours, and they are told; who declines it or lets it pass keeps their place, the next in line has that \
                time, and they are offered nothing for twelve hours (`pausedUntil`). What was open to everybody while they \
                waited, or becomes so, is offered to nobody: they are told once that it is there, and nothing is kept. No \
                such mail comes at night (21:00 to 08:00 where the party is) or in their quiet hours: an offer goes to the \
                first in line who is awake, or waits for the morning. Until it is offered it is everybody's.
                """, body: .json(example: WaitlistRequest.example),
            returns: .created("The place in the line", example: WaitlistEntry.example),
            refusals: [
                .notFound, .notYourConsult, .caseNotBookable, .noParty, .alreadyWaiting, .wrongAppointmentState,
            ],
            replays: .entries { $1.reads(.waitlist, $0.id, of: $0.case) }
        ) { request, call in
            let entry = try await scheduler.joinWaitlist(request, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/waitlist/\(entry.id)"])
            return entry
        },
        .read(
            .get, "/v1/waitlist", .scheduling, "Where the caller's cases wait",
            parameters: [.query(theCase)],
            returns: .ok("In the order of joining", example: WaitlistList(waitlist: [.example])),
            audits: .entries { $1.reads(.waitlist, $0.waitlist, by: \.case) }
        ) { call in
            WaitlistList(
                waitlist: try await scheduler.waitlist(of: try call.query(theCase), by: call.caller, in: call.tx))
        },
        .read(
            .get, "/v1/waitlist/{id}", .scheduling, "A place in the line",
            returns: .ok("With its position now", example: WaitlistEntry.example), refusals: [.notFound],
            audits: .entries { $1.reads(.waitlist, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.waitlistEntry(call.id("id", as: WaitlistID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/waitlist/{id}", .scheduling, "Leave the line",
            details: "What is offered there goes back.", returns: .noContent("They wait no more"),
            refusals: [.notFound, .notYourConsult, .notWaiting],
            replays: .noBody
        ) { call in
            try await scheduler.leaveWaitlist(call.id("id", as: WaitlistID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
