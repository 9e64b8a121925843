import Clinic
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

/// The absences of a specialist.
struct TimeOffList: Codable, Sendable {
    let timeOff: [TimeOff]
}

/// | route | who |
/// |---|---|
/// | `GET`, `PUT /v1/specialists/{id}/availability`, `POST …/availability/preview` | the specialist |
/// | `GET`, `POST /v1/specialists/{id}/time-off`, `DELETE …/{timeOff}` | the specialist |
/// | `POST /v1/specialists/{id}/clear` | the specialist, a coordinator |
func availabilityRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let own = Access.roles([.specialist])
    let from = Query<CivilDate>("from", "The first date; today in the zone of the hours when left out")
    let to = Query<CivilDate>(
        "to",
        "The last date; four weeks are shown when left out, \(AvailabilityPreview.mostDays) dates at most, and none "
            + "later than \(AvailabilityPreview.farthestDays) days from today")
    return [
        .read(
            .get, "/v1/specialists/{id}/availability", .specialists, "A specialist's own hours",
            details: "Wall times in their zone. The `ETag` is what an edit names in `If-Match`.", access: own,
            returns: .ok("Their hours", example: Availability.example, headers: ["ETag": "The version of the hours"]),
            refusals: [.notFound], audits: .nothing(because: "hours are not clinical")
        ) { call in
            let (availability, version) = try await scheduler.availability(
                of: call.id("id", as: AccountID.self), by: call.caller, in: call.tx)
            call.tag(version)
            return availability
        },
        .write(
            .put, "/v1/specialists/{id}/availability", .specialists, "Replace a specialist's own hours",
            details: """
                Each rule gives the same wall times on every date of a recurrence: `rrule` by RFC 5545 §3.3.10 (left out: \
                `startDate` alone), counted from `startDate`, which is a date of it only if the rule names it, without \
                `exdates` and with `rdates`. `UNTIL` is a date. Supported are \(HoursRule.supported) With \
                `INTERVAL` or `COUNT` the rule must name its `startDate`. Everything else is refused by name. A rule set \
                holds from `effectiveFrom` to `effectiveUntil`, both included, and for `visitTypes`, or for all. The \
                hours on a date are those of all rules together; what overlaps or adjoins is one. An override changes \
                one date: `replace` puts its hours in the place of the rules' (none: a day off), `add` beside them.

                A wall time that the clock repeats is the first of the two; one that it skips is read with the offset \
                before (RFC 5545 §3.3.5), and no consult starts at it. `24:00` is the end of the day. At most \
                \(Availability.mostSets) rule sets, \(Availability.mostRules) rules in all of them, \
                \(Availability.mostDates) `exdates` and as many `rdates` a rule, \(Availability.mostOverrides) overrides \
                with \(Availability.mostHours) intervals each. Booked consults are never touched: `outside` lists those \
                that the new hours do not cover. Needs `If-Match`.
                """, access: own, body: .json(example: Availability.example),
            returns: .ok(
                "The hours, and the consults outside them",
                example: AvailabilityChange.example,
                headers: ["ETag": "The version of the hours"]),
            refusals: [.notFound, .changedMeanwhile, .matchNeeded],
            replays: .entries { $1.reads(.appointment, $0.outside, by: \.case) }
        ) { availability, call in
            let (change, kept) = try await scheduler.replaceAvailability(
                of: call.id("id", as: AccountID.self), with: availability, ifVersion: call.requiredVersion(),
                by: call.caller,
                in: call.tx)
            call.tag(kept)
            return change
        },
        .read(
            .post, "/v1/specialists/{id}/availability/preview", .specialists, "See what hours would mean",
            details: """
                Takes what `PUT …/availability` takes, by the same rules, and saves nothing. `days` has every date of the \
                range with its hours as wall times and as instants, and what the clock skips or repeats on it; hours \
                that it skips wholly are left out. `outside` lists the booked consults that would lie outside. Time off \
                and what is booked are not taken off the hours.
                """, access: own, parameters: [.query(from), .query(to)], body: .json(example: Availability.example),
            returns: .ok("What they mean", example: AvailabilityPreview.example), refusals: [.notFound],
            audits: .entries { $1.reads(.appointment, $0.outside, by: \.case) }
        ) { availability, call in
            do {
                return try await scheduler.previewAvailability(
                    of: call.id("id", as: AccountID.self), availability, from: call.query(from), to: call.query(to),
                    by: call.caller, in: call.tx)
            } catch let refusal as FieldRefusal where ["/from", "/to"].contains(refusal.pointer) {
                throw Problem.parameters(refusal)
            }
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
            body: .json(example: TimeOffRequest.example),
            returns: .created(
                "The absence", example: TimeOffChange.example, isLocated: false),
            refusals: [.notFound],
            replays: .entries { $1.reads(.appointment, $0.outside, by: \.case) }
        ) { request, call in
            let id = try call.id("id", as: AccountID.self)
            return try await scheduler.takeTimeOff(request, of: id, by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/specialists/{id}/clear", .specialists, "Cancel what is in a range: the specialist cannot come",
            details: """
                The range becomes time off. Each consult in it that has not begun is cancelled, and everybody is told; \
                what was only held there goes back. To each party, in the order of their consults, the best openings are \
                offered for a day, to them alone: the soonest with the same people after the range, and, where the case's \
                match has an equal specialist to whom the lane is open and who can sooner, that. The party takes one by \
                `POST /v1/holds/{id}/accept`; what nobody takes is everybody's again when its time is over. For whom \
                there is nothing a coordinator gets the task `rebook_consult`. At most 31 days at once.
                """,
            access: .roles([.specialist, .coordinator]),
            body: .json(example: TimeOffRequest.example),
            returns: .created(
                "The absence, and what became of each consult",
                example: ClearedRange.example, isLocated: false),
            refusals: [.notFound],
            replays: .entries { $1.reads(.appointment, $0.consults, by: \.appointment.case) }
        ) { request, call in
            try await scheduler.clear(
                request, of: call.id("id", as: AccountID.self), by: call.caller, in: call.tx)
        },
        .write(
            .delete, "/v1/specialists/{id}/time-off/{timeOff}", .specialists, "Be there after all", access: own,
            returns: .noContent("The absence is gone"), refusals: [.notFound],
            replays: .noBody
        ) { call in
            try await scheduler.endTimeOff(
                call.id("timeOff", as: TimeOffID.self), of: call.id("id", as: AccountID.self), by: call.caller,
                in: call.tx)
            return NoContent()
        },
    ]
}
