import Clinic
package import HTTPTypes
import HummingbirdCore
import JSON
import Postgres

extension Endpoint {
    /// A route that changes nothing.
    ///
    /// The handler runs in a transaction as the caller; after it, the audit entries that the route declares are made
    /// durable before the answer leaves. An `ETag` that the handler sets gets the view's digest, and is compared with
    /// `If-None-Match` (304).
    package static func read<Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ tag: Tag, _ summary: String, details: String = "",
        access: Access = .signedIn, parameters: [DeclaredParameter] = [], returns answer: Answer<Output>,
        refusals: [ProblemKind] = [], audits: Audits<Output>,
        handler: @escaping @Sendable (HandlerContext) async throws -> Output
    ) -> Endpoint {
        Endpoint(
            method: method, template: PathTemplate(path), tag: tag, summary: summary, details: details,
            access: access, parameters: parameters, refusals: refusals, bodyMode: .prompt, auditing: audits.text,
            takesKey: false, success: DocumentedAnswer(answer), requestBody: nil
        ) { context in
            context.startHandlerDeadline()
            return try await context.readReply(answer, audits, handler)
        }
    }

    /// A search: a read whose question is a body, because a URL is logged and clinical words must not be.
    package static func read<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ tag: Tag, _ summary: String, details: String = "",
        access: Access = .signedIn, parameters: [DeclaredParameter] = [], body: RequestBody<Input>,
        returns answer: Answer<Output>, refusals: [ProblemKind] = [], audits: Audits<Output>,
        handler: @escaping @Sendable (Input, HandlerContext) async throws -> Output
    ) -> Endpoint {
        Endpoint(
            method: method, template: PathTemplate(path), tag: tag, summary: summary, details: details,
            access: access, parameters: parameters, refusals: refusals, bodyMode: .prompt, auditing: audits.text,
            takesKey: false, success: DocumentedAnswer(answer), requestBody: DocumentedRequest(body)
        ) { context in
            let (input, _) = try await context.readJSON(body)
            return try await context.readReply(answer, audits) { call in try await handler(input, call) }
        }
    }
}

extension DocumentedRequest {
    init<Input>(_ body: RequestBody<Input>) {
        let (example, rules) = (body.example, body.rules)
        self.init(mediaTypes: ["application/json"], limit: body.limit) {
            try DocumentedBody(json: example, rules: rules)
        }
    }
}

extension RequestContext {
    func startHandlerDeadline() {
        deadline.allowWork()
    }

    /// The body as a value, and as what it was read from.
    func readJSON<Input: Codable & Sendable>(_ body: RequestBody<Input>) async throws -> (Input, JSONValue) {
        try checkMediaType(["application/json"])
        let bytes = try await collectBody(upTo: body.limit ?? dependencies.settings.bodyLimit)
        return try JSONBody.read(Input.self, from: bytes, isChange: endpoint.method == .patch, rules: body.rules)
    }

    fileprivate func readReply<Output: Codable & Sendable>(
        _ answer: Answer<Output>, _ audits: Audits<Output>, _ handler: @Sendable (HandlerContext) async throws -> Output
    ) async throws -> Reply {
        let (output, entries) = try await dependencies.database.withTransaction(as: actor) { tx in
            let call = HandlerContext(self, tx)
            let output = try await handler(call)
            return (output, audits.reads(of: output, call))
        }
        if !entries.isEmpty { try await dependencies.identity.record(entries) }
        return unlessKnown(tagged(try head.reply(output, status: answer.status)))
    }
}
