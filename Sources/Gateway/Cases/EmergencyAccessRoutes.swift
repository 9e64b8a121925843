import Cases
import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import Logging
import ServiceAPI

/// Who read a case without a part in it.
struct EmergencyAccessList: Codable, Sendable {
    var accesses: [EmergencyAccess]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/cases/{id}/emergency-access` | a specialist or an operator without a part in the case |
/// | `GET /v1/cases/{id}/emergency-access` | the patient's side and coordinators |
func emergencyAccessRoutes(_ accesses: EmergencyAccesses) -> [Endpoint] {
    [
        .write(
            .post, "/v1/cases/{id}/emergency-access", .cases, "Read a case in an emergency",
            details: """
                For who has no part in the case: everything in it can be read for an hour, and nothing written. The patient's \
                side is told by mail at once, every read is marked in the case's access log, operators are alarmed, and the \
                coordinators get a task `review_access`. Needs a proof (`POST /v1/sessions/current/proof`).
                """,
            access: .roles([.specialist, .operator]),
            body: .json(example: EmergencyReason.example),
            returns: .created("Until when it can be read", example: EmergencyAccess.example, isLocated: false),
            refusals: [.proofNeeded, .invalidFields, .notFound],
            replays: .nothing(because: "it holds what the caller wrote")
        ) { body, call in
            let id = try call.id("id", as: CaseID.self)
            let access = try await accesses.open(id, because: body, by: call.caller, in: call.tx)
            call.logger.critical(
                "Emergency access to a case",
                metadata: ["case": .stringConvertible(id), "account": .stringConvertible(call.caller.account)])
            return access
        },
        .read(
            .get, "/v1/cases/{id}/emergency-access", .cases, "Who read a case in an emergency",
            details: "The latest first. What they read is in the access log.",
            returns: .ok("With their reasons", example: EmergencyAccessList(accesses: [.example])),
            refusals: [.notFound, .notYourPart],
            audits: .entries { list, call in
                guard let id = try? call.id("id", as: CaseID.self) else { return [] }
                return [
                    AuditRead(
                        .accessLog, id.rawValue, in: .case(id), by: call.caller.account, items: list.accesses.count)
                ]
            }
        ) { call in
            EmergencyAccessList(
                accesses: try await accesses.list(of: call.id("id", as: CaseID.self), by: call.caller, in: call.tx))
        },
    ]
}
