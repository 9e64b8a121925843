import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import Messaging
import ServiceAPI

extension ThreadKind: ParameterValue {}

/// How far somebody has read.
struct MarkRequest: Codable, Sendable, Ruled {
    let seq: Int
    let thread: ThreadKind?

    static let rules: [String: FieldRule] = ["seq": .number(Messenger.numbers)]
}

/// What to look for in a thread.
struct MessageSearch: Codable, Sendable, Ruled {
    let text: String
    let thread: ThreadKind?

    static let rules: [String: FieldRule] = ["text": .text(Messenger.searchRule)]
}

/// What was found.
struct MessageFindings: Codable, Sendable {
    let messages: [ThreadEntry]
}

/// | route | who |
/// |---|---|
/// | `POST`, `GET /v1/cases/{id}/messages` | everybody who reads the case; the staff thread: specialist, coordinator |
/// | `PUT /v1/cases/{id}/mark` | the same |
/// | `POST /v1/cases/{id}/messages/search` | the same |
func messageRoutes(_ messenger: Messenger) -> [Endpoint] {
    let thread = Query<ThreadKind>("thread", "Which conversation", default: .care)
    let after = Query<Int>("after", "The number behind which to begin", default: 0, range: Messenger.numbers)
    let limit = Query<Int>("limit", "The most entries", default: 50, range: 1...Messenger.mostEntries)
    return [
        .write(
            .post, "/v1/cases/{id}/messages", .messaging, "Write a message",
            details: """
                `revealsPrior` keeps it from a specialist who has not signed their first read; what a treating clinician \
                writes does by default. What no specialist is told of, because none takes part or it is kept from them, is a \
                task of the coordinators (`answer_message`, one a thread) until a coordinator, or a specialist who reads it, \
                writes there; what is written into a draft is one from its submission on. Messages are not for emergencies.
                """,
            body: .json(example: MessageDraft.example),
            returns: .created("The entry", example: ThreadEntry.example), refusals: [.notFound, .caseEnded],
            replays: .entries { $1.readsOfPath(.message, $0.id?.rawValue) }
        ) { draft, call in
            let id = try call.id("id", as: CaseID.self)
            let entry = try await messenger.post(draft, to: id, by: call.caller, in: call.tx)
            let place =
                "/v1/cases/\(id)/messages?thread=\((draft.thread ?? .care).rawValue)&after=\(entry.seq - 1)&limit=1"
            call.reply(headers: [.location: place])
            return entry
        },
        .read(
            .get, "/v1/cases/{id}/messages", .messaging, "A thread behind a number",
            details: """
                Numbers have no gap. An entry that the reader may not see yet is its number with `withheld`; a later \
                entry of kind `revealed` names the numbers that it `opens`.
                """, parameters: [.query(thread), .query(after), .query(limit)],
            returns: .ok("The entries, everybody's marks, and how many are unread", example: ThreadPage.example),
            refusals: [.notFound], audits: .entries { page, call in reads(page.messages, call) }
        ) { call in
            try await messenger.page(
                call.required(thread), of: call.id("id", as: CaseID.self), after: call.required(after),
                limit: call.required(limit), by: call.caller, in: call.tx)
        },
        .write(
            .put, "/v1/cases/{id}/mark", .messaging, "Say how far one has read",
            details: "A mark never goes back: an older number leaves it where it is.",
            body: .json(example: MarkRequest(seq: 3, thread: .care)),
            returns: .ok("The mark", example: ThreadMark.example), refusals: [.notFound],
            replays: .nothing(because: "it is a number")
        ) { request, call in
            try await messenger.mark(
                request.seq, thread: request.thread ?? .care, of: call.id("id", as: CaseID.self), by: call.caller,
                in: call.tx)
        },
        .read(
            .post, "/v1/cases/{id}/messages/search", .messaging, "Find messages by their words",
            body: .json(example: MessageSearch(text: "slides", thread: .care)),
            returns: .ok("At most 50, newest first", example: MessageFindings(messages: [.example])),
            refusals: [.notFound], audits: .entries { found, call in reads(found.messages, call) }
        ) { search, call in
            MessageFindings(
                messages: try await messenger.search(
                    search.text, thread: search.thread ?? .care, of: call.id("id", as: CaseID.self), by: call.caller,
                    in: call.tx))
        },
    ]
}

/// One audit entry for the delivered messages; none for numbers alone.
private func reads(_ entries: [ThreadEntry], _ call: HandlerContext) -> [AuditRead] {
    let texts = entries.count { $0.text != nil }
    guard texts > 0, let id = try? call.id("id", as: CaseID.self) else { return [] }
    return [AuditRead(.message, id.rawValue, in: .case(id), by: call.caller.account, items: texts)]
}
