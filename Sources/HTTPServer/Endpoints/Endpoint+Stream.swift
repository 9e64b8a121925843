package import Clinic
import HTTPTypes

extension Endpoint {
    /// A stream of server-sent events (HTML §9.2).
    ///
    /// The handler checks that the caller may listen, reads `call.lastEventID` to go on where the reader stopped, and
    /// returns the events; the gateway sends them with a comment every 15 s while it is silent, an event `goodbye` when
    /// the gateway drains, an event `problem` when the session or the part that it stands on ends, and an end to readers
    /// that stop reading. What is only refused for now is told to an EventSource as an event, too, and asks it to come
    /// back (`RequestMetadata.refuse`).
    /// - Parameter audits: the entries for opening the stream, durable before its first byte.
    package static func stream<Events: AsyncSequence & Sendable>(
        _ path: String, _ tag: Tag, _ summary: String, details: String = "", access: Access = .signedIn,
        parameters: [DeclaredParameter] = [], example: String, refusals: [ProblemKind] = [],
        audits: LongAudits, handler: @escaping @Sendable (StreamingContext) async throws -> Events
    ) -> Endpoint where Events.Element == ServerEvent {
        Endpoint(
            method: .get, template: PathTemplate(path), tag: tag, summary: summary, details: details, access: access,
            parameters: parameters, refusals: refusals, bodyMode: .stream, auditing: audits.text, takesKey: false,
            success: DocumentedAnswer(["text/event-stream"], "The events", example: example), requestBody: nil
        ) { context in
            context.startHandlerDeadline()
            let call = StreamingContext(context)
            let permit = try context.take(.streams)
            let events = try await handler(call)
            try await context.record(audits, call)
            context.flight.release()
            let source = EventSource(events, access: context.access, permit: permit)
            return context.head.reply(.events(source), status: .ok)
        }
    }
}

/// What the audit log keeps of opening a stream or a download.
package enum LongAudits: Sendable {
    /// Nothing is kept, for a reason that a reviewer can judge.
    case nothing(because: String)
    /// Entries computed from the call once its handler has agreed.
    case entries(@Sendable (StreamingContext) throws -> [AuditRead])
    /// The entries that the handler hands over with its download.
    case delivered

    var text: String {
        switch self {
        case .nothing(let reason): "Reading this leaves no audit entry: \(reason)."
        case .entries, .delivered: "Reading this leaves an audit entry before the first byte is sent."
        }
    }
}

extension RequestContext {
    func record(_ audits: LongAudits, _ call: StreamingContext, delivering reads: [AuditRead] = []) async throws {
        switch audits {
        case .nothing: return
        case .entries(let entries): try await dependencies.identity.record(try entries(call))
        case .delivered: try await dependencies.identity.record(reads)
        }
    }
}
