import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import JSON
import Scheduling
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `GET /v1/openings?case=` | everybody with a part in the case |
/// | `GET /v1/openings?specialist=` | everybody who is signed in |
/// | `GET /v1/openings/soonest` | everybody with a part in the case |
func openingRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let caseQuery = Query<CaseID>("case", "The case to book for: openings of its specialist that suit both calendars")
    let theCase = Query<CaseID>(required: "case", "The case to book for")
    let specialists = Query<CommaList<AccountID>>("specialist", "One specialist, or several, to browse without a case")
    let weekdays = Query<CommaList<Int>>(
        "weekdays", "Only on these days by the party's own clock: ISO 8601, from 1 (Monday) to 7 (Sunday)",
        rule: TimePreference.weekdaysRule)
    let between = Query<HoursParameter>("between", "Only starts within these hours by the party's own clock")
    let colleagues = Query<CommaList<AccountID>>(
        "colleagues", "Colleagues in the case for a panel: only openings that suit every calendar",
        rule: HoldRequest.colleaguesRule)
    let from = Query<Date>("from", "The earliest start; now when left out")
    let to = Query<Date>(
        "to", "Before this start; 14 days after `from` when left out, at most \(OpeningSearch.mostDays) days after it")
    let visitType = Query<String>(
        "visitType", "The kind of consult", default: VisitType.usual, rule: .text(.form(.word)))
    let limit = Query<Int>("limit", "The most openings", default: 3, range: 1...20)
    let moving = Query<AppointmentID>("appointment", "An appointment to move: its own time counts as free")
    return [
        .read(
            .get, "/v1/openings", .scheduling, "The openings that can be booked",
            details: """
                It has the same source as booking: a listed opening can be held until somebody takes it, a rule \
                changes or its notice runs out. The time of the case's own hold counts as free, because a new hold \
                replaces it.
                """,
            parameters: [
                .query(caseQuery), .query(specialists), .query(colleagues), .query(from), .query(to), .query(visitType),
                .query(moving), .query(weekdays), .query(between),
            ],
            returns: .ok("Earliest first", example: OpeningList(openings: [.example])),
            refusals: [.notFound, .caseNotBookable, .noParty],
            audits: .nothing(because: "openings are not clinical data")
        ) { call in
            do {
                let search = OpeningSearch(
                    case: try call.query(caseQuery), specialists: try call.query(specialists)?.elements ?? [],
                    colleagues: try call.query(colleagues)?.elements ?? [],
                    from: try call.query(from), to: try call.query(to), visitType: try call.required(visitType),
                    moving: try call.query(moving), preference: try call.preference(weekdays, between))
                return OpeningList(openings: try await scheduler.openings(search, by: call.caller, in: call.tx))
            } catch let refusal as FieldRefusal {
                throw Problem.parameters(refusal)
            }
        },
        .read(
            .get, "/v1/openings/soonest", .scheduling, "The soonest openings for a case",
            details: """
                A selection of the openings of the specialist who accepted the case; with `colleagues`, of those that \
                suit the whole panel. Before the acceptance, it is a selection over all specialists whom the case's \
                newest match found able to take it, which shows who could see the patient first; of two at the same \
                time the better match comes first. Openings of one specialist are at least \
                \(Int(Opening.choicesApart / .seconds(3600))) hours apart; `GET /v1/openings` has all.
                """,
            parameters: [
                .query(theCase), .query(colleagues), .query(visitType), .query(limit), .query(weekdays),
                .query(between),
            ],
            returns: .ok("Earliest first", example: OpeningList(openings: [.example])),
            refusals: [.notFound, .caseNotBookable, .noParty],
            audits: .nothing(because: "openings are not clinical data")
        ) { call in
            do {
                return OpeningList(
                    openings: try await scheduler.soonest(
                        for: call.required(theCase), with: call.query(colleagues)?.elements ?? [],
                        visitType: call.required(visitType),
                        preference: call.preference(weekdays, between), limit: call.required(limit), by: call.caller,
                        in: call.tx))
            } catch let refusal as FieldRefusal {
                throw Problem.parameters(refusal)
            }
        },
    ]
}

/// Hours of a day in a query, as `17:00-21:00`.
private struct HoursParameter: ParameterValue {
    let hours: HoursOfDay

    init?(parameter: String) {
        let ends = parameter.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, Self.form.matches(parameter) else { return nil }
        hours = HoursOfDay(starts: String(ends[0]), ends: String(ends[1]))
    }

    private static let form = TextForm(
        "^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "hours, as 17:00-21:00")

    static var parameterSchema: JSONValue { FieldRule.schema(of: form) }
    static var parameterDescription: String { form.words }
}

extension HandlerContext {
    /// The party's preference by their own clock; nil when the caller gives none.
    fileprivate func preference(
        _ weekdays: Query<CommaList<Int>>, _ between: Query<HoursParameter>
    ) throws -> TimePreference? {
        let (weekdays, between) = (try query(weekdays)?.elements, try query(between)?.hours)
        return weekdays == nil && between == nil ? nil : try TimePreference(weekdays: weekdays, between: between)
    }
}
