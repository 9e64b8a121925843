import Clinic
import FoundationEssentials
import HTTPTypes
import Scheduling

/// Starts that can be booked.
struct OpeningList: Codable, Sendable {
    let openings: [Opening]
}

/// What kinds of consult there are.
struct VisitTypeList: Codable, Sendable {
    let visitTypes: [VisitType]
}

/// | route | who |
/// |---|---|
/// | `GET /v1/openings?case=` | everybody with a part in the case |
/// | `GET /v1/openings?specialist=`, `GET /v1/visit-types` | everybody who is signed in |
/// | `GET /v1/openings/soonest` | everybody with a part in the case |
func openingRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let caseQuery = Query<CaseID>("case", "The case for which to book: its specialist, and what suits both calendars")
    let theCase = Query<CaseID>(required: "case", "The case for which to book")
    let specialist = Query<AccountID>("specialist", "A specialist to browse, without a case")
    let from = Query<Date>("from", "The earliest start; now when left out")
    let to = Query<Date>(
        "to", "Before this start; 14 days after `from` when left out, at most \(OpeningSearch.mostDays) days after it")
    let visitType = Query<String>("visitType", "The kind of consult", default: VisitType.usual)
    let limit = Query<Int>("limit", "The most openings", default: 3, range: 1...20)
    let moving = Query<AppointmentID>("appointment", "An appointment to be moved: its own time counts as free")
    return [
        .read(
            .get, "/v1/openings", .scheduling, "What can be booked",
            details: """
                The very source that booking asks: what is listed can be held until somebody takes it, a rule changes \
                or its notice runs out. A case's own hold counts as free, because the next replaces it.
                """,
            parameters: [
                .query(caseQuery), .query(specialist), .query(from), .query(to), .query(visitType), .query(moving),
            ],
            returns: .ok("Earliest first", example: OpeningList(openings: [.example])),
            refusals: [.notFound, .caseNotBookable, .noParty],
            audits: .nothing(because: "openings are not clinical")
        ) { call in
            let search = OpeningSearch(
                case: try call.query(caseQuery), specialist: try call.query(specialist), from: try call.query(from),
                to: try call.query(to), visitType: try call.required(visitType), moving: try call.query(moving))
            do {
                return OpeningList(openings: try await scheduler.openings(search, by: call.caller, in: call.tx))
            } catch let refusal as FieldRefusal {
                throw Problem.parameters(refusal)
            }
        },
        .read(
            .get, "/v1/openings/soonest", .scheduling, "The soonest that can be booked for a case",
            parameters: [.query(theCase), .query(visitType), .query(limit)],
            returns: .ok("Earliest first", example: OpeningList(openings: [.example])),
            refusals: [.notFound, .caseNotBookable, .noParty],
            audits: .nothing(because: "openings are not clinical")
        ) { call in
            do {
                return OpeningList(
                    openings: try await scheduler.soonest(
                        for: call.required(theCase), visitType: call.required(visitType), limit: call.required(limit),
                        by: call.caller, in: call.tx))
            } catch let refusal as FieldRefusal {
                throw Problem.parameters(refusal)
            }
        },
        .read(
            .get, "/v1/visit-types", .scheduling, "The kinds of consult with their policies",
            returns: .ok(
                "Shortest first",
                example: VisitTypeList(visitTypes: [
                    VisitType(
                        id: "consult-45", durationMinutes: 45, noticeMinutes: 120, horizonDays: 90, holdMinutes: 10,
                        changeUntilMinutes: 240, joinBeforeMinutes: 15)
                ])),
            audits: .nothing(because: "it is the programme's policy")
        ) { call in
            VisitTypeList(visitTypes: try await scheduler.visitTypes(in: call.tx))
        },
    ]
}
