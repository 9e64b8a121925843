import AsyncHTTPClient
import Clinic
import Crypto
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
import NIOHTTP1
import Rig
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("Files over HTTP", .database, .timeLimit(.minutes(5)))
struct FileRouteTests {
    let services = CaseRoutesFixture()

    @Test("An upload resumes where the store is, and the file comes back as an attachment")
    func resumes() async throws {
        try await withFile(bytes: SeededGenerator.content(3_000_000)) { gateway, patient, path, bytes in
            let first = try await patch(path, bytes[..<1_200_000], at: 0, gateway, patient)
            #expect(first.status == 200)
            #expect(first.header("Upload-Offset") == "1200000")
            let head = try await gateway.send(.head, path, as: patient)
            #expect(head.header("Upload-Offset") == "1200000")
            #expect(head.header("Upload-Complete") == "?0")
            let wrong = try await patch(path, bytes[..<10], at: 5, gateway, patient)
            #expect(wrong.problem == "wrong-offset")
            #expect(wrong.header("Upload-Offset") == "1200000")
            let record = path.split(separator: "/").dropLast(2).joined(separator: "/")
            let early = try await gateway.send(.get, "/\(record)/content", as: patient)
            #expect(early.problem == "not-found")
            let last = try await patch(path, bytes[1_200_000...], at: 1_200_000, gateway, patient)
            #expect(last.header("Upload-Complete") == "?1")

            let (status, headers, content) = try await fetch("/\(record)/content", gateway, patient)
            #expect(status == 200)
            #expect(content == bytes)
            #expect(headers.first(name: "Content-Length") == "3000000")
            #expect(headers.first(name: "Content-Type") == "application/pdf")
            #expect(headers.first(name: "X-Content-Type-Options") == "nosniff")
            #expect(
                headers.first(name: "Content-Disposition")
                    == "attachment; filename=\"scan 1.pdf\"; filename*=UTF-8''scan%201.pdf")
            let kept = try await gateway.send(.get, "/\(record)", as: patient)
            #expect(kept.text(at: "state") == "received")
            let noted = await gateway.recorded.entries
            #expect(noted.contains { $0.noun == .file && $0.actor == patient.caller.account })
        }
    }

    @Test("A download that broke off goes on where it stopped")
    func ranges() async throws {
        try await withFile(bytes: SeededGenerator.content(3_000_000)) { gateway, patient, path, bytes in
            // In two pieces, so that the places of its chunks are not those of one upload.
            _ = try await patch(path, bytes[..<1_200_001], at: 0, gateway, patient)
            _ = try await patch(path, bytes[1_200_001...], at: 1_200_001, gateway, patient)
            let content = "/" + path.split(separator: "/").dropLast(2).joined(separator: "/") + "/content"
            let whole = try await fetch(content, gateway, patient)
            #expect(whole.1.first(name: "Accept-Ranges") == "bytes")
            let tag = try #require(whole.1.first(name: "ETag"))
            for (range, wanted) in [
                ("bytes=0-0", 0..<1), ("bytes=2999999-", 2_999_999..<3_000_000), ("bytes=-5", 2_999_995..<3_000_000),
                ("bytes=1200000-1200001", 1_200_000..<1_200_002), ("BYTES=1000000-2500000", 1_000_000..<2_500_001),
                ("bytes=2000000-99999999999999999999", 2_000_000..<3_000_000), ("bytes=-9999999", 0..<3_000_000),
            ] {
                let part = try await fetch(content, gateway, patient, ["Range": range, "If-Range": tag])
                #expect(part.0 == 206, "\(range)")
                #expect(part.2 == Array(bytes[wanted]), "\(range)")
                #expect(
                    part.1.first(name: "Content-Range")
                        == "bytes \(wanted.lowerBound)-\(wanted.upperBound - 1)/3000000")
                #expect(part.1.first(name: "Content-Length") == String(wanted.count))
                #expect(part.1.first(name: "ETag") == tag)
            }
            for range in ["bytes=3000000-", "bytes=-0"] {
                let refused = try await gateway.send(.get, content, as: patient, headers: ["Range": range])
                #expect(refused.problem == "range-not-satisfiable")
                #expect(refused.header("Content-Range") == "bytes */3000000")
            }
            // Another version, a weak tag, another unit, several ranges and nonsense: all of it.
            for headers in [
                ["Range": "bytes=0-0", "If-Range": "\"another\""], ["Range": "bytes=0-0", "If-Range": "W/\(tag)"],
                ["Range": "lines=0-0"], ["Range": "bytes=0-0,5-6"], ["Range": "bytes=5-4"], ["Range": "bytes=-"],
            ] {
                #expect(try await fetch(content, gateway, patient, headers).0 == 200, "\(headers)")
            }
            let known = try await gateway.send(.get, content, as: patient, headers: ["If-None-Match": "W/\(tag)"])
            #expect(known.status == 304)
            #expect(known.header("Content-Disposition") == nil)
            let head = try await gateway.send(.head, content, as: patient, headers: ["Range": "bytes=0-0"])
            #expect(head.status == 200)
            #expect(head.header("Content-Length") == "3000000")
        }
    }

    @Test("Another content than was announced is refused and dropped")
    func wrongDigest() async throws {
        try await withFile(bytes: SeededGenerator.content(1_000)) { gateway, patient, path, bytes in
            var wrong = bytes
            wrong[0] ^= 1
            let refused = try await patch(path, wrong[...], at: 0, gateway, patient)
            #expect(refused.status == 422)
            #expect(refused.problem == "wrong-digest")
            #expect(try await gateway.send(.head, path, as: patient).header("Upload-Offset") == "0")
            #expect(try await patch(path, bytes[...], at: 0, gateway, patient).header("Upload-Complete") == "?1")
            #expect(try await patch(path, bytes[...], at: 0, gateway, patient).problem == "file-complete")
        }
    }

    @Test("A stranger finds neither the file nor its content, and more than was announced is not taken")
    func limits() async throws {
        let stranger = try await services.person(.patient)
        try await withFile(bytes: SeededGenerator.content(1_000), and: [stranger]) { gateway, patient, path, bytes in
            #expect(try await gateway.send(.get, path, as: stranger).problem == "not-found")
            #expect(try await patch(path, bytes[...], at: 0, gateway, stranger).problem == "not-found")
            let long = try await patch(path, (bytes + bytes)[...], at: 0, gateway, patient)
            #expect(long.problem == "file-too-long")
            let missing = try await patch(path, bytes[...], at: nil, gateway, patient)
            #expect(missing.errors == ["Upload-Offset format"])
            let removed = try await gateway.send(.delete, path, as: patient)
            #expect(removed.status == 200 && removed.text(at: "outcome") == "removed")
            #expect(try await gateway.send(.delete, path, as: patient).problem == "not-found")
            #expect(try await gateway.send(.get, path, as: patient).problem == "not-found")
        }
    }

    @Test("A file that is a mistake is marked, and shown only to who asks for mistakes too")
    func mistakes() async throws {
        let specialist = try await services.person(.specialist)
        try await withFile(bytes: SeededGenerator.content(1_000), and: [specialist]) { gateway, patient, path, bytes in
            #expect(try await patch(path, bytes[...], at: 0, gateway, patient).status == 200)
            let id = String(path.split(separator: "/")[2])
            try await services.submit(id, by: patient, gateway)
            try await services.assign(id, to: specialist)
            let content = "/\(path.split(separator: "/").dropLast(2).joined(separator: "/"))/content"
            #expect(try await gateway.send(.get, content, as: specialist).status == 200)
            let marked = try await gateway.send(.delete, path, as: patient)
            #expect(marked.status == 200 && marked.text(at: "outcome") == "marked")
            #expect(marked.json["file"]?["enteredInErrorAt"] != nil)
            for target in [content, "\(content)?file=\(path.split(separator: "/").last ?? "")"] {
                let refused = try await gateway.send(.get, target, as: specialist)
                #expect(refused.status == 409 && refused.problem == "entered-in-error")
            }
            let shown = try await gateway.send(.get, "\(content)?enteredInError=true", as: specialist)
            #expect(shown.status == 200)
            #expect(shown.header("Content-Disposition")?.contains("entered in error - scan 1.pdf") == true)
        }
    }

    /// Announces a file of a fresh record, and hands over its path.
    private func withFile(
        bytes: [UInt8], and others: [TestPerson] = [],
        _ body: @escaping @Sendable (TestGateway, TestPerson, String, [UInt8]) async throws -> Void
    ) async throws {
        let patient = try await services.person(.patient)
        try await TestGateway.with(services.endpoints, people: [patient] + others) { gateway in
            let id = try await services.opened(by: patient, gateway)
            let added = try await gateway.send(
                .post, "/v1/cases/\(id)/records", as: patient, json: #"{"kind": "imaging", "title": "Scan"}"#)
            let record = try #require(added.text(at: "id"))
            let digest = SHA256.hash(data: bytes).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
            let json = """
                {"name": "scan 1.pdf", "mediaType": "application/pdf", "length": \(bytes.count), "sha256": "\(digest)"}
                """
            let file = try await gateway.send(.post, "/v1/cases/\(id)/records/\(record)/files", as: patient, json: json)
            #expect(file.status == 201)
            try await body(gateway, patient, try #require(file.header("Location")), bytes)
        }
    }

    private func patch(
        _ path: String, _ bytes: ArraySlice<UInt8>, at offset: Int?, _ gateway: TestGateway, _ person: TestPerson
    ) async throws -> TestReply {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(path)")
        request.method = .PATCH
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        request.headers.add(name: "Content-Type", value: "application/partial-upload")
        if let offset { request.headers.add(name: "Upload-Offset", value: String(offset)) }
        request.body = .bytes(ByteBuffer(bytes: bytes))
        return try await gateway.exchange(request)
    }

    private func fetch(
        _ path: String, _ gateway: TestGateway, _ person: TestPerson, _ headers: [String: String] = [:]
    ) async throws -> (UInt, HTTPHeaders, [UInt8]) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(person.token)")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await gateway.open(request)
        let body = try await response.body.collect(upTo: 10_000_000)
        return (response.status.code, response.headers, Array(body.readableBytesView))
    }
}
