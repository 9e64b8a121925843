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

/// Where a consult is moved to.
struct RescheduleRequest: Codable, Sendable {
    let startsAt: Date
}

extension AppointmentState: ParameterValue {}

/// | route | who |
/// |---|---|
/// | `POST /v1/appointments` | the party's side of the case, with the hold's token |
/// | `GET /v1/appointments`, `…/{id}`, `…/{id}/calendar`, `…/{id}/room` | everybody with a part in the case |
/// | `…/{id}/reschedule`, `/cancel` | the party's side until the policy's limit, the specialist, a coordinator |
/// | `…/{id}/check-in` | the party's side |
/// | `…/{id}/join` | the party's side, the specialist, who sits in its panel |
/// | `…/{id}/complete`, `/no-show` | the specialist, a coordinator |
func appointmentRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    readRoutes(scheduler) + changeRoutes(scheduler) + attendanceRoutes(scheduler)
}

private func readRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let theCase = Query<CaseID>("case", "Only those of a case")
    let state = Query<AppointmentState>("state", "Only those in a state")
    let from = Query<Date>("from", "Only those that end after this instant")
    return [
        .read(
            .get, "/v1/appointments", .scheduling, "The consults of the caller's cases",
            parameters: Page.parameters + [.query(theCase), .query(state), .query(from)],
            returns: .ok("By their start", example: AppointmentList(appointments: [.example]), headers: Page.headers),
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
            .get, "/v1/appointments/{id}/room", .scheduling, "Who is in a consult's room",
            details: "`waiting`: the party's side waits for a specialist. `open`: whoever joins is let in.",
            returns: .ok("The room", example: ConsultRoom.open), refusals: [.notFound],
            audits: .nothing(
                because:
                    "who waits asks every few seconds, and it tells who is there and nothing else; joining is an entry"
            )
        ) { call in
            try await scheduler.room(of: call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
        .download(
            "/v1/appointments/{id}/calendar", .scheduling, "A consult as an entry for a calendar program",
            details:
                "RFC 5545, with a UID that stays and a SEQUENCE that rises. It carries no name and no clinical word.",
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
            .post, "/v1/appointments", .scheduling, "Book what a hold keeps",
            details: """
                The licence lane is checked and its evidence kept; both people are told now, and reminded a day and an \
                hour before.
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
                It keeps its id, and its old time until the new one is won. Takes `If-Match`. `GET /v1/openings` with \
                `appointment` lists where it can go.
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
            .post, "/v1/appointments/{id}/cancel", .scheduling, "Call a consult off",
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
            .post, "/v1/appointments/{id}/check-in", .scheduling, "Say that one is there",
            returns: .ok("The consult", example: Appointment.checkedIn),
            refusals: [.notFound, .notYourConsult, .outsideJoinWindow, .wrongAppointmentState],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.checkIn(call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/appointments/{id}/join", .scheduling, "Open the consult's room",
            details: """
                In the licensed lane the patient's side says where the patient is now: the specialist must be licensed \
                there. Until the consult's specialist has joined, the party's side is in the waiting room, and neither \
                it nor who sits in the panel gets a token: ask `…/room` until it is open, and join again. The token \
                (RFC 7519) serves one person, one room and the window; for Jitsi `url` is the link with the token in it, for LiveKit the server to connect to with it.
                """, body: .json(example: JoinRequest.example),
            returns: .ok("The way in", example: JoinPass.example),
            refusals: [.notFound, .notYourConsult, .outsideJoinWindow, .wrongAppointmentState, .laneClosed],
            replays: .entries { $1.reads(.room, $0.case, of: $0.case) }
        ) { request, call in
            try await scheduler.join(call.id("id", as: AppointmentID.self), request, by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/appointments/{id}/complete", .scheduling, "Say that the consult took place",
            returns: .ok("The consult", example: Appointment.completed),
            refusals: [.notFound, .notYourConsult, .notBegun, .wrongAppointmentState],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.complete(call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
        .write(
            .post, "/v1/appointments/{id}/no-show", .scheduling, "Say that the party did not come",
            details: "From `noShowFrom` on, and only of who never joined: the waiting room counts as having come.",
            returns: .ok("The consult", example: Appointment.missed),
            refusals: [.notFound, .notYourConsult, .notBegun, .stillAwaited, .partyCame, .wrongAppointmentState],
            replays: .entries { $1.reads(.appointment, $0.id, of: $0.case) }
        ) { call in
            try await scheduler.markNoShow(call.id("id", as: AppointmentID.self), by: call.caller, in: call.tx)
        },
    ]
}
