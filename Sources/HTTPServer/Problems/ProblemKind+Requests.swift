import HTTPTypes

// What the responder itself refuses, whatever the route.

extension ProblemKind {
    package static let malformedRequest = ProblemKind(
        "malformed-request", .badRequest, "The request is malformed",
        "The path, a header or the framing of the request cannot be read; `errors` names the place.")
    package static let malformedJSON = ProblemKind(
        "malformed-json", .badRequest, "The body is not JSON",
        "The body is not one JSON text (RFC 8259) in UTF-8; `detail` gives the byte where reading stopped.")
    package static let invalidParameters = ProblemKind(
        "invalid-parameters", .badRequest, "A parameter is invalid",
        "A query parameter is unknown, missing, repeated or outside its rule; `errors` names each.")
    package static let signInNeeded = ProblemKind(
        "sign-in-needed", .unauthorized, "Sign in first",
        "The route needs `Authorization: Bearer …` with the token of a live session.")
    package static let notAllowed = ProblemKind(
        "not-allowed", .forbidden, "Your role does not allow this",
        "The signed-in account lacks the role that the route needs.")
    package static let notFound = ProblemKind(
        "not-found", .notFound, "Not found",
        "There is no such thing, or the caller may not know whether there is.")
    package static let methodNotAllowed = ProblemKind(
        "method-not-allowed", .methodNotAllowed, "This method is not supported here",
        "`Allow` lists the methods of this path.")
    package static let notAcceptable = ProblemKind(
        "not-acceptable", .notAcceptable, "The reply cannot be given in an accepted form",
        "`Accept` leaves out every media type that this route answers with.")
    package static let tooSlow = ProblemKind(
        "too-slow", .requestTimeout, "The request arrived too slowly",
        "The body did not arrive within its time; send it again on a new connection.")
    package static let conflict = ProblemKind(
        "conflict", .conflict, "Somebody else changed this at the same time",
        "The write lost a race twice and changed nothing; read again, then retry.")
    package static let changedMeanwhile = ProblemKind(
        "changed-meanwhile", .preconditionFailed, "It has changed since you read it",
        "No tag in `If-Match` is of the current version: read again, decide again.")
    package static let matchNeeded = ProblemKind(
        "match-needed", .preconditionRequired, "If-Match is needed",
        "This write must name the version that it changes: send the `ETag` of the last read as `If-Match`, or "
            + "`*` for whichever there is.")
    package static let tooLarge = ProblemKind(
        "too-large", .contentTooLarge, "The body is too large",
        "The body exceeds the limit of the route. The connection is closed.")
    package static let unsupportedMedia = ProblemKind(
        "unsupported-media", .unsupportedMediaType, "This media type is not understood",
        "Send the body in the media type that the route documents, in UTF-8, and without `Content-Encoding` "
            + "(`Accept-Encoding` says so).")
    package static let rangeNotSatisfiable = ProblemKind(
        "range-not-satisfiable", .rangeNotSatisfiable, "There are no such bytes",
        "`Range` begins behind the last byte: `Content-Range` says how many there are.")
    package static let expectationFailed = ProblemKind(
        "expectation-failed", .expectationFailed, "This expectation is not understood",
        "`Expect` may hold `100-continue` and nothing else.")
    package static let invalidFields = ProblemKind(
        "invalid-fields", .unprocessableContent, "A field is invalid",
        "A field of the body is unknown, missing, repeated, of the wrong type or outside its rule; `errors` names each."
    )
    package static let keyReused = ProblemKind(
        "key-reused", .unprocessableContent, "This Idempotency-Key was used for another request",
        "The key belongs to a request with another path, query or body: use a new key for a new request.")
    package static let tooManyRequests = ProblemKind(
        "too-many-requests", .tooManyRequests, "Too many requests",
        "The account or address has used up its share for now; wait `Retry-After` seconds.")
    package static let headersTooLarge = ProblemKind(
        "headers-too-large", .requestHeaderFieldsTooLarge, "The headers are too large",
        "The header fields exceed the server's limit.")
    package static let internalFault = ProblemKind(
        "internal-fault", .internalServerError, "Something went wrong on our side",
        "A fault that the operators see under the request's id. Nothing was changed.")
    package static let busy = ProblemKind(
        "busy", .serviceUnavailable, "The service is busy",
        "Too much is under way, or the database is away; nothing was changed. Wait `Retry-After` seconds.")
    package static let tookTooLong = ProblemKind(
        "took-too-long", .serviceUnavailable, "The request took too long",
        "The request was abandoned at its deadline and changed nothing. Wait `Retry-After` seconds.")
    package static let outcomeUnknown = ProblemKind(
        "outcome-unknown", .serviceUnavailable, "The outcome is unknown",
        "The database went away while it was committing: the write may or may not have happened. Retry with the same "
            + "`Idempotency-Key`, which makes it happen once; a route that takes none can be asked again, and an upload "
            + "goes on where it stands.")
}
