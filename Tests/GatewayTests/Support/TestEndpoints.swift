import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import TestSupport

/// A body with a bit of everything.
struct Note: Codable, Sendable, Equatable, Described, Ruled {
    struct Part: Codable, Sendable, Equatable {
        var name: String
        var weight: Double?
    }

    enum Mood: String, Codable, Sendable, CaseIterable { case calm, worried }

    var title: String
    var count: Int
    var mood: Mood
    var due: Date?
    var caseID: CaseID?
    var parts: [Part]

    static let notes = [
        "title": FieldNote("What it is about"), "count": FieldNote("How many"), "parts": FieldNote("Its parts"),
    ]
    static let rules: [String: FieldRule] = [
        "title": .text(.anything(1...20)), "count": .number(0...9), "parts": .list(0...3),
    ]

    static let example = Note(
        title: "Knee", count: 2, mood: .calm, due: Date(timeIntervalSince1970: 1_800_000_000),
        caseID: CaseID("0192f0c1-7d2e-7a41-9c3b-5f1de0a7b842"), parts: [Part(name: "left", weight: 1.5)])
}

/// What a write answers: how many notes there are then.
struct Receipt: Codable, Sendable, Equatable {
    var id: UUID
    var title: String
}

struct Unspeakable: Error, CustomStringConvertible {
    var description: String { "canary-in-an-error" }
}

enum NoteRefusal: Error, Equatable, ProblemConvertible {
    case full

    var problem: Problem {
        switch self {
        case .full: Problem(.conflict, "There are enough notes.")
        }
    }
}

/// A table that the app role may write, for endpoints that count what really happened; made once a database.
func makeNoteTable() async throws { try await NoteTables.shared.make(in: .current) }

private actor NoteTables {
    static let shared = NoteTables()
    private var tables: [String: Task<Void, any Error>] = [:]

    func make(in database: TestDatabase) async throws {
        let task =
            tables[database.name]
            ?? Task {
                try await database.owner.withTransaction(as: .nobody) { tx in
                    try await tx.execute("CREATE TABLE consilium.test_note (id uuid PRIMARY KEY, title text)")
                    try await tx.execute("GRANT SELECT, INSERT, DELETE ON consilium.test_note TO consilium_app")
                }
            }
        tables[database.name] = task
        try await task.value
    }
}

func countNotes(_ title: String) async throws -> Int {
    try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
        let row = try await tx.first("SELECT count(*) FROM consilium.test_note WHERE title = \(title)")
        return Int(try row?.decode(Int64.self) ?? 0)
    }
}

let limitQuery = Query<Int>("limit", "How many", default: 20, range: 1...100)

/// Routes that exercise the core and nothing else.
func testEndpoints() -> [Endpoint] {
    [
        .write(
            .post, "/v1/notes", .ops, "Keep a note", body: .json(example: Note.example),
            returns: .created("Kept", example: Receipt(id: UUID(), title: "Knee")), refusals: [.conflict],
            replays: .nothing(because: "it is a test")
        ) { note, call in
            let receipt = Receipt(id: UUID(), title: note.title)
            try await call.tx.execute(
                "INSERT INTO consilium.test_note (id, title) VALUES (\(receipt.id), \(receipt.title))")
            if note.title == "refuse" { throw NoteRefusal.full }
            if note.title == "crash" { throw Unspeakable() }
            if note.title == "slow" { try await Task.sleep(for: .seconds(60)) }
            call.reply(headers: [.location: "/v1/notes/\(receipt.id)"], etag: "1")
            return receipt
        },
        .read(
            .get, "/v1/notes/{id}", .ops, "A note", parameters: [.query(limitQuery)],
            returns: .ok("The note", example: Note.example, headers: ["ETag": "Its version"]),
            audits: .entries { _, call in
                [AuditRead(.record, call.caller.account.rawValue, in: .programme, by: call.caller.account)]
            }
        ) { call in
            _ = try call.id("id", as: CaseID.self)
            var note = Note.example
            note.count = try call.required(limitQuery) % 10
            call.reply(etag: "7")
            return note
        },
        .write(
            .delete, "/v1/notes/{id}", .ops, "Forget a note", returns: .noContent("Forgotten"),
            refusals: [.changedMeanwhile, .matchNeeded], replays: .noBody
        ) { call in
            let id = try call.id("id", as: CaseID.self)
            guard try call.requiredVersion().holds(for: 1) else { throw Problem(.changedMeanwhile) }
            try await call.tx.execute("DELETE FROM consilium.test_note WHERE id = \(id)")
            return NoContent()
        },
        .read(
            .get, "/v1/public", .ops, "For anybody", access: .everyone,
            returns: .ok("Hello", example: ["hello": "there"]), audits: .nothing(because: "it is a test")
        ) { _ in ["hello": "there"] },
        .read(
            .get, "/v1/desk", .ops, "For coordinators", access: .roles([.coordinator]),
            returns: .ok("Hello", example: ["hello": "there"]), audits: .nothing(because: "it is a test")
        ) { _ in ["hello": "there"] },
    ]
}

extension Tag {
    /// The chapter of the endpoints that tests make.
    static let ops = Tag("ops", "The service itself")
}
