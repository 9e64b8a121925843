import Clinic
import FoundationEssentials
import HTTPTypes
import Scheduling

/// Starts that can be booked.
struct OpeningList: Codable, Sendable {
    let openings: [Opening]

    /// A month has hundreds, which mostly differ in four times: what they share is written once.
    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(JSONText(openings), forKey: .openings)
    }
}

extension JSONText {
    fileprivate init(_ openings: [Opening]) {
        bytes.reserveCapacity(320 * (openings.count + 1))
        bytes.append(UInt8(ascii: "["))
        var frame: OpeningFrame?
        for opening in openings {
            if frame?.suits(opening) != true { frame = OpeningFrame(of: opening) }
            frame?.write(opening, to: &bytes)
        }
        if !openings.isEmpty { bytes.removeLast() }
        bytes.append(UInt8(ascii: "]"))
    }
}

/// What openings of one specialist have in common, around what they have not.
private struct OpeningFrame {
    private let model: Opening
    private let beforeStart: [UInt8]
    private let beforeEnd: [UInt8]
    private let beforeHers: [UInt8]
    private let beforeTheirs: [UInt8]
    private let end: [UInt8]

    init(of opening: Opening) {
        model = opening
        func joined(_ parts: String...) -> [UInt8] {
            // Literals stand between the texts.
            parts.enumerated().reduce(into: []) { bytes, part in
                if part.offset % 2 == 0 { bytes += part.element.utf8 } else { bytes.append(json: part.element) }
            }
        }
        beforeStart = joined(
            #"{"specialist":"#, opening.specialist.description, #","visitType":"#, opening.visitType, #","startsAt":"#)
        beforeEnd = joined(#","endsAt":"#)
        beforeHers = joined(#","specialistTime":{"local":""#)
        beforeTheirs = joined(
            #"","timeZone":"#, opening.specialistTime.timeZone, #"},"partyTime":{"local":""#)
        end = joined(#"","timeZone":"#, opening.partyTime.timeZone, "}},")
    }

    func suits(_ opening: Opening) -> Bool {
        opening.specialist == model.specialist && opening.visitType == model.visitType
            && opening.specialistTime.timeZone == model.specialistTime.timeZone
            && opening.partyTime.timeZone == model.partyTime.timeZone
    }

    /// Writes it as its `encode(to:)` would, and a comma.
    func write(_ opening: Opening, to bytes: inout [UInt8]) {
        bytes += beforeStart
        bytes.append(json: opening.startsAt)
        bytes += beforeEnd
        bytes.append(json: opening.endsAt)
        bytes += beforeHers
        opening.specialistTime.local.append(to: &bytes)
        bytes += beforeTheirs
        opening.partyTime.local.append(to: &bytes)
        bytes += end
    }
}

/// | route | who |
/// |---|---|
/// | `GET /v1/openings?case=` | everybody with a part in the case |
/// | `GET /v1/openings?specialist=` | everybody who is signed in |
/// | `GET /v1/openings/soonest` | everybody with a part in the case |
func openingRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    let caseQuery = Query<CaseID>("case", "The case for which to book: its specialist, and what suits both calendars")
    let theCase = Query<CaseID>(required: "case", "The case for which to book")
    let specialists = Query<CommaList<AccountID>>("specialist", "A specialist to browse, or a few, without a case")
    let weekdays = Query<CommaList<Int>>(
        "weekdays", "Only on these days by the party's own clock: ISO 8601, from 1 (Monday) to 7 (Sunday)")
    let between = Query<WallHours>("between", "Only starts within these hours by the party's own clock")
    let colleagues = Query<CommaList<AccountID>>(
        "colleagues", "Colleagues in the case who are to sit in a panel: only what suits every calendar")
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
                .query(caseQuery), .query(specialists), .query(colleagues), .query(from), .query(to), .query(visitType),
                .query(moving), .query(weekdays), .query(between),
            ],
            returns: .ok("Earliest first", example: OpeningList(openings: [.example])),
            refusals: [.notFound, .caseNotBookable, .noParty],
            audits: .nothing(because: "openings are not clinical")
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
            .get, "/v1/openings/soonest", .scheduling, "The soonest that can be booked for a case",
            details: """
                Of the specialist who accepted it, with `colleagues` what suits the whole panel. Before that, of \
                everybody whom the case's newest match found able to take it, which shows who could see the patient \
                first; of two at once the better match comes first.
                """,
            parameters: [
                .query(theCase), .query(colleagues), .query(visitType), .query(limit), .query(weekdays),
                .query(between),
            ],
            returns: .ok("Earliest first", example: OpeningList(openings: [.example])),
            refusals: [.notFound, .caseNotBookable, .noParty],
            audits: .nothing(because: "openings are not clinical")
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
private struct WallHours: ParameterValue {
    let hours: HoursOfDay

    init?(parameter: String) {
        let ends = parameter.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.wholeMatch(of: /[0-2][0-9]:[0-5][0-9]/) != nil }) else {
            return nil
        }
        hours = HoursOfDay(starts: String(ends[0]), ends: String(ends[1]))
    }

    static var parameterSchema: JSONValue {
        ["type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"]
    }
    static var parameterWords: String { "hours, as 17:00-21:00" }
}

extension Call {
    /// What suits the party by her own clock; nil when the caller does not say.
    fileprivate func preference(_ weekdays: Query<CommaList<Int>>, _ between: Query<WallHours>) throws -> Preference? {
        let (weekdays, between) = (try query(weekdays)?.elements, try query(between)?.hours)
        return weekdays == nil && between == nil ? nil : try Preference(weekdays: weekdays, between: between)
    }
}
