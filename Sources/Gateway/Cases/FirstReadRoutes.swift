import Cases
import Clinic
import HTTPServer
import HTTPTypes
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `PUT /v1/cases/{id}/first-read`, `…/sign`, `POST …/break-blind` | the specialist |
/// | `GET /v1/cases/{id}/first-read` | the specialist; with the delivered opinion everyone who reads that |
func firstReadRoutes(_ reads: FirstReads) -> [Endpoint] {
    [
        .write(
            .put, "/v1/cases/{id}/first-read", .cases, "Draft the first read",
            details: "The first draft takes no `If-Match`; every later one names the version that it replaces.",
            body: .json(example: FirstReadContent.example, limit: 256 * 1024),
            returns: .ok("The draft", example: FirstRead.draft, headers: ["ETag": "Its version"]),
            refusals: [.notFound, .notYourPart, .wrongState, .alreadySigned, .changedMeanwhile, .matchNeeded],
            replays: .entries { $1.reads(.firstRead, $0.case, of: $0.case) }
        ) { content, call in
            let read = try await reads.save(
                content, of: call.id("id", as: CaseID.self), ifVersion: call.expectedVersion, by: call.caller,
                in: call.tx)
            call.tag(read.version)
            return read
        },
        .read(
            .get, "/v1/cases/{id}/first-read", .cases, "The first read",
            returns: .ok(
                "The first read, its signature verified now", example: FirstRead.example,
                headers: ["ETag": "Its version"]),
            refusals: [.notFound],
            audits: .entries { read, call in
                [AuditRead(.firstRead, read.case.rawValue, in: .case(read.case), by: call.caller.account)]
            }
        ) { call in
            let read = try await reads.read(call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
            call.tag(read.version)
            return read
        },
        .write(
            .post, "/v1/cases/{id}/first-read/sign", .cases, "Sign the first read",
            details: "What reveals the earlier opinion is open to the specialist from here on.",
            returns: .ok("The signed first read", example: FirstRead.example, headers: ["ETag": "Its version"]),
            refusals: [
                .notFound, .notYourPart, .wrongState, .alreadySigned, .nothingToSign, .changedMeanwhile, .matchNeeded,
            ],
            replays: .entries { $1.reads(.firstRead, $0.case, of: $0.case) }
        ) { call in
            let read = try await reads.sign(
                call.id("id", as: CaseID.self), ifVersion: call.requiredVersion(), by: call.caller, in: call.tx)
            call.tag(read.version)
            return read
        },
        .write(
            .post, "/v1/cases/{id}/break-blind", .cases, "Break the blind",
            details:
                "Opens what reveals the earlier opinion without a first read. It is audited, and the opinion says so.",
            body: .json(example: BlindBreak(reason: "The patient's state has changed")), returns: .noContent("Broken"),
            refusals: [.notFound, .notYourPart, .wrongState, .noBlind],
            replays: .noBody
        ) { request, call in
            try await reads.breakBlind(
                call.id("id", as: CaseID.self), because: request.reason, by: call.caller, in: call.tx)
            return NoContent()
        },
    ]
}

/// Why a blind is broken.
struct BlindBreak: Codable, Sendable, Ruled {
    var reason: String

    static let rules: [String: FieldRule] = ["reason": .text(FirstReads.reasonRule)]
}
