import Clinic
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

/// The waitlist places of the caller's cases.
struct WaitlistList: Codable, Sendable {
    let waitlist: [WaitlistEntry]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/waitlist`, `DELETE /v1/waitlist/{id}` | the party's side of the case, a coordinator |
/// | `GET /v1/waitlist`, `…/{id}` | everybody with a part in the case |
func waitlistRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let theCase = Query<CaseID>("case", "Only the place of this case")
    return [
        .write(
            .post, "/v1/waitlist", .scheduling, "Join the waitlist",
            details: """
                Waits for an opening earlier than `appointment`, or for any; of these, for those on `weekdays` and \
                `between` two times of the party's own clock. A suitable time that somebody gives up (a cancelled or \
                moved consult, a hold or an absence that ends) is offered to the first on the waitlist, as a hold for \
                them alone for two hours, and they are told. A party who declines it or does not answer keeps their \
                place; the next one is offered that time, and the party is offered nothing for twelve hours \
                (`pausedUntil`). An opening that is open to everybody while they wait, or becomes so, is not offered: \
                they are told once that it exists, and nothing is held. No such mail is sent at night (21:00 to 08:00 \
                where the party is) or in their quiet hours: an offer goes to the first party on the waitlist who may \
                be mailed then, or waits for the morning. Until it is offered, it is open to everybody.
                """, body: .json(example: WaitlistRequest.example),
            returns: .created("The place on the waitlist", example: WaitlistEntry.example),
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
            .get, "/v1/waitlist", .scheduling, "The waitlist places of your cases",
            parameters: [.query(theCase)],
            returns: .ok("The places, in the order of joining", example: WaitlistList(waitlist: [.example])),
            audits: .entries { $1.reads(.waitlist, $0.waitlist, by: \.case) }
        ) { call in
            WaitlistList(
                waitlist: try await scheduler.waitlist(of: try call.query(theCase), by: call.caller, in: call.tx))
        },
        .read(
            .get, "/v1/waitlist/{id}", .scheduling, "A place on the waitlist",
            returns: .ok("The place, with its current position", example: WaitlistEntry.example), refusals: [.notFound],
            audits: .entries { $1.reads(.waitlist, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.waitlistEntry(call.id("id", as: WaitlistID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/waitlist/{id}", .scheduling, "Leave the waitlist",
            details: "An opening that is offered to it is released.", returns: .noContent("The case no longer waits"),
            refusals: [.notFound, .notYourConsult, .notWaiting],
            replays: .noBody
        ) { call in
            try await scheduler.leaveWaitlist(call.id("id", as: WaitlistID.self), by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}
