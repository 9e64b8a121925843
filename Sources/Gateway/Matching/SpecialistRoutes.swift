import Clinic
package import HTTPServer
import HTTPTypes
package import Matching
import ServiceAPI

/// A page of the directory.
struct SpecialistList: Codable, Sendable {
    var specialists: [SpecialistSummary]
}

/// All the conditions that a specialist names.
struct ConditionVolumes: Codable, Sendable, Ruled {
    var conditions: [ConditionVolume]

    static let rules: [String: FieldRule] = ["conditions": .list(DirectoryRule.conditions)]
}

/// All the licences of a specialist.
struct Licences: Codable, Sendable, Ruled {
    var licences: [Licence]

    static let rules: [String: FieldRule] = ["licences": .list(DirectoryRule.licences)]
}

private let taxonomyQuery = Query<String>(
    "taxonomy", "A code of the NUCC's provider taxonomy", rule: .text(.form(.taxonomyCode)))
private let jurisdictionQuery = Query<Jurisdiction>("jurisdiction", "Licensed there today, as US-OH")
private let languageQuery = Query<LanguageTag>("language", "Speaks it, as es or es-MX, by any of its names")
private let acceptingQuery = Query<Bool>("accepting", "Takes new cases, or does not")

/// | route | who |
/// |---|---|
/// | `GET /v1/specialists`, `GET /v1/specialists/{id}` | everybody who is signed in |
/// | `PATCH /v1/specialists/{id}` | the specialist, coordinators |
/// | `PUT /v1/specialists/{id}/conditions` | the specialist |
/// | `PUT /v1/specialists/{id}/licences` | coordinators |
package func specialistRoutes(_ matching: MatchingService) -> [Endpoint] {
    [
        .read(
            .get, "/v1/specialists", .specialists, "The directory by name",
            parameters: [
                .query(taxonomyQuery), .query(jurisdictionQuery), .query(languageQuery), .query(acceptingQuery),
            ] + Page.parameters,
            returns: .ok(
                "A page", example: SpecialistList(specialists: [.example]),
                headers: Page.headers),
            audits: .nothing(because: "specialists publish their own entries")
        ) { call in
            let page = try call.page
            let filter = SpecialistFilter(
                taxonomy: try call.query(taxonomyQuery), jurisdiction: try call.query(jurisdictionQuery),
                language: try call.query(languageQuery), accepting: try call.query(acceptingQuery))
            var found = try await matching.specialists(
                filter, after: page.after(as: AccountID.self), limit: page.limit + 1, in: call.tx)
            if found.count > page.limit {
                found.removeLast()
                call.link(next: found.last?.id.description)
            }
            return SpecialistList(specialists: found)
        },
        .read(
            .get, "/v1/specialists/{id}", .specialists, "A specialist with their licences and conditions",
            returns: .ok("The entry", example: Specialist.example, headers: entryTag), refusals: [.notFound],
            audits: .nothing(because: "specialists publish their own entries")
        ) { call in
            tagged(try await matching.specialist(call.id("id", as: AccountID.self), in: call.tx), call)
        },
        .write(
            .patch, "/v1/specialists/{id}", .specialists, "Change languages, capacity, or whether cases are taken",
            details: "The specialist, or a coordinator for them. `If-Match` names the entry's `ETag`.",
            access: .roles([.specialist, .coordinator]),
            body: .json(example: SpecialistEdit.example),
            returns: .ok("The entry", example: Specialist.example, headers: entryTag),
            refusals: [.notFound, .notYourPart, .matchNeeded, .changedMeanwhile],
            replays: .nothing(because: "specialists publish their own entries")
        ) { edit, call in
            tagged(
                try await matching.edit(
                    call.id("id", as: AccountID.self), edit, ifVersion: call.requiredVersion(), by: call.caller,
                    in: call.tx), call)
        },
        .write(
            .put, "/v1/specialists/{id}/conditions", .specialists, "Name the conditions that they treat, with volumes",
            details: "Replaces all of them. `If-Match` names the entry's `ETag`.", access: .roles([.specialist]),
            body: .json(example: ConditionVolumes(conditions: Specialist.example.conditions)),
            returns: .ok("The entry", example: Specialist.example, headers: entryTag),
            refusals: [.notFound, .notYourPart, .matchNeeded, .changedMeanwhile],
            replays: .nothing(because: "specialists publish their own entries")
        ) { body, call in
            tagged(
                try await matching.putConditions(
                    body.conditions, of: call.id("id", as: AccountID.self), ifVersion: call.requiredVersion(),
                    by: call.caller, in: call.tx), call)
        },
        .write(
            .put, "/v1/specialists/{id}/licences", .specialists, "Keep the licences that were verified",
            details: "Replaces all of them. `If-Match` names the entry's `ETag`.", access: .roles([.coordinator]),
            body: .json(example: Licences(licences: Specialist.example.licences)),
            returns: .ok("The entry", example: Specialist.example, headers: entryTag),
            refusals: [.notFound, .notYourPart, .matchNeeded, .changedMeanwhile],
            replays: .nothing(because: "specialists publish their own entries")
        ) { body, call in
            tagged(
                try await matching.putLicences(
                    body.licences, of: call.id("id", as: AccountID.self), ifVersion: call.requiredVersion(),
                    by: call.caller, in: call.tx), call)
        },
    ]
}

private let entryTag = ["ETag": "The entry's version, for If-Match"]

private func tagged(_ entry: Specialist, _ call: HandlerContext) -> Specialist {
    call.tag(entry.version)
    return entry
}
