import Clinic
import HTTPServer
import HTTPTypes
import JSON
import Scheduling
import ServiceAPI

/// The kinds of consult.
struct VisitTypeList: Codable, Sendable {
    let visitTypes: [VisitType]
}

/// | route | who |
/// |---|---|
/// | `GET /v1/visit-types` | everybody who is signed in |
/// | `PUT /v1/visit-types/{id}` | an operator |
func visitTypeRoutes(_ scheduler: Scheduler) -> [Endpoint] {
    [
        .read(
            .get, "/v1/visit-types", .scheduling, "The kinds of consult with their policies",
            returns: .ok("Shortest first", example: VisitTypeList(visitTypes: [.example])),
            audits: .nothing(because: "it is the programme's policy")
        ) { call in
            VisitTypeList(visitTypes: try await scheduler.visitTypes(in: call.tx))
        },
        .write(
            .put, "/v1/visit-types/{id}", .scheduling, "Change a kind of consult, or make one",
            details: """
                Makes a new version, under which consults are booked from now on. Booked consults stay as they are, \
                under the version with which they were booked. `If-Match` names the edited version, `"0"` for a new \
                kind.
                """, access: .roles([.operator]),
            parameters: [.path("id", VisitTypeName.self, "Its name, as `consult-45`")],
            body: .json(example: VisitType.example.policy),
            returns: .ok(
                "The new version", example: VisitType.example, headers: ["ETag": "The version of the visit type"]),
            refusals: [.changedMeanwhile, .matchNeeded],
            replays: .nothing(because: "it is the programme's policy")
        ) { policy, call in
            let changed = try await scheduler.setVisitType(
                call.id("id", as: VisitTypeName.self).text, to: policy, ifVersion: call.requiredVersion(),
                by: call.caller, in: call.tx
            )
            call.tag(changed.version)
            return changed
        },
    ]
}

/// The name of a kind of consult; `any` is not allowed.
private struct VisitTypeName: ParameterValue {
    let text: String

    init?(parameter: String) {
        guard TextForm.word.matches(parameter), parameter != "any" else { return nil }
        text = parameter
    }

    static var parameterSchema: JSONValue { FieldRule.schema(of: .word) }
    static var parameterDescription: String { TextForm.word.words }
}
