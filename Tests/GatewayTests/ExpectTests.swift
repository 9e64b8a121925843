import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("A client that waits with its body is asked for it, or refused at once", .database, .timeLimit(.minutes(5)))
struct ExpectTests {
    private let note = #"{"title":"a","count":1,"mood":"calm","parts":[]}"#
    private let invitation = "HTTP/1.1 100 Continue\r\n\r\n"

    private struct Counted: Codable, Sendable { var bytes: Int }

    private var upload: Endpoint {
        .upload(.put, "/v1/file", .ops, "Receives", returns: .ok("How much came", example: Counted(bytes: 1))) {
            body, _ in
            var counted = Counted(bytes: 0)
            for try await piece in body { counted.bytes += piece.readableBytes }
            return counted
        }
    }

    private func with(_ body: @Sendable (TestGateway, TestPerson) async throws -> Void) async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints() + [upload], people: [anna]) { try await body($0, anna) }
    }

    private func head(
        _ line: String, as person: TestPerson?, length: Int, type: String = "application/json",
        _ further: [String] = ["Expect: 100-continue"]
    ) -> String {
        let fields = [line, "Host: localhost", "Content-Type: \(type)", "Content-Length: \(length)"]
        let token = person.map { ["Authorization: Bearer \($0.token)"] } ?? []
        return (fields + token + further + ["", ""]).joined(separator: "\r\n")
    }

    @Test("Before the body 100 comes, and behind it the answer", arguments: ["100-continue", "100-Continue"])
    func invited(expectation: String) async throws {
        try await with { gateway, anna in
            let connection = try await RawConnection(to: gateway.port)
            try await connection.send(
                head("POST /v1/notes HTTP/1.1", as: anna, length: note.utf8.count, ["Expect: \(expectation)"]))
            #expect(try await connection.read(until: invitation) == invitation)
            try await connection.send(note)
            let all = try await connection.read(until: "\"title\":\"a\"}")
            #expect(all.dropFirst(invitation.count).hasPrefix("HTTP/1.1 201 Created\r\n"))
            try await connection.close()
        }
    }

    @Test("An upload is asked for, too")
    func upload() async throws {
        try await with { gateway, anna in
            let connection = try await RawConnection(to: gateway.port)
            try await connection.send(head("PUT /v1/file HTTP/1.1", as: anna, length: 5, type: "application/pdf"))
            #expect(try await connection.read(until: invitation) == invitation)
            try await connection.send("hello")
            #expect(try await connection.read(until: "\"bytes\":5}").contains("HTTP/1.1 200 OK\r\n"))
            try await connection.close()
        }
    }

    @Test("Control: who does not ask, and who speaks HTTP/1.0, gets no 100")
    func uninvited() async throws {
        try await with { gateway, anna in
            for (line, further) in [
                ("POST /v1/notes HTTP/1.1", ["Connection: close"]),
                ("POST /v1/notes HTTP/1.0", ["Expect: 100-continue"]),
            ] {
                let connection = try await RawConnection(to: gateway.port)
                try await connection.send(head(line, as: anna, length: note.utf8.count, further) + note)
                let answer = try await connection.read(until: "\r\n\r\n\u{0}")
                #expect(answer.hasPrefix("HTTP/1.1 201 Created\r\n"), "\(line)")
            }
        }
    }

    @Test("What is refused without the body is refused in its place, and the connection ends")
    func refused() async throws {
        try await with { gateway, anna in
            let wrong = [
                (401, head("POST /v1/notes HTTP/1.1", as: nil, length: 50)),
                (404, head("POST /v1/nothing HTTP/1.1", as: anna, length: 50)),
                (415, head("POST /v1/notes HTTP/1.1", as: anna, length: 50, type: "text/plain")),
                (
                    415,
                    head(
                        "POST /v1/notes HTTP/1.1", as: anna, length: 50,
                        ["Expect: 100-continue", "Content-Encoding: gzip"])
                ),
                (413, head("POST /v1/notes HTTP/1.1", as: anna, length: 500_000_000)),
                (417, head("POST /v1/notes HTTP/1.1", as: anna, length: 50, ["Expect: 200-ok"])),
            ]
            for (status, head) in wrong {
                let connection = try await RawConnection(to: gateway.port)
                try await connection.send(head)
                let answer = try await connection.read(until: "\r\n\r\n\u{0}")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(status): \(answer.prefix(40))")
                #expect(answer.lowercased().contains("connection: close\r\n"), "\(status)")
            }
        }
    }
}
