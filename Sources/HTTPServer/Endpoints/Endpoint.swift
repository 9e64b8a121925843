package import Clinic
package import HTTPTypes
import JSON

/// One route: what answers it and what the OpenAPI document says of it, in one value.
///
/// To add a route, write a function in `Gateway/<Capability>/` that returns the endpoints over the capability's service,
/// and add it to `Services.endpoints`. `.github/CONTRIBUTING.md` lists every step.
///
/// ```swift
/// func holdRoutes(_ scheduler: Scheduler) -> [Endpoint] {
///     [
///         .read(
///             .get, "/v1/holds/{id}", .scheduling, "A hold", returns: .ok("The hold", example: .example),
///             refusals: [.notFound], audits: .entries { $1.reads(.hold, $0.id, of: $0.case) }
///         ) { call in
///             try await scheduler.hold(call.id("id", as: HoldID.self), by: call.caller, in: call.tx)
///         },
///         .write(
///             .post, "/v1/holds", .scheduling, "Keep an opening for a while", body: .json(example: HoldRequest.example),
///             returns: .created("The hold", example: .example), refusals: [.openingTaken],
///             replays: .entries { $1.reads(.hold, $0.id, of: $0.case) }
///         ) { request, call in
///             let hold = try await scheduler.hold(request, by: call.caller, in: call.tx)
///             call.reply(headers: [.location: "/v1/holds/\(hold.id)"])
///             return hold
///         },
///     ]
/// }
/// ```
///
/// A handler decodes nothing, encodes nothing and decides nothing. It gets the body strictly read, typed parameters, a
/// caller who has the role that `access` asks for, and a transaction with the caller as its actor. Refusals are thrown by
/// the service and become problem replies through `ProblemConvertible`; `refusals` names their kinds for the document.
/// An example shows what this very route answers, with the optional fields that are there then and an element of each
/// list. The schema is learnt from it, and tests compare it with what a running gateway answers. Where a truthful answer
/// has an empty list, `full` names a value to learn from.
package struct Endpoint: Sendable {
    /// How much a route may take and how long, beyond the common settings.
    enum BodyMode: Sendable {
        /// Answers within the handler deadline.
        case prompt
        /// Receives a body of many megabytes, piece by piece.
        case upload
        /// Sends a body of many megabytes, piece by piece.
        case download
        /// Stays open to send events.
        case stream
    }

    package let method: HTTPRequest.Method
    package let template: PathTemplate
    package let tag: Tag
    package let summary: String
    package let details: String
    package let access: Access
    package let parameters: [DeclaredParameter]
    /// The problem kinds that the service behind this route throws.
    package let refusals: [ProblemKind]
    let bodyMode: BodyMode
    /// What the audit log keeps of a read, in words for the document; nil for what is no read.
    let auditing: String?
    let takesKey: Bool
    let success: DocumentedAnswer
    let requestBody: DocumentedRequest?
    let run: @Sendable (RequestContext) async throws -> Reply

    /// Method and template, such as `POST /v1/holds`: the name of the route in keys, logs and metrics.
    package var route: String { "\(method.rawValue) \(template.text)" }

    /// Whether ranges of what it delivers can be asked for: it has a tag that says which version they belong to.
    var hasRanges: Bool { bodyMode == .download && success.headers["ETag"] != nil }

    /// Whether it changes something; a search is a read, although its method is POST.
    var changes: Bool { auditing == nil }
}

/// A chapter of the OpenAPI document.
package struct Tag: Sendable, Hashable {
    package let name: String
    /// What the chapter holds.
    package let text: String
    /// Whether its routes open what the key of a case sealed, and meet keys that were destroyed.
    package let opensSealed: Bool

    package init(_ name: String, _ text: String, opensSealed: Bool = false) {
        self.name = name
        self.text = text
        self.opensSealed = opensSealed
    }
}

/// Who may call a route. What a caller may see of a case is the services' matter and the database's.
package enum Access: Sendable {
    /// Anybody; no caller is known. Public routes have the stricter rate limit.
    case everyone
    /// Anybody with a live session.
    case signedIn
    /// Signed in with at least one of the roles.
    case roles(Set<Role>)
}

/// What the audit log keeps of what a read delivered; durable before the answer leaves (P10).
package enum Audits<Output: Sendable>: Sendable {
    /// Nothing is kept, for a reason that a reviewer can judge.
    case nothing(because: String)
    /// One entry for each thing, list or range that was delivered.
    case entries(@Sendable (Output, HandlerContext) -> [AuditRead])

    var text: String {
        switch self {
        case .nothing(let reason): "Reading this leaves no audit entry: \(reason)."
        case .entries: "Reading this leaves an audit entry before the answer is sent."
        }
    }

    func reads(of output: Output, _ call: HandlerContext) -> [AuditRead] {
        switch self {
        case .nothing: []
        case .entries(let entries): entries(output, call)
        }
    }
}

extension Audits where Output == NoContent {
    /// An answer without a body tells nothing.
    package static var noBody: Audits { .nothing(because: "it has no body") }
}

/// The body of an answer that has none.
package struct NoContent: Codable, Sendable {
    package init() {}
}

/// The successful answer of a route and how it is documented.
package struct Answer<Output: Codable & Sendable>: Sendable {
    let status: HTTPResponse.Status
    let text: String
    let example: Output
    /// With an element in each list: what the schema is learnt from, where the example has an empty one.
    var full: Output?
    /// Headers that the handler sets, by name, with what they mean.
    var headers: [String: String] = [:]

    /// 200 with a body.
    package static func ok(
        _ text: String, example: Output, full: Output? = nil, headers: [String: String] = [:]
    ) -> Answer {
        Answer(status: .ok, text: text, example: example, full: full, headers: headers)
    }

    /// 201 with a body; set `Location` through `call.reply(headers:)`.
    /// - Parameter isLocated: whether the new thing can be read by itself; without `Location` it is found under the
    ///   route that made it (RFC 9110 §15.3.2).
    package static func created(
        _ text: String, example: Output, full: Output? = nil, headers: [String: String] = [:], isLocated: Bool = true
    ) -> Answer {
        let location = isLocated ? ["Location": "Where the new thing is"] : [:]
        return Answer(
            status: .created, text: text, example: example, full: full,
            headers: headers.merging(location) { own, _ in own })
    }

    /// 202 with a body: the work goes on after the answer.
    package static func accepted(_ text: String, example: Output) -> Answer {
        Answer(status: .accepted, text: text, example: example)
    }
}

extension Answer where Output == NoContent {
    /// 204.
    package static func noContent(_ text: String) -> Answer {
        Answer(status: .noContent, text: text, example: NoContent())
    }

    /// 202 without a body: nothing is told, whichever way it went.
    package static func accepted(_ text: String) -> Answer {
        Answer(status: .accepted, text: text, example: NoContent())
    }
}

/// The JSON body that a write (or a search) takes.
package struct RequestBody<Input: Codable & Sendable>: Sendable {
    let example: Input
    /// The most bytes taken; nil for the common limit.
    let limit: Int?
    /// What members keep beyond the rules of the type: limits that the programme sets.
    let rules: [String: FieldRule]

    /// JSON, read strictly into the type of the example.
    /// - Parameter limit: the most bytes taken, where it differs from the common limit of `GatewaySettings`.
    package static func json(example: Input, limit: Int? = nil, rules: [String: FieldRule] = [:]) -> RequestBody {
        RequestBody(example: example, limit: limit, rules: rules)
    }
}

/// A success as the document shows it.
struct DocumentedAnswer: Sendable {
    let status: HTTPResponse.Status
    let text: String
    let headers: [String: String]
    /// As one of which it comes.
    let mediaTypes: [String]
    /// Nil for an answer without a body.
    let body: (@Sendable () throws -> DocumentedBody)?

    init<Output>(_ answer: Answer<Output>) {
        status = answer.status
        text = answer.text
        headers = answer.headers
        mediaTypes = ["application/json"]
        let (example, full) = (answer.example, answer.full)
        if Output.self == NoContent.self {
            body = nil
        } else {
            body = { try DocumentedBody(json: example, full: full) }
        }
    }

    init(
        _ mediaTypes: [String], _ text: String, status: HTTPResponse.Status = .ok, example: String? = nil,
        headers: [String: String] = [:]
    ) {
        self.status = status
        self.text = text
        self.mediaTypes = mediaTypes
        self.headers = headers
        body = { DocumentedBody(text: example) }
    }
}

/// A request body as the document shows it.
struct DocumentedRequest: Sendable {
    let mediaTypes: [String]
    let limit: Int?
    let body: @Sendable () throws -> DocumentedBody
}
