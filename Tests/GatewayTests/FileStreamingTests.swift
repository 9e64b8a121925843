import AsyncHTTPClient
import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
import NIOHTTP1
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("Files flow in pieces", .database, .timeLimit(.minutes(5)))
struct FileStreamingTests {
    private struct Counted: Codable, Sendable, Equatable {
        var bytes: Int
        var largest: Int
    }

    private func endpoints() -> [Endpoint] {
        [
            .upload(
                .put, "/v1/file", .ops, "Receives",
                returns: .ok("How much came", example: Counted(bytes: 1, largest: 1))
            ) { body, call in
                var counted = Counted(bytes: 0, largest: 0)
                for try await piece in body {
                    counted.bytes += piece.readableBytes
                    counted.largest = max(counted.largest, piece.readableBytes)
                }
                _ = try await call.transaction { tx in try await tx.query("SELECT 1") }
                return counted
            },
            .download(
                "/v1/file", .ops, "Sends", mediaTypes: ["application/pdf"], audits: .nothing(because: "it is a test")
            ) { _ in
                Download("application/pdf", length: 30 * 100_000, pieces: { _ in Pieces(count: 30) })
            },
            .download("/v1/broken", .ops, "Breaks off", audits: .nothing(because: "it is a test")) { _ in
                Download("application/pdf", length: 30 * 100_000, pieces: { _ in Pieces(count: 3) })
            },
        ]
    }

    private struct Pieces: AsyncSequence, Sendable {
        typealias Element = ByteBuffer
        let count: Int
        struct AsyncIterator: AsyncIteratorProtocol {
            var left: Int
            mutating func next() async throws -> ByteBuffer? {
                guard left > 0 else { return nil }
                left -= 1
                return ByteBuffer(repeating: 7, count: 100_000)
            }
        }
        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(left: count) }
    }

    private func upload(
        _ count: Int, to gateway: TestGateway, as person: TestPerson, known: Bool
    ) async throws -> TestReply {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/file")
        request.method = .PUT
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        request.headers.add(name: "Content-Type", value: "application/pdf")
        request.body = .stream(Pieces(count: count), length: known ? .known(Int64(count * 100_000)) : .unknown)
        return try await gateway.exchange(request)
    }

    @Test("An upload beyond the JSON limit arrives piece by piece")
    func upload() async throws {
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(endpoints(), people: [anna]) { gateway in
            let reply = try await upload(50, to: gateway, as: anna, known: true)
            let counted = try JSONBody.decode(Counted.self, from: Array(reply.text.utf8))
            #expect(counted.bytes == 5_000_000)
            #expect(counted.largest < 1_000_000)
        }
    }

    @Test("An upload beyond its limit is 413, declared or not", arguments: [true, false])
    func tooLarge(known: Bool) async throws {
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(endpoints(), people: [anna], settings: { $0.uploadLimit = 1_000_000 }) { gateway in
            let fits = try await upload(10, to: gateway, as: anna, known: known)
            #expect(fits.status == 200)
            // The refusal can come while the client still sends, which then may not read it: the log has it for certain.
            do {
                #expect(try await upload(11, to: gateway, as: anna, known: known).status == 413)
            } catch let error as HTTPClientError where error == .bodyLengthMismatch {}
            try await wait(for: "the log of the refusal") { gateway.log.lines.contains { $0.contains("status=413") } }
        }
    }

    @Test("A download comes whole with its length and type; one that breaks off is seen to")
    func download() async throws {
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(endpoints(), people: [anna]) { gateway in
            let reply = try await gateway.send(.get, "/v1/file", as: anna)
            #expect(reply.text.utf8.count == 3_000_000)
            #expect(reply.header("Content-Type") == "application/pdf")
            #expect(reply.header("Content-Length") == "3000000")
            await #expect(throws: (any Error).self) { try await gateway.send(.get, "/v1/broken", as: anna) }
        }
    }
}
