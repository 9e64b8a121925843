import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import Scheduling
import ServiceAPI

/// Booked consults.
struct AppointmentList: Codable, Sendable {
    let appointments: [Appointment]
}

/// The new start of a consult.
struct RescheduleRequest: Codable, Sendable {
    let startsAt: Date
}

/// | route | who |
/// |---|---|
/// | `POST /v1/appointments` | the party's side of the case, with the hold's token |
/// | `GET /v1/appointments`, `…/{id}`, `…/{id}/calendar`, `…/{id}/room` | everybody with a part in the case |
/// | `…/{id}/reschedule`, `/cancel` | the party's side until the policy's limit, the specialist, a coordinator |
/// | `…/{id}/check-in` | the party's side |
/// | `…/{id}/join` | the party's side, the specialist, the colleagues of its panel |
/// | `…/{id}/complete`, `/no-show` | the specialist, a coordinator |
func appointmentRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    readRoutes(scheduler) + changeRoutes(scheduler) + attendanceRoutes(scheduler)
}

private func readRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let theCase = Query<CaseID>("case", "Only the consults of this case")
    let state = Query<AppointmentState>("state", "Only the consults in this state")
    let from = Query<Date>("from", "Only the consults that end after this instant")
    return [
        .read(
            .get, "/v1/appointments", .scheduling, "The consults of your cases",
            parameters: Page.parameters + [.query(theCase), .query(state), .query(from)],
            returns: .ok(
                "The consults, by their start", example: AppointmentList(appointments: [.example]),
                headers: Page.headers),
            audits: .entries { $1.reads(.appointment, $0.appointments, by: \.case) }
        ) { call in
            let page = try call.page
            let found = try await scheduler.appointments(
                AppointmentSearch(
                    case: try call.query(theCase), state: try call.query(state), from: try call.query(from),
                    after: page.after(as: AppointmentID.self), limit: page.limit), by: call.caller, in: call.tx)
            call.link(next: found.count == page.limit ? found.last?.id.description : nil)
            return AppointmentList(appointments: found)
        },
        .read(
            .get, "/v1/appointments/{id}", .scheduling, "A consult",
            returns: .ok("The consult", example: Appointment.example, headers: ["ETag": "Its version"]),
            refusals: [.notFound],
            audits: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            let appointment = try await scheduler.appointment(
                call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
            call.tag(appointment.version)
            return appointment
        },
        .read(
            .get, "/v1/appointments/{id}/room", .scheduling, "The room of a consult",
            details: "`waiting`: the party's side waits for a specialist. `open`: everybody who joins is admitted.",
            returns: .ok("The room", example: ConsultRoom.open), refusals: [.notFound],
            audits: .nothing(
                because:
                    "a waiting client asks every few seconds, and the answer only says who is there; joining "
                    + "leaves an entry"
            )
        ) { call in
            try await scheduler.room(of: call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
        .download(
            "/v1/appointments/{id}/calendar", .scheduling, "A consult as a calendar entry",
            details:
                "RFC 5545, with a UID that stays and a SEQUENCE that rises. It has no name and no clinical word.",
            mediaTypes: ["text/calendar"], refusals: [.notFound],
            audits: .delivered
        ) { call in
            let id = try call.id("id", as: AppointmentID.self)
            let calendar = try await call.transaction { tx in
                try await scheduler.calendarEntry(of: id, by: call.caller, in: tx)
            }
            let read = AuditRead(
                .calendarEntry, id.rawValue, in: .case(calendar.case), by: call.caller.account)
            return Download(calendar: calendar.text, reads: [read])
        },
    ]
}

private func changeRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    [
        .write(
            .post, "/v1/appointments", .scheduling, "Book a hold",
            details: """
                The licence lane is checked and its evidence stored. Both people are told now, and reminded a day and \
                an hour before.
                """,
            body: .json(example: BookingRequest.example),
            returns: .created("The consult", example: Appointment.example, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourConsult, .holdOver, .wrongToken, .laneClosed, .caseNotBookable],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { request, call in
            let appointment = try await scheduler.book(request, by: call.caller, in: call.tx)
            call.reply(
                headers: [.location: "/v1/appointments/\(appointment.id)"], etag: String(appointment.version))
            return appointment
        },
        .write(
            .post, "/v1/appointments/{id}/reschedule", .scheduling, "Move a consult",
            details: """
                It keeps its id, and it keeps its old time until it has the new one. Takes `If-Match`. `GET \
                /v1/openings` with `appointment` lists the possible starts.
                """, body: .json(example: RescheduleRequest(startsAt: ExampleValues.Consult.start)),
            returns: .ok("The consult", example: Appointment.moved, headers: ["ETag": "Its version"]),
            refusals: [
                .notFound, .notYourConsult, .openingTaken, .tooLateToChange, .wrongAppointmentState, .laneClosed,
                .caseNotBookable, .changedMeanwhile,
            ],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { request, call in
            let appointment = try await scheduler.reschedule(
                call.id("id", as: AppointmentID.self), to: request.startsAt, ifVersion: call.expectedVersion,
                by: call.caller, in: call.tx)
            call.tag(appointment.version)
            return appointment
        },
        .write(
            .post, "/v1/appointments/{id}/cancel", .scheduling, "Cancel a consult",
            details: "Its time is free at once, and both people are told. Takes `If-Match`.",
            returns: .ok("The consult", example: Appointment.cancelled),
            refusals: [.notFound, .notYourConsult, .tooLateToChange, .wrongAppointmentState, .changedMeanwhile],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.cancel(
                call.id("id", as: AppointmentID.self), ifVersion: call.expectedVersion, by: call.caller, in: call.tx)
        },
    ]
}

private func attendanceRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    [
        .write(
            .post, "/v1/appointments/{id}/check-in", .scheduling, "Check in",
            returns: .ok("The consult", example: Appointment.checkedIn),
            refusals: [.notFound, .notYourConsult, .outsideJoinWindow, .wrongAppointmentState],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.checkIn(call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/appointments/{id}/join", .scheduling, "Join a consult",
            details: """
                In the licensed lane the patient's side says where the patient is now: the specialist must be licensed \
                there. Until the consult's specialist has joined, the party's side is in the waiting room, and neither \
                the party nor the colleagues of the panel get a token: ask `…/room` until it is open, and join again. \
                The token (RFC 7519) is valid for one person, one room and the time of the consult. For Jitsi `url` is \
                the link with the token in it; for LiveKit it is the server to connect to with the token.
                """, body: .json(example: JoinRequest.example),
            returns: .ok("The link and the token of the room", example: JoinPass.example),
            refusals: [.notFound, .notYourConsult, .outsideJoinWindow, .wrongAppointmentState, .laneClosed],
            replays: .entries { $1.reads(.room, $0.case, of: $0.case) }
        ) { request, call in
            try await scheduler.join(call.id("id", as: AppointmentID.self), request, by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/appointments/{id}/complete", .scheduling, "Complete a consult",
            returns: .ok("The consult", example: Appointment.completed),
            refusals: [.notFound, .notYourConsult, .notBegun, .wrongAppointmentState],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.complete(call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/appointments/{id}/no-show", .scheduling, "Mark a consult as a no-show",
            details:
                "Allowed from `noShowFrom` on, and only if the party never joined: the waiting room counts as joining.",
            returns: .ok("The consult", example: Appointment.missed),
            refusals: [.notFound, .notYourConsult, .notBegun, .stillAwaited, .partyCame, .wrongAppointmentState],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.markNoShow(call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
    ]
}
