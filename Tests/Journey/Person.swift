import FoundationEssentials
import JSON

/// Somebody who uses the service, and knows it by its document alone.
struct Person: Sendable {
    let name: String
    let email: String
    let password: String
    let client: Client
    /// The token of their session; nil before they signed in.
    var session: String?

    init(_ name: String, email: String, password: String, client: Client) {
        self.name = name
        self.email = email
        self.password = password
        self.client = client
    }

    /// Sends a request as them, whatever the answer. Every write carries a key, a fresh one unless `key` is given.
    func ask(
        _ method: Request.Method, _ path: Path, _ body: JSONValue? = nil, key: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = Request(method: method, path: path, headers: headers)
        request.body = body.map(Request.Body.json)
        if method.writes { request.headers["Idempotency-Key"] = key ?? UUID().uuidString }
        return try await client.send(signed(request))
    }

    /// Sends bytes as them.
    func upload(
        _ method: Request.Method, _ path: Path, _ bytes: [UInt8], mediaType: String, headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = Request(method: method, path: path, headers: headers)
        request.body = .init(mediaType: mediaType, bytes: bytes)
        return try await client.send(signed(request))
    }

    /// Reads what must be there.
    func get(_ path: Path) async throws -> JSONValue { try await ask(.get, path).expecting(200).body }

    /// Writes what must succeed.
    @discardableResult
    func post(_ path: Path, _ body: JSONValue? = nil, key: String? = nil) async throws -> JSONValue {
        try await ask(.post, path, body, key: key).expecting(200, 201, 202, 204).body
    }

    /// Changes what must be there, as it was last read: at the same path, unless `read` names another.
    @discardableResult
    func change(
        _ method: Request.Method, _ path: Path, _ body: JSONValue, asReadAt read: Path? = nil
    ) async throws -> JSONValue {
        let seen = try await ask(.get, read ?? path).expecting(200)
        guard seen.header("ETag") != nil else { throw BrokenPromise("\(seen.route) answered without an ETag") }
        return try await ask(method, path, body, headers: seen.ifMatch).expecting(200, 201, 204).body
    }

    /// Reads a list to its end, page by page, as `Link` leads (RFC 8288).
    func all(_ path: Path, _ list: String) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        var next: Path? = path
        while let page = next {
            let answer = try await ask(.get, page).expecting(200)
            items += try answer.body.list(list)
            next = answer.header("Link").flatMap { link in
                guard link.contains("rel=\"next\""), let end = link.firstIndex(of: ">") else { return nil }
                return Path(given: String(link[..<end].dropFirst()))
            }
        }
        return items
    }

    /// A request with their session.
    func signed(_ request: Request) -> Request {
        guard let session else { return request }
        var request = request
        request.headers["Authorization"] = "Bearer \(session)"
        return request
    }
}
