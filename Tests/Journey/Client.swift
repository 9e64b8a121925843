import AsyncHTTPClient
import FoundationEssentials
import JSON
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// The way to the service: one gateway, or several that take turns, over HTTP/1.1 or HTTP/2 as they agree.
final class Client: Sendable {
    private let http: HTTPClient
    private let gateways: [String]
    private let turn = Mutex(0)

    /// - Parameter authority: a PEM file of the authority that signed the gateways' certificate, if no public one did.
    init(gateways: [String], authority: String?) throws {
        self.gateways = gateways.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 72
        if let authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authority)
            configuration.tlsConfiguration = tls
        }
        http = HTTPClient(configuration: configuration)
    }

    func shutdown() async throws { try await http.shutdown() }

    /// Sends one request. A reply of 429 or 503 with `Retry-After` is waited out and asked again, as its document says
    /// to; a write is then sent with the same key.
    func send(_ request: Request) async throws -> Answer {
        for _ in 0..<6 {
            let answer = try await once(request)
            guard answer.status == 429 || answer.status == 503, !request.takesBusyForAnAnswer,
                let seconds = answer.header("Retry-After").flatMap(Int.init), seconds <= 120
            else { return answer }
            try await Task.sleep(for: .seconds(max(seconds, 1)))
        }
        return try await once(request)
    }

    /// Opens a reply whose body goes on and on.
    func open(_ request: Request) async throws -> HTTPClientResponse {
        try await http.execute(wire(request), deadline: .now() + .hours(1))
    }

    /// Reads another address of the system than its API.
    func elsewhere(_ url: String) async throws -> Answer {
        let response = try await http.execute(HTTPClientRequest(url: url), timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 64 * 1024 * 1024)
        return Answer(
            route: "GET {elsewhere}", status: Int(response.status.code), headers: response.headers,
            bytes: Array(buffer: body))
    }

    /// Sends the beginning of a request's body, and then loses the connection.
    func breakOff(_ request: Request, after count: Int) async throws {
        guard let bytes = request.body?.bytes else { return }
        var broken = wire(request)
        let pieces = AsyncThrowingStream<ByteBuffer, any Error> { stream in
            stream.yield(ByteBuffer(bytes: bytes.prefix(count)))
            stream.finish(throwing: LineBroke())
        }
        broken.body = .stream(pieces, length: .known(Int64(bytes.count)))
        do {
            _ = try await http.execute(broken, timeout: .seconds(20))
        } catch is LineBroke {
            return
        }
        throw BrokenPromise("\(request.route) answered before its body was complete")
    }

    private struct LineBroke: Error {}

    private func once(_ request: Request) async throws -> Answer {
        let response: HTTPClientResponse
        let body: ByteBuffer
        do {
            response = try await http.execute(wire(request), timeout: .seconds(60))
            body = try await response.body.collect(upTo: 256 * 1024 * 1024)
        } catch {
            throw BrokenPromise("\(request.route) got no answer (\(type(of: error)): \(error))")
        }
        return Answer(
            route: request.route, status: Int(response.status.code), headers: response.headers,
            bytes: Array(buffer: body))
    }

    private func wire(_ request: Request) -> HTTPClientRequest {
        let gateway = turn.withLock { turn in
            turn = (turn + 1) % gateways.count
            return gateways[turn]
        }
        var wire = HTTPClientRequest(url: gateway + request.path.text)
        wire.method = HTTPMethod(rawValue: request.method.rawValue)
        for (name, value) in request.headers { wire.headers.replaceOrAdd(name: name, value: value) }
        if let body = request.body {
            wire.headers.replaceOrAdd(name: "Content-Type", value: body.mediaType)
            wire.body = .bytes(body.bytes)
        }
        return wire
    }
}

/// What is asked of the service.
struct Request: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        var writes: Bool { self != .get && self != .head }
    }

    struct Body: Sendable {
        let mediaType: String
        let bytes: [UInt8]

        static func json(_ value: JSONValue) -> Body {
            Body(mediaType: "application/json", bytes: value.bytes)
        }
    }

    var method: Method
    var path: Path
    var headers: [String: String] = [:]
    var body: Body?
    /// Whether 429 and 503 are what the story wants to see.
    var takesBusyForAnAnswer = false

    /// The route as messages name it.
    var route: String { "\(method.rawValue) \(path.template)" }
}
