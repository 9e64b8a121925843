import Clinic
import FoundationEssentials
import HTTPServer
import HTTPTypes
import Messaging
import ServiceAPI

/// A request to mark how far somebody has read.
struct MarkRequest: Codable, Sendable, Ruled {
    let seq: Int
    let thread: ThreadKind?

    static let rules: [String: FieldRule] = ["seq": .number(Messenger.numbers)]
}

/// A search of a thread.
struct MessageSearch: Codable, Sendable, Ruled {
    let text: String
    let thread: ThreadKind?

    static let rules: [String: FieldRule] = ["text": .text(Messenger.searchRule)]
}

/// The messages that a search found.
struct MessageFindings: Codable, Sendable {
    let messages: [ThreadEntry]
}

/// | route | who |
/// |---|---|
/// | `POST`, `GET /v1/cases/{id}/messages` | everybody who reads the case; the staff thread: specialist, coordinator |
/// | `PUT /v1/cases/{id}/mark` | the same |
/// | `POST /v1/cases/{id}/messages/search` | the same |
func messageRoutes(_ messenger: Messenger) -> [Endpoint] {
    let thread = Query<ThreadKind>("thread", "The thread", default: .care)
    let after = Query<Int>("after", "The number after which to begin", default: 0, range: Messenger.numbers)
    let limit = Query<Int>("limit", "The most entries", default: 50, range: 1...Messenger.mostEntries)
    return [
        .write(
            .post, "/v1/cases/{id}/messages", .messaging, "Write a message",
            details: """
                `revealsPrior` withholds it from a specialist who has not signed their first read; it is the default \
                for a treating clinician's message. A message that no specialist is told of, because none takes part \
                or it is withheld from them, makes a task for the coordinators (`answer_message`, one a thread) until \
                a coordinator, or a specialist who reads it, writes in the thread. A message in a draft makes the task \
                when the case is submitted. Messages are not for emergencies.
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
            .get, "/v1/cases/{id}/messages", .messaging, "The entries of a thread after a number",
            details: """
                Numbers have no gap. An entry that is withheld from you has only its number and `withheld`; a later \
                entry of kind `revealed` has the numbers of the entries that it `opens`.
                """, parameters: [.query(thread), .query(after), .query(limit)],
            returns: .ok("The entries, everybody's marks, and how many are unread", example: ThreadPage.example),
            refusals: [.notFound], audits: .entries { $1.reads($0.messages) }
        ) { call in
            try await messenger.page(
                call.required(thread), of: call.id("id", as: CaseID.self), after: call.required(after),
                limit: call.required(limit), by: call.caller, in: call.tx)
        },
        .write(
            .put, "/v1/cases/{id}/mark", .messaging, "Mark how far you have read",
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
            .post, "/v1/cases/{id}/messages/search", .messaging, "Search the messages of a thread",
            body: .json(example: MessageSearch(text: "slides", thread: .care)),
            returns: .ok("At most 50, newest first", example: MessageFindings(messages: [.example])),
            refusals: [.notFound], audits: .entries { $1.reads($0.messages) }
        ) { search, call in
            MessageFindings(
                messages: try await messenger.search(
                    search.text, thread: search.thread ?? .care, of: call.id("id", as: CaseID.self), by: call.caller,
                    in: call.tx))
        },
    ]
}
