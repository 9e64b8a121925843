import Clinic
package import HTTPTypes
import HummingbirdCore
import JSON
import Logging
import Postgres

extension Endpoint {
    /// A route that changes something, with a JSON body.
    ///
    /// Body, idempotency key, work and kept reply share one transaction as the caller; the answer leaves after its
    /// commit. A transaction that lost a race is tried once more, then refused as `conflict`.
    /// - Parameter replays: what the audit log keeps each time the reply is given again by its key. That it is given
    ///   only to who still has the rights that they had at the write needs no saying: see `IdempotencyStore`.
    package static func write<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ tag: Tag, _ summary: String, details: String = "",
        access: Access = .signedIn, parameters: [DeclaredParameter] = [], body: RequestBody<Input>,
        returns answer: Answer<Output>, refusals: [ProblemKind] = [], replays: Audits<Output>,
        handler: @escaping @Sendable (Input, HandlerContext) async throws -> Output
    ) -> Endpoint {
        Endpoint(
            method: method, template: PathTemplate(path), tag: tag, summary: summary, details: details,
            access: access, parameters: parameters, refusals: refusals, bodyMode: .prompt, auditing: nil,
            takesKey: access.hasCaller, success: DocumentedAnswer(answer), requestBody: DocumentedRequest(body)
        ) { context in
            try context.checkIdempotencyKey()
            let (input, json) = try await context.readJSON(body)
            return try await context.writeOnce(json, answer, replays) { call in try await handler(input, call) }
        }
    }

    /// A route that changes something and takes no body (an empty one, or `{}`).
    package static func write<Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ tag: Tag, _ summary: String, details: String = "",
        access: Access = .signedIn, parameters: [DeclaredParameter] = [], returns answer: Answer<Output>,
        refusals: [ProblemKind] = [], replays: Audits<Output>,
        handler: @escaping @Sendable (HandlerContext) async throws -> Output
    ) -> Endpoint {
        Endpoint(
            method: method, template: PathTemplate(path), tag: tag, summary: summary, details: details,
            access: access, parameters: parameters, refusals: refusals, bodyMode: .prompt, auditing: nil,
            takesKey: access.hasCaller, success: DocumentedAnswer(answer), requestBody: nil
        ) { context in
            try context.checkIdempotencyKey()
            let bytes = try await context.collectBody(upTo: context.dependencies.settings.bodyLimit)
            if !bytes.isEmpty {
                try context.checkMediaType(["application/json"])
                _ = try JSONBody.decode(NoFields.self, from: bytes)
            }
            return try await context.writeOnce([:], answer, replays, handler)
        }
    }
}

/// An object in which every field is unknown.
private struct NoFields: Decodable {
    private enum Key: CodingKey {}

    init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: Key.self) }
}

extension Access {
    var hasCaller: Bool {
        switch self {
        case .everyone: false
        case .signedIn, .roles: true
        }
    }
}

extension RequestContext {
    /// Runs what changes something: of a commit that nobody answered it is not known whether it did.
    /// - Throws: `Problem` `outcome-unknown` for that, and what the work throws.
    func changing<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as DatabaseUnavailable where error == .outcomeUnknown {
            logger.warning(
                "The database is in trouble",
                metadata: ["route": .string(endpoint.route), "cause": .string(error.quietDescription)])
            throw Problem(
                .outcomeUnknown, endpoint.takesKey ? "Retry with the same Idempotency-Key." : nil, retryAfter: 2)
        }
    }

    fileprivate func writeOnce<Output: Codable & Sendable>(
        _ body: JSONValue, _ answer: Answer<Output>, _ replays: Audits<Output>,
        _ handler: @Sendable (HandlerContext) async throws -> Output
    ) async throws -> Reply {
        let claim = keyClaim(over: body)
        let (reply, entries) = try await changing {
            do {
                return try await attempt(claim, answer, replays, handler)
            } catch let error as DatabaseError where error.retryable {
                return try await attempt(claim, answer, replays, handler)
            }
        }
        if !entries.isEmpty { try await dependencies.identity.record(entries) }
        return reply
    }

    /// - Returns: the reply; and if it was given before, the entries that giving it again leaves.
    private func attempt<Output: Codable & Sendable>(
        _ claim: IdempotencyClaim?, _ answer: Answer<Output>, _ replays: Audits<Output>,
        _ handler: @Sendable (HandlerContext) async throws -> Output
    ) async throws -> (Reply, [AuditRead]) {
        head.clear()
        return try await dependencies.database.withTransaction(as: actor) { tx in
            // The session may have been ended while the body came.
            let hasEnded = caller?.enqueueHasEnded(in: tx)
            if let claim, let kept = try await dependencies.idempotency.claim(claim, in: tx) { return kept }
            let call = HandlerContext(self, tx)
            let output = try await handler(call)
            if try await hasEnded?.first()?.decode(Bool.self) == true {
                throw Problem.signIn("Bearer error=\"invalid_token\"")
            }
            let reply = try head.reply(output, status: answer.status)
            if let claim {
                try dependencies.idempotency.keep(reply, with: replays.reads(of: output, call), for: claim, in: tx)
            }
            return (reply, [])
        }
    }

    /// The claim that this request's `Idempotency-Key` makes; nil without one, and for public routes, which have no
    /// account to which a key could belong.
    private func keyClaim(over body: JSONValue) -> IdempotencyClaim? {
        guard let caller, let key = request.headers[.idempotencyKey] else { return nil }
        return dependencies.idempotency.claim(
            of: caller, route: endpoint.route, key: key, target: request.head.path ?? "", body: body)
    }

    /// Refuses a key that is none, before a body is asked for.
    fileprivate func checkIdempotencyKey() throws {
        guard caller != nil, let key = request.headers[.idempotencyKey] else { return }
        guard TextForm.idempotencyKey.matches(key), request.headers[values: .idempotencyKey].count == 1 else {
            throw Problem(
                .malformedRequest,
                errors: [
                    FieldError(
                        .header("Idempotency-Key"), rule: "format", "Must be \(TextForm.idempotencyKey.words).")
                ])
        }
    }
}
