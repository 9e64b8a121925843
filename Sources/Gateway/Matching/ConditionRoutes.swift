import Clinic
package import HTTPServer
import HTTPTypes
import JSON
package import Matching

/// What somebody looks for among the conditions.
struct ConditionSearch: Codable, Sendable, Described, Ruled {
    /// A code or its beginning, or words.
    var text: String
    var limit: Int?

    static let notes = [
        "text": FieldNote("A code or its beginning, with or without its dot; or words"),
        "limit": FieldNote("The most to answer, 20 if left out"),
    ]
    static let rules: [String: FieldRule] = [
        "text": .text(MatchingService.conditionText), "limit": .number(1...MatchingService.conditionLimit),
    ]
}

/// What a search among the conditions found, the best first.
struct ConditionList: Codable, Sendable {
    var conditions: [Condition]
}

/// | route | who |
/// |---|---|
/// | `POST /v1/conditions/search` | everybody who is signed in |
package func conditionRoutes(_ matching: MatchingService) -> [Endpoint] {
    [
        .read(
            .post, "/v1/conditions/search", .conditions, "Search among the conditions of ICD-10-CM",
            details: "A body and not a query, because a URL is logged and words of a condition must not be.",
            body: .json(example: ConditionSearch(text: "breast cancer", limit: 10)),
            returns: .ok(
                "What was found, the best first",
                example: ConditionList(conditions: [.example])),
            audits: .nothing(because: "the list of conditions is public")
        ) { search, call in
            ConditionList(
                conditions: try await matching.conditions(like: search.text, limit: search.limit ?? 20, in: call.tx))
        }
    ]
}
