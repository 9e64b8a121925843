import Clinic
package import HTTPTypes

extension Endpoint {
    /// A route that changes something in transactions of its own, because between them it computes for long (a
    /// password's hash) and no connection may wait for that. It takes no idempotency key: such writes either prove
    /// something anew each time, or are harmless twice.
    package static func exchange<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ tag: Tag, _ summary: String, details: String = "",
        access: Access, body: RequestBody<Input>, returns answer: Answer<Output>, refusals: [ProblemKind] = [],
        handler: @escaping @Sendable (Input, StreamingContext) async throws -> Output
    ) -> Endpoint {
        Endpoint(
            method: method, template: PathTemplate(path), tag: tag, summary: summary, details: details,
            access: access, parameters: [], refusals: refusals, bodyMode: .prompt, auditing: nil, takesKey: false,
            success: DocumentedAnswer(answer), requestBody: DocumentedRequest(body)
        ) { context in
            let (input, _) = try await context.readJSON(body)
            let output = try await context.changing { try await handler(input, StreamingContext(context)) }
            return try context.head.reply(output, status: answer.status)
        }
    }
}
