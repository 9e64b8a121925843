package import Clinic
import FoundationEssentials
package import HTTPTypes
import HummingbirdCore
package import Logging
package import Postgres

/// A request as a handler sees it. `HandlerContext` has a transaction; `StreamingContext`, for streams and uploads, opens one when it
/// needs one.
package protocol CallContext: Sendable {
    /// The request behind it.
    var handle: RequestHandle { get }
}

/// The opaque request behind a call.
package struct RequestHandle: Sendable {
    let context: RequestContext
}

/// What a handler is given: the caller, her transaction, typed parameters.
package struct HandlerContext: CallContext {
    package let handle: RequestHandle
    /// The request's transaction, as the caller's actor. It commits when the handler has returned.
    package let tx: Transaction

    init(_ context: RequestContext, _ tx: Transaction) {
        handle = RequestHandle(context: context)
        self.tx = tx
    }
}

/// What the handler of a stream, an upload or a download is given: no transaction stays open while bytes flow.
package struct StreamingContext: CallContext {
    package let handle: RequestHandle

    init(_ context: RequestContext) { handle = RequestHandle(context: context) }

    /// A transaction as the caller's actor.
    package func transaction<Value: Sendable>(
        _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        try await handle.context.dependencies.database.withTransaction(as: handle.context.actor, body)
    }

    /// A transaction as somebody whom a public route has found by her secret.
    package func transaction<Value: Sendable>(
        as person: AccountID, _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        try await handle.context.dependencies.database.withTransaction(as: Actor(person.rawValue), body)
    }

    /// Where a stream reads on once its handler has returned.
    package var database: Database { handle.context.dependencies.database }

    /// Makes audit entries of what a stream is about to deliver durable.
    package func record(_ entries: [AuditRead]) async throws {
        try await handle.context.dependencies.identity.record(entries)
    }

    /// Says that the caller needs a part in this case for as long as bytes flow: when it ends, they end.
    package func needPart(in case: CaseID) { handle.context.access?.needPart(in: `case`) }

    /// The id of the last event that the reader got before it came back (`Last-Event-ID`, HTML §9.2).
    package var lastEventID: String? {
        let id = header(.lastEventID)
        return id?.isEmpty == false ? id : nil
    }
}

extension CallContext {
    /// Who calls. Public routes have nobody: asking there is a fault of the route, found by its first test.
    package var caller: Caller {
        guard let caller = handle.context.caller else {
            preconditionFailure("\(handle.context.endpoint.route) is public and has no caller")
        }
        return caller
    }

    /// The id of this request, as in the reply's `X-Request-Id` and the logs.
    package var requestID: String { handle.context.requestID }

    /// The address of the client, behind trusted proxies.
    package var clientAddress: String { handle.context.clientAddress }

    /// From where the request comes, for the audit log.
    package var source: RequestSource { handle.context.source }

    /// A header of the request.
    package func header(_ name: HTTPField.Name) -> String? { handle.context.request.headers[name] }

    /// A logger that carries the request's id. Nothing clinical goes into it.
    package var logger: Logger { handle.context.logger }

    /// A path parameter by type.
    /// - Throws: `Problem` `not-found` when the text is not such a value: nothing can be found under it.
    package func id<Value: ParameterValue>(_ name: String, as type: Value.Type) throws -> Value {
        guard let text = handle.context.pathValues[name], let value = Value(parameter: text) else {
            throw Problem(.notFound)
        }
        return value
    }

    /// A query parameter that the endpoint declares; its fallback, or nil, when it was left out.
    package func query<Value>(_ query: Query<Value>) throws -> Value? {
        guard let text = handle.context.queryValues[query.name] else { return query.fallback }
        switch query.parse(text) {
        case .success(let value): return value
        case .failure(let refusal):
            throw Problem(
                .invalidParameters,
                errors: [FieldError(.parameter(query.name), rule: refusal.rule, refusal.detail)])
        }
    }

    /// A query parameter that must be given, or has a fallback.
    package func required<Value>(_ query: Query<Value>) throws -> Value {
        guard let value = try self.query(query) else {
            throw Problem(
                .invalidParameters,
                errors: [FieldError(.parameter(query.name), rule: "missing", "The parameter is needed.")])
        }
        return value
    }

    /// Sets what the reply has besides its body.
    /// - Parameters:
    ///   - status: another status than the declared one.
    ///   - headers: further headers.
    ///   - etag: the version of what is answered, without quotes.
    package func reply(status: HTTPResponse.Status? = nil, headers: HTTPFields = [:], etag: String? = nil) {
        handle.context.head.set(status: status, headers: headers, etag: etag)
    }
}

extension HTTPField.Name {
    static let lastEventID = Self("Last-Event-ID")!
    static let idempotencyKey = Self("Idempotency-Key")!
    static let idempotencyReplayed = Self("Idempotency-Replayed")!
    static let requestID = Self("X-Request-Id")!
    static let forwardedFor = Self("X-Forwarded-For")!
    static let accelBuffering = Self("X-Accel-Buffering")!
    static let link = Self("Link")!
    static let referrerPolicy = Self("Referrer-Policy")!
}
