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

@Suite("The head of a request is taken by its grammar", .database, .timeLimit(.minutes(5)))
struct HeadFieldTests {
    private let note = #"{"title":"a","count":1,"mood":"calm","parts":[]}"#
    private let someID = "0192f0c1-7d2e-7a41-9c3b-5f1de0a7b842"

    private func with(
        _ further: [Endpoint] = [], _ body: @Sendable (TestGateway, TestPerson) async throws -> Void
    ) async throws {
        try await makeNoteTable()
        let anna = try await TestPerson.signedUp()
        try await TestGateway.with(testEndpoints() + further, people: [anna]) { try await body($0, anna) }
    }

    @Test(
        "If-Match takes a list, a star, and tags that a proxy has weakened",
        arguments: [
            (#""1""#, 204), (#"W/"1""#, 204), ("*", 204), (#""1-0f3c""#, 204), (#"W/"1-gzip""#, 204), (#""2-1""#, 412),
            (#""zzz", "1""#, 204), (#""a,b" , W/"1","#, 204),
            (#""2""#, 412), (#"W/"2""#, 412), (#""01""#, 412), (#""zzz""#, 412), ("1", 400), (#""1"#, 400),
            (#""1" "2""#, 400), ("w/\"1\"", 400), ("*, \"1\"", 400),
        ])
    func ifMatch(value: String, status: Int) async throws {
        try await with { gateway, anna in
            let reply = try await gateway.send(.delete, "/v1/notes/\(someID)", as: anna, headers: ["If-Match": value])
            #expect(reply.status == status)
            if status == 400 { #expect(reply.errors == ["If-Match format"]) }
        }
    }

    @Test(
        "A change is not made where If-None-Match names what there is",
        arguments: [
            ("*", "*", 412), ("*", #""1""#, 412), ("*", #"W/"1-0f3c", "2""#, 412), ("*", #""2""#, 204),
            (#""1""#, #""1""#, 412), (#""1""#, "*", 412), (#""1""#, #""2""#, 204), (#""1""#, "1", 400),
        ])
    func ifNoneMatchOfWrite(match: String, noneMatch: String, status: Int) async throws {
        try await with { gateway, anna in
            let (id, title) = (UUID(), "\(match) \(noneMatch)")
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute("INSERT INTO consilium.test_note VALUES (\(id), \(title))")
            }
            let reply = try await gateway.send(
                .delete, "/v1/notes/\(id.uuidString.lowercased())", as: anna,
                headers: ["If-Match": match, "If-None-Match": noneMatch])
            #expect(reply.status == status)
            #expect(try await countNotes(title) == (status == 204 ? 0 : 1))
            if status == 400 { #expect(reply.errors == ["If-None-Match format"]) }
        }
    }

    @Test(
        "If-None-Match takes a list, a star and weak tags, and what it does not understand names nothing",
        arguments: [
            (#""7-""#, 304), (#"W/"7-""#, 304), ("*", 304), (#""1","7-""#, 304), (#""1,7-""#, 200), (#""8""#, 200),
            ("7", 200), (#""7""#, 200), (#""7-0123456789abcdef""#, 200),
        ])
    func ifNoneMatch(value: String, status: Int) async throws {
        try await with { gateway, anna in
            let read = try await gateway.send(.get, "/v1/notes/\(someID)", as: anna)
            let tag = try #require(read.header("ETag"))
            #expect(tag.wholeMatch(of: /"7-[0-9a-f]{16}"/) != nil)
            // The tag of this view stands for `"7-"`.
            let named = value.replacing(#""7-""#, with: tag).replacing(#"7-""#, with: tag.dropFirst())
            for method in [HTTPRequest.Method.get, .head] {
                let reply = try await gateway.send(
                    method, "/v1/notes/\(someID)", as: anna, headers: ["If-None-Match": named])
                #expect(reply.status == status)
                #expect(reply.header("ETag") == tag)
                #expect((reply.header("Content-Type") == nil) == (status == 304))
            }
        }
    }

    @Test(
        "A request names one host",
        arguments: [
            (["Host: localhost"], 200, ""), (["Host: example.org:8080"], 200, ""), (["Host: [::1]:80"], 200, ""),
            ([], 400, "missing"), (["Host: a", "Host: a"], 400, "duplicate"), (["Host: "], 400, "format"),
            (["Host: a b"], 400, "format"), (["Host: user@a"], 400, "format"), (["Host: a:b"], 400, "format"),
            (["Host: a/b"], 400, "format"), (["Host: [::1"], 400, "format"), (["Host: %zz"], 400, "format"),
        ])
    func host(fields: [String], status: Int, rule: String) async throws {
        try await with { gateway, _ in
            let answer = try await exchange(gateway.port, ["GET /v1/public HTTP/1.1"] + fields + ["Connection: close"])
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(40))")
            if status == 400 { #expect(answer.contains(#"{"header":"Host","rule":"\#(rule)""#)) }
        }
    }

    @Test("HTTP/1.0 need not name one, and its connection ends with the answer")
    func oldVersion() async throws {
        try await with { gateway, _ in
            let answer = try await exchange(gateway.port, ["GET /v1/public HTTP/1.0"])
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n{\"hello\":\"there\"}"))
        }
    }

    @Test(
        "A media type counts by its meaning, not by its spelling",
        arguments: [
            ("application/json", 201), ("APPLICATION/JSON;CHARSET=UTF-8", 201),
            (#"application/json; charset="utf-8""#, 201), (#"application/json; charset="\u\t\f-8""#, 201),
            ("application/json ; version=2;", 201), (#"application/json; a="charset=latin1""#, 201),
            ("application/json; charset=utf8", 415), (#"application/json; x=utf-8; charset="latin1""#, 415),
            ("application/json; charset=utf-8; charset=latin1", 415), ("application/json, application/json", 415),
            ("application/json; charset", 415), ("application", 415), ("application/jsonp", 415), ("", 415),
        ])
    func mediaType(type: String, status: Int) async throws {
        try await with { gateway, anna in
            let reply = try await gateway.send(
                .post, "/v1/notes", as: anna, json: note, headers: ["Content-Type": type])
            #expect(reply.status == status)
        }
    }

    @Test(
        "A coded body is refused, and the refusal says what is taken",
        arguments: [("gzip", 415), ("br", 415), ("identity, gzip", 415), ("identity", 201), ("Identity", 201)])
    func contentCoding(coding: String, status: Int) async throws {
        try await with { gateway, anna in
            let reply = try await gateway.send(
                .post, "/v1/notes", as: anna, json: note, headers: ["Content-Encoding": coding])
            #expect(reply.status == status)
            #expect(reply.header("Accept-Encoding") == (status == 415 ? "identity" : nil))
        }
    }

    @Test("A file's media type may have any charset, and its bytes no coding")
    func upload() async throws {
        let upload = Endpoint.upload(
            .put, "/v1/file", .ops, "Receives", mediaTypes: ["application/octet-stream"],
            returns: .ok("x", example: ["a": "b"])
        ) { body, _ in
            for try await _ in body {}
            return ["a": "b"]
        }
        try await with([upload]) { gateway, anna in
            for (headers, status) in [
                (["Content-Type": "application/octet-stream; charset=binary"], 200),
                (["Content-Type": "application/octet-stream", "Content-Encoding": "gzip"], 415),
            ] {
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)/v1/file")
                request.method = .PUT
                request.headers.add(name: "Authorization", value: "Bearer \(anna.token)")
                for (name, value) in headers { request.headers.add(name: name, value: value) }
                request.body = .bytes(ByteBuffer(string: "hello"))
                let reply = try await gateway.exchange(request)
                #expect(reply.status == status)
            }
        }
    }
}
