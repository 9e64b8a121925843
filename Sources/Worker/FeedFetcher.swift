import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Scheduling

/// Why a feed was not to be had, by a word.
struct FeedFailure: Error, Equatable {
    let word: String
}

/// Fetches foreign calendars, from strangers' servers and by addresses that a person typed: within limits, and never from
/// an address of this network.
struct FeedFetcher: Sendable {
    /// Whether private addresses, and HTTP without TLS, are allowed.
    let allowsPrivate: Bool
    var sizeLimit = LinkedCalendar.mostBytes
    var deadline = Duration.seconds(20)

    private static let mostRedirects = 5

    enum Found: Sendable, Equatable {
        /// The known version still stands.
        case unchanged
        case document([UInt8], CalendarImport.Version)
    }

    /// - Parameter known: asked whether there is another (RFC 9110 §13).
    /// - Throws: `FeedFailure`, after the deadline too.
    func fetch(_ url: FeedURL, known: CalendarImport.Version?) async throws -> Found {
        try await withThrowingTaskGroup(of: Found.self) { group in
            group.addTask { try await follow(url, known) }
            group.addTask {
                try await Task.sleep(for: deadline)
                throw FeedFailure(word: "timeout")
            }
            defer { group.cancelAll() }
            guard let found = try await group.next() else { throw FeedFailure(word: "timeout") }
            return found
        }
    }

    /// Each redirect is looked at as the first address is.
    private func follow(_ url: FeedURL, _ known: CalendarImport.Version?) async throws -> Found {
        var url = url
        for _ in 0...Self.mostRedirects {
            guard url.isEncrypted || allowsPrivate else { throw FeedFailure(word: "not_https") }
            // The name is resolved once, here: what was looked at is what is connected to.
            let address = try await Self.address(of: url.host, allowsPrivate)
            switch try await ask(url, at: address, known) {
            case .found(let found): return found
            case .elsewhere(let location):
                guard let next = url.redirected(to: location) else { throw FeedFailure(word: "bad_redirect") }
                url = next
            }
        }
        throw FeedFailure(word: "redirects")
    }

    private enum Answer {
        case found(Found)
        case elsewhere(String)
    }

    private func ask(_ url: FeedURL, at address: String, _ known: CalendarImport.Version?) async throws -> Answer {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: .seconds(10)))
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = [url.host: address]
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let answer = try await ask(url, with: client, known)
            try await client.shutdown()
            return answer
        } catch {
            try? await client.shutdown()
            throw Self.failure(error)
        }
    }

    private func ask(_ url: FeedURL, with client: HTTPClient, _ known: CalendarImport.Version?) async throws -> Answer {
        var request = HTTPClientRequest(url: url.text)
        request.headers.add(name: "User-Agent", value: "Consilium")
        request.headers.add(name: "Accept", value: "text/calendar, */*;q=0.1")
        if let tag = known?.tag { request.headers.add(name: "If-None-Match", value: tag) }
        if let modified = known?.modified { request.headers.add(name: "If-Modified-Since", value: modified) }
        let response = try await client.execute(request, timeout: .seconds(60))
        switch response.status.code {
        case 200:
            let length = response.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            guard length <= sizeLimit else { throw FeedFailure(word: "too_large") }
            let body = try await response.body.collect(upTo: sizeLimit)
            return .found(
                .document(
                    Array(body.readableBytesView),
                    CalendarImport.Version(
                        tag: Self.bounded(response.headers.first(name: "ETag")),
                        modified: Self.bounded(response.headers.first(name: "Last-Modified")))))
        case 304 where known != nil: return .found(.unchanged)
        case 301, 302, 303, 307, 308:
            guard let location = response.headers.first(name: "Location") else {
                throw FeedFailure(word: "bad_redirect")
            }
            return .elsewhere(location)
        case let code: throw FeedFailure(word: "status_\(code)")
        }
    }

    /// What comes back to its server with the next request.
    private static func bounded(_ text: String?) -> String? {
        text.flatMap { $0.utf8.count <= 200 && $0.utf8.allSatisfy { (0x20...0x7e).contains($0) } ? $0 : nil }
    }

    private static func failure(_ error: any Error) -> any Error {
        switch error {
        case is FeedFailure, is CancellationError: error
        case is NIOTooManyBytesError: FeedFailure(word: "too_large")
        case let error as HTTPClientError where error == .cancelled: CancellationError()
        case let error as HTTPClientError
        where [.connectTimeout, .readTimeout, .deadlineExceeded].contains(error):
            FeedFailure(word: "timeout")
        default: FeedFailure(word: "unreachable")
        }
    }
}
