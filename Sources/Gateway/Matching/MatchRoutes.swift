import Clinic
package import HTTPServer
import HTTPTypes
package import Matching
import ServiceAPI

/// Whether a stored match is what its rules make of its input.
struct MatchVerdict: Codable, Sendable {
    /// The rules gave the same bytes again, from the input whose digest was stored.
    var faithful: Bool
}

/// | route | who |
/// |---|---|
/// | `POST /v1/cases/{id}/matches` | the patient, their caregivers, coordinators |
/// | `GET /v1/matches/{id}`, `GET /v1/matches/{id}/replay` | the patient, their caregivers, coordinators |
package func matchRoutes(_ matching: MatchingService) -> [Endpoint] {
    [
        .write(
            .post, "/v1/cases/{id}/matches", .matching, "Rank the directory for a case",
            details: """
                The case must be `ready`. `candidates` is the menu, of at most three; every other specialist is in \
                `others` or in `excluded`, each with reasons. An empty menu makes a task for the coordinators.
                """,
            returns: .created("The match", example: Match.example),
            refusals: [.notFound, .notYourPart, .wrongState, .conditionMissing],
            replays: .entries { $1.reads(.match, $0.id, of: $0.case) }
        ) { call in
            let match = try await matching.makeMatch(
                for: call.id("id", as: CaseID.self), by: call.caller, in: call.tx)
            call.reply(headers: [.location: "/v1/matches/\(match.id)"])
            return match
        },
        .read(
            .get, "/v1/matches/{id}", .matching, "A match with its reasons",
            returns: .ok("The match", example: Match.example), refusals: [.notFound, .notYourPart],
            audits: .entries { match, call in
                [AuditRead(.match, match.id.rawValue, in: .case(match.case), by: call.caller.account)]
            }
        ) { call in
            try await matching.match(call.id("id", as: MatchID.self), by: call.caller, in: call.tx)
        },
        .read(
            .get, "/v1/matches/{id}/replay", .matching, "Run a match's own rules on its own input again",
            returns: .ok("The verdict", example: MatchVerdict(faithful: true)), refusals: [.notFound, .notYourPart],
            audits: .nothing(because: "the verdict says nothing of the case")
        ) { call in
            let replay = try await matching.replay(call.id("id", as: MatchID.self), by: call.caller, in: call.tx)
            return MatchVerdict(faithful: replay.isFaithful)
        },
    ]
}
