import Clinic
import HTTPTypes
import Scheduling

/// The absences of a specialist.
struct TimeOffList: Codable, Sendable {
    let timeOff: [TimeOff]
}

/// | route | who |
/// |---|---|
/// | `GET`, `PUT /v1/specialists/{id}/availability` | the specialist herself |
/// | `GET`, `POST /v1/specialists/{id}/time-off`, `DELETE …/{timeOff}` | the specialist herself |
func availabilityRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let own = Access.roles([.specialist])
    return [
        .read(
            .get, "/v1/specialists/{id}/availability", .specialists, "A specialist's own hours",
            details: "Wall times in her zone. The `ETag` is what an edit names in `If-Match`.", access: own,
            returns: .ok("Her hours", example: Availability.example, headers: ["ETag": "The version of the hours"]),
            refusals: [.notFound], audits: .nothing(because: "hours are not clinical")
        ) { call in
            let (availability, version) = try await scheduler.availability(
                of: call.id("id", as: AccountID.self), by: call.caller, in: call.tx)
            call.reply(etag: String(version))
            return availability
        },
        .write(
            .put, "/v1/specialists/{id}/availability", .specialists, "Replace a specialist's own hours",
            details: """
                A wall time that the clock repeats is the first of the two; one that it skips does not exist (RFC 5545 \
                §3.3.5). A dated exception replaces the weekly hours of its date. Booked consults are never touched: \
                `outside` lists those that the new hours do not cover. Needs `If-Match`.
                """, access: own, body: .json(example: Availability.example),
            returns: .ok(
                "The hours, and the consults outside them",
                example: AvailabilityChange(.example, outside: [.example]),
                headers: ["ETag": "The version of the hours"]),
            refusals: [.notFound, .changedMeanwhile, .matchNeeded]
        ) { availability, call in
            guard let version = Int(try call.requiredIfMatch()) else { throw Problem(.changedMeanwhile) }
            let (change, kept) = try await scheduler.replaceAvailability(
                of: call.id("id", as: AccountID.self), with: availability, ifVersion: version, by: call.caller,
                in: call.tx)
            call.reply(etag: String(kept))
            return change
        },
        .read(
            .get, "/v1/specialists/{id}/time-off", .specialists, "A specialist's own absences to come", access: own,
            returns: .ok("Earliest first", example: TimeOffList(timeOff: [.example])), refusals: [.notFound],
            audits: .nothing(because: "an absence is not clinical")
        ) { call in
            TimeOffList(
                timeOff: try await scheduler.timeOff(
                    of: call.id("id", as: AccountID.self), by: call.caller, in: call.tx))
        },
        .write(
            .post, "/v1/specialists/{id}/time-off", .specialists, "Take time off",
            details: "Openings in it are gone at once; booked consults stand and are listed in `outside`.",
            access: own,
            body: .json(
                example: TimeOffRequest(startsAt: TimeOff.example.startsAt, endsAt: TimeOff.example.endsAt)),
            returns: .created(
                "The absence", example: TimeOffChange(timeOff: .example, outside: [.example])),
            refusals: [.notFound]
        ) { request, call in
            let id = try call.id("id", as: AccountID.self)
            let change = try await scheduler.takeTimeOff(request, of: id, by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/specialists/\(id)/time-off/\(change.timeOff.id)"])
            return change
        },
        .write(
            .delete, "/v1/specialists/{id}/time-off/{timeOff}", .specialists, "Be there after all", access: own,
            returns: .noContent("The absence is gone"), refusals: [.notFound]
        ) { call in
            try await scheduler.endTimeOff(
                call.id("timeOff", as: TimeOffID.self), of: call.id("id", as: AccountID.self), by: call.caller,
                in: call.tx)
            return NoContent()
        },
    ]
}
