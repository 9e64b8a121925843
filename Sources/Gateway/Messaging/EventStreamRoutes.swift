import Clinic
import HTTPServer
import HTTPTypes
import Messaging
import Postgres
import ServiceAPI

/// | route | who |
/// |---|---|
/// | `GET /v1/cases/{id}/events` | everybody who reads the case; the staff thread: specialist, coordinator |
func eventStreamRoutes(_ messenger: Messenger) -> [Endpoint] {
    let thread = Query<ThreadKind>("thread", "Which conversation", default: .care)
    let after = Query<Int>(
        "after", "The number behind which to begin, where there is no `Last-Event-ID`", default: 0,
        range: 0...Int(Int32.max))
    return [
        .stream(
            "/v1/cases/{id}/events", .messaging, "A thread as it happens",
            details: """
                Events `message` and `revealed` have the entry's number as their id, so that a reader who comes back \
                with `Last-Event-ID` misses none and gets none twice. Events `mark` tell how far somebody has read; \
                on opening, everybody's mark is told once. An event `problem` says why the stream is refused for now, or \
                why it ends; `goodbye` says that the gateway leaves. A stream is no activity of a person: it does not \
                put off the session's idle limit.
                """, parameters: [.query(thread), .query(after)],
            example: """
                id: 3
                event: message
                data: {"seq":3,"withheld":false,"kind":"text","text":"Shall I bring the slides?"}


                """, refusals: [.notFound],
            audits: .nothing(because: "each delivered range leaves an entry of its own, before it is sent")
        ) { call in
            let id = try call.id("id", as: CaseID.self)
            call.needPart(in: id)
            var start = try call.required(after)
            if let last = call.lastEventID {
                guard TextForm.eventID.matches(last), let seq = Int(last) else {
                    throw Problem(
                        .malformedRequest,
                        errors: [
                            FieldError(.header("Last-Event-ID"), rule: "format", "Must be \(TextForm.eventID.words).")
                        ])
                }
                start = seq
            }
            let (kind, begin, caller) = (try call.required(thread), start, call.caller)
            do {
                let events = try await call.transaction { tx in
                    try await messenger.events(
                        kind, of: id, after: begin, by: caller, from: call.database,
                        onDelivery: { texts in
                            try await call.record([
                                AuditRead(.message, id.rawValue, in: .case(id), by: caller.account, items: texts)
                            ])
                        }, in: tx)
                }
                return events.map { try ServerEvent($0) }
            } catch let refusal as FieldRefusal {
                throw Problem.parameters(refusal)
            }
        }
    ]
}

extension ServerEvent {
    fileprivate init(_ event: ThreadEvent) throws {
        switch event {
        case .message(let entry): try self.init(id: String(entry.seq), name: "message", data: entry)
        case .revealed(let entry): try self.init(id: String(entry.seq), name: "revealed", data: entry)
        case .mark(let mark): try self.init(name: "mark", data: mark)
        }
    }
}
