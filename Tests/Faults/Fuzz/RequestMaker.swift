import Foundation
import Gateway
import HTTPServer
import JSON
import Rig
import ServiceAPI

/// Makes requests out of a gateway's document: good ones, but for one part.
struct RequestMaker: Sendable {
    struct Request: Sendable {
        /// Method and template.
        let route: String
        let bytes: [UInt8]
        var text: String { String(decoding: bytes.prefix(4000), as: UTF8.self).debugDescription }
    }

    private struct Operation: Sendable {
        let method: String
        let path: String
        let queries: [(name: String, schema: JSONValue)]
        let body: JSONValue?
        let takesBytes: Bool
        var route: String { "\(method) \(path)" }
        var isCostly: Bool { ["/v1/accounts", "/v1/sessions", "/v1/password"].contains(where: path.hasPrefix) }
    }

    /// Sessions; the first is the patient's.
    var tokens: [String] = []
    /// What was sent last.
    var last: Request?
    private let operations: [Operation]
    let ownCase: String
    let specialist: String
    let ids: [String]
    /// Those of what was made meanwhile, by the path that it was posted to.
    private(set) var made: [String: [String]] = [:]
    let texts = Mutator(Corpus.words + Corpus.urls, words: Corpus.jsonWords + Corpus.wordWords, most: 4000)
    let json = Mutator(Corpus.bodies, words: Corpus.jsonWords)

    init(_ document: JSONValue, case: String, specialist: String, ids: [String]) {
        (ownCase, self.specialist, self.ids) = (`case`, specialist, ids)
        operations = Self.members(document["paths"]).flatMap { path in
            Self.members(path.value).map { method in
                let body = method.value["requestBody"]?["content"]
                return Operation(
                    method: method.name.uppercased(), path: path.name,
                    queries: Self.elements(method.value["parameters"]).filter { $0["in"] == "query" }.compactMap {
                        guard case .string(let name)? = $0["name"] else { return nil }
                        return (name, $0["schema"] ?? [:])
                    },
                    body: body?["application/json"]?["example"],
                    takesBytes: body != nil && body?["application/json"] == nil)
            }
        }
        // What ends a session or an account on purpose would leave nobody to ask the rest.
        .filter { operation in
            let ends = ["/close", "/erase", "/roles/{role}", "/sessions/current/proof"]
            return operation.method != "HEAD" && !ends.contains(where: operation.path.hasSuffix)
                && !(operation.method == "DELETE" && operation.path.hasPrefix("/v1/sessions"))
        }
    }

    private static func members(_ value: JSONValue?) -> [JSONValue.Member] {
        if case .object(let members)? = value { members } else { [] }
    }
    private static func elements(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let elements)? = value { elements } else { [] }
    }

    /// Takes up the id of what a request made, so that later ones are about it.
    mutating func learn(from reply: Reply, to request: Request) {
        guard reply.status == 201, let value = try? JSONParser.parse(Array(reply.body)).value,
            case .string(let id)? = value["id"]
        else { return }
        let path = request.route.dropFirst("POST ".count)
        made[String(path), default: []] = made[String(path), default: []].suffix(19) + [id]
    }

    func request(_ part: RequestFuzz.Part, _ generator: inout SeededGenerator) -> Request {
        var operation = generator.pick(operations)
        switch part {
        case .query:
            let asking = operations.filter { !$0.queries.isEmpty }
            if !asking.isEmpty { operation = generator.pick(asking) }
        case .body: operation = generator.pick(operations.filter { $0.body != nil })
        case .upload:
            operation = generator.pick(
                operations.filter { $0.takesBytes || $0.path.contains("/files") || $0.path.hasSuffix("/content") })
        case .path, .header: break
        }
        // Passwords are slow to check, on purpose.
        if operation.isCostly, part != .upload, Int.random(in: 0..<10, using: &generator) > 0 {
            operation = generator.pick(operations.filter { !$0.isCostly && (part != .body || $0.body != nil) })
        }
        var path = filled(operation.path, &generator)
        if part == .path { path = texts.changed(path, &generator).filter { !$0.isNewline && $0 != " " } }
        path += query(of: operation, changes: part == .query, &generator)
        var headers = [("Host", "127.0.0.1")]
        if Int.random(in: 0..<20, using: &generator) > 0 {
            headers.append(("Authorization", "Bearer \(generator.pick(tokens))"))
        }
        if Bool.random(using: &generator) { headers.append(("Idempotency-Key", "\(generator.next())")) }
        if operation.method != "GET", Bool.random(using: &generator) {
            headers.append(("If-Match", "\"\(Int.random(in: 0...3, using: &generator))\""))
        }
        var body: [UInt8] = []
        if let example = operation.body {
            let good = bound(example, &generator)
            body = part == .body ? changed(good, &generator) : good.bytes
            headers.append(("Content-Type", "application/json"))
        } else if operation.takesBytes {
            body = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                .random(in: .min ... .max, using: &generator)
            }
            headers.append(("Content-Type", "application/octet-stream"))
            headers.append(("Upload-Offset", "\(generator.pick([0, body.count]))"))
        }
        if operation.method != "GET" { headers.append(("Content-Length", "\(body.count)")) }
        if part == .header || part == .upload { change(&headers, &body, upload: part == .upload, &generator) }
        let head = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        return Request(
            route: operation.route, bytes: Array("\(operation.method) \(path) HTTP/1.1\r\n\(head)\r\n".utf8) + body)
    }

    // MARK: Paths and queries

    private func filled(_ template: String, _ generator: inout SeededGenerator) -> String {
        var path = template
        if path.hasPrefix("/v1/cases/{id}"), Int.random(in: 0..<4, using: &generator) > 0 {
            path = path.replacing("{id}", with: ownCase)
        }
        if path.hasPrefix("/v1/specialists/{id}"), Int.random(in: 0..<4, using: &generator) > 0 {
            path = path.replacing("{id}", with: specialist)
        }
        for part in template.split(separator: "/") where part.hasPrefix("{") {
            let name = part.prefix { $0 != "}" } + "}"
            let list = template[..<part.startIndex].dropLast()
            let known = made[String(list)] ?? []
            let id =
                known.isEmpty || Int.random(in: 0..<8, using: &generator) == 0
                ? generator.pick(ids) : generator.pick(known)
            path = path.replacing(name, with: id)
        }
        return path
    }

    private func query(of operation: Operation, changes: Bool, _ generator: inout SeededGenerator) -> String {
        var pairs: [String] = []
        for (name, schema) in operation.queries where Int.random(in: 0..<4, using: &generator) > 0 {
            var value = sample(name, schema, &generator)
            if changes, Bool.random(using: &generator) { value = odd(value, &generator) }
            let isRaw = changes && Int.random(in: 0..<10, using: &generator) == 0
            pairs.append("\(name)=\(isRaw ? value.filter { !$0.isWhitespace && $0 != "\u{0}" } : Self.encoded(value))")
        }
        if changes, Int.random(in: 0..<10, using: &generator) == 0 {
            pairs.append(generator.pick(pairs + ["x=1", "=", "%"]))
        }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = Character(Unicode.Scalar(byte)).isASCII && Character(Unicode.Scalar(byte)).isLetter
            return isPlain || (48...57).contains(byte)
                ? String(UnicodeScalar(byte)) : String(format: "%%%02X", Int(byte))
        }.joined()
    }

    private func sample(_ name: String, _ schema: JSONValue, _ generator: inout SeededGenerator) -> String {
        if name == "case" { return ownCase }
        if name == "specialist" { return specialist }
        let choices = Self.elements(schema["enum"]).compactMap { if case .string(let word) = $0 { word } else { nil } }
        if !choices.isEmpty { return generator.pick(choices) }
        switch (schema["type"], schema["format"]) {
        case (_, "uuid"): return generator.pick(ids)
        case (_, "date-time"): return generator.pick(Self.instants)
        case (_, "date"): return String(generator.pick(Self.instants).prefix(10))
        case ("integer", _): return generator.pick(["0", "1", "5", "50", "200"])
        case ("boolean", _): return generator.pick(["true", "false"])
        default: return generator.pick(["consult-45", "17:00-21:00", "1,2,3", "en", "a"])
        }
    }

    static let instants = [
        "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1900-01-01T00:00:00Z", "1970-01-01T00:00:00Z",
        "2026-11-30T12:00:00Z", "2026-12-07T14:00:00Z", "2026-12-07T14:45:00.5-05:00", "2027-03-14T07:30:00Z",
        "2027-11-07T06:30:00Z", "2038-01-19T03:14:08Z", "2999-12-31T23:59:59Z", "4001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-23:59",
    ]

    func odd(_ value: String, _ generator: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: generator.pick(Mutator.numbers)
        case 1: generator.pick(Mutator.texts)
        case 2: generator.pick(Self.instants)
        default: texts.changed(value, &generator)
        }
    }

    // MARK: Headers

    private static let headers: [(String, [String])] = [
        ("If-Match", ["\"1\"", "*", "W/\"1\"", "\"", "\"9223372036854775807\"", "\"-1\""]),
        ("If-None-Match", ["\"1\"", "*"]),
        ("Accept", ["application/json", "*/*;q=0", "text/event-stream", "application/*, text/html;q=0.9,,;"]),
        ("Range", ["bytes=0-1", "bytes=-1", "bytes=9223372036854775807-", "bytes=5-1", "lines=1-2,3-4"]),
        (
            "Content-Type",
            ["application/json; charset=utf-8", "application/json;charset=\"latin1\"", "multipart/form-data"]
        ),
        ("Last-Event-ID", ["0", "3", "-1", "9223372036854775807", "9223372036854775808", "x"]),
        ("X-Forwarded-For", ["192.0.2.1", "::1, 10.0.0.1", "unknown", ",,,", "fe80::1%eth0", "[::1]:80"]),
        (
            "Authorization",
            ["Bearer x", "bearer", "Basic Og==", "Bearer a b", "Bearer \(String(repeating: "A", count: 513))"]
        ),
        ("Idempotency-Key", ["k", String(repeating: "k", count: 256), ""]), ("X-Request-Id", ["abcdefgh", "a b"]),
        ("Accept-Language", ["en", "es-MX;q=0.1, *", ";;;"]), ("Cookie", ["a=b; __Host-session=x", "="]),
        ("Host", ["", "a:99999", "[::1", "xn--"]), ("Expect", ["100-continue", "x"]),
        ("Connection", ["close", "Upgrade"]),
        ("Upgrade", ["h2c", "websocket"]), ("Transfer-Encoding", ["chunked", "gzip, chunked", "identity"]),
        ("Content-Length", ["0", "1", "5", "-1", "18446744073709551616", "1, 1"]),
        ("Content-Encoding", ["gzip", "br"]),
        ("Prefer", ["return=minimal"]), ("Origin", ["null", "https://example.org"]), ("TE", ["trailers"]),
    ]
    private static let uploads: [(String, [String])] = [
        ("Upload-Offset", ["0", "-1", "1", "9223372036854775807", "9223372036854775808", "0x1", "1.0", ""]),
        ("Upload-Length", ["0", "-1", "9223372036854775807"]), ("Upload-Complete", ["?1", "?0", "1"]),
        ("Repr-Digest", ["sha-256=:AAAA:", "sha-256=:", "md5=:x:"]), ("Content-Digest", ["sha-256=:AAAA:"]),
        ("Content-Type", ["application/partial-upload", "text/plain", "/"]), ("Range", ["bytes=1-0", "bytes=0-"]),
        ("Content-Length", ["0", "1", "9223372036854775807"]), ("Transfer-Encoding", ["chunked"]),
    ]

    private func change(
        _ headers: inout [(String, String)], _ body: inout [UInt8], upload: Bool, _ generator: inout SeededGenerator
    ) {
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let (name, samples) = generator.pick(upload ? Self.uploads : Self.headers)
            var value = generator.pick(samples)
            if Bool.random(using: &generator) { value = odd(value, &generator) }
            if Int.random(in: 0..<20, using: &generator) > 0 { value = value.filter { !$0.isNewline } }
            if Bool.random(using: &generator) { headers.removeAll { $0.0 == name } }
            headers.append((name, value))
        }
        guard headers.contains(where: { $0.0 == "Transfer-Encoding" && $0.1 == "chunked" }) else { return }
        headers.removeAll { $0.0 == "Content-Length" }
        let size = generator.pick([String(body.count, radix: 16), "0", "ffffffffffffffff", "-1", "5;x=y", "g"])
        body = Array("\(size)\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
    }
}
