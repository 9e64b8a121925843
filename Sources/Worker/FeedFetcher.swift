import AsyncHTTPClient
package import Clinic
package import ICalendar
import NIOCore
import NIOHTTP1
import NIOSSL
import Postgres
package import Scheduling
import Synchronization

/// Fetches calendars from URLs that people typed, within limits, and never from a private address. A name is resolved once
/// for each request, and the address that was checked is the one to which it connects. Proxies of the environment are not
/// used.
package struct FeedFetcher: Sendable {
    private let allowsPrivate: Bool
    private let resolve: @Sendable (String) async -> [IPAddress]
    /// Which certificates are trusted.
    var tls = TLSConfiguration.makeClientConfiguration()
    var sizeLimit = LinkedCalendar.mostBytes
    var deadline = Duration.seconds(20)

    private static let mostRedirects = 5

    /// - Parameters:
    ///   - allowsPrivate: whether private addresses, and HTTP without TLS, are allowed.
    ///   - resolve: the addresses of a name; by default as this machine looks them up.
    package init(
        allowsPrivate: Bool, resolve: @escaping @Sendable (String) async -> [IPAddress] = HostLookup.addresses
    ) {
        self.allowsPrivate = allowsPrivate
        self.resolve = resolve
    }

    package enum Found: Sendable, Equatable {
        /// The known version still stands.
        case unchanged
        case document(ForeignCalendar, CalendarImport.Version)
    }

    /// Fetches a calendar and parses it while it arrives, so that only the relevant part of a long one is held.
    /// - Parameters:
    ///   - known: the version that is known already (RFC 9110 §13).
    ///   - addresses: its owner's mail addresses, in lower case.
    /// - Throws: `FeedFailure`, after the deadline too; `CalendarFault`.
    package func fetch(
        _ url: FeedURL, known: CalendarImport.Version?, of addresses: Set<String> = []
    ) async throws -> Found {
        try await withThrowingTaskGroup(of: Found.self) { group in
            group.addTask { try await follow(url, known, addresses) }
            group.addTask {
                try await Task.sleep(for: deadline)
                throw FeedFailure(word: "timeout")
            }
            defer { group.cancelAll() }
            guard let found = try await group.next() else { throw FeedFailure(word: "timeout") }
            return found
        }
    }

    /// Follows redirects; each URL is checked as the first one is.
    private func follow(
        _ url: FeedURL, _ known: CalendarImport.Version?, _ addresses: Set<String>
    ) async throws -> Found {
        var url = url
        for _ in 0...Self.mostRedirects {
            guard url.isEncrypted || allowsPrivate else { throw FeedFailure(word: "not_https") }
            let address = try await address(of: url.host)
            switch try await ask(url, at: address, known, addresses) {
            case .found(let found): return found
            case .elsewhere(let location):
                guard let next = url.redirected(to: location) else { throw FeedFailure(word: "bad_redirect") }
                url = next
            }
        }
        throw FeedFailure(word: "redirects")
    }

    /// An address of a host to which a connection is allowed.
    /// - Throws: `FeedFailure` `unreachable`, for an unknown name as for a private address or a server that does not answer,
    ///   so that nobody can probe this network by linking calendars.
    func address(of host: FeedHost) async throws -> IPAddress {
        let found: [IPAddress] =
            switch host {
            case .address(let address): [address]
            case .name(let name): await resolve(name)
            }
        try Task.checkCancellation()
        guard let address = found.first(where: { allowsPrivate || $0.isPublic }) else {
            throw FeedFailure(word: "unreachable")
        }
        return address
    }

    private enum Answer {
        case found(Found)
        case elsewhere(String)
    }

    private func ask(
        _ url: FeedURL, at address: IPAddress, _ known: CalendarImport.Version?, _ addresses: Set<String>
    ) async throws -> Answer {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5), read: .seconds(10)))
        configuration.httpVersion = .http1Only
        // The next poll tries again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = StatusCodeGuard.install
        configuration.tlsConfiguration = tls
        // The certificate is still checked against the name. The client compares names byte by byte, and would resolve a
        // name that it does not find here; both have the normal form of a FeedHost.
        if case .name(let name) = url.host { configuration.dnsOverride = [name: address.text] }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let answer = try await ask(url, with: client, known, addresses)
            try await client.shutdown()
            return answer
        } catch {
            try? await client.shutdown()
            throw Self.failure(error)
        }
    }

    private func ask(
        _ url: FeedURL, with client: HTTPClient, _ known: CalendarImport.Version?, _ addresses: Set<String>
    ) async throws -> Answer {
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
            return .found(
                .document(
                    try await read(response.body, addresses),
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

    /// Parses the body on a thread of its own, one piece after another.
    private func read(_ body: HTTPClientResponse.Body, _ addresses: Set<String>) async throws -> ForeignCalendar {
        let (document, thread) = (Document(addresses), BlockingThread("calendar"))
        var size = 0
        for try await piece in body {
            size += piece.readableBytes
            guard size <= sizeLimit else { throw FeedFailure(word: "too_large") }
            let bytes = Array(piece.readableBytesView)
            try await thread.run { try document.reader.withLock { try $0.take(bytes) } }
        }
        return try await thread.run { try document.reader.withLock { try $0.finish() } }
    }

    /// A document that is being parsed.
    private final class Document: Sendable {
        let reader: Mutex<CalendarReader>

        init(_ addresses: Set<String>) {
            reader = Mutex(CalendarReader(of: addresses))
        }
    }

    /// A header that is sent back to the server with the next request; nil when it is too long or not ASCII.
    private static func bounded(_ text: String?) -> String? {
        text.flatMap { $0.utf8.count <= 200 && $0.utf8.allSatisfy { (0x20...0x7e).contains($0) } ? $0 : nil }
    }

    private static func failure(_ error: any Error) -> any Error {
        switch error {
        case is FeedFailure, is CancellationError, is CalendarFault: error
        case let error as HTTPClientError where error == .cancelled: CancellationError()
        case let error as HTTPClientError
        where [.connectTimeout, .readTimeout, .deadlineExceeded].contains(error):
            FeedFailure(word: "timeout")
        default: FeedFailure(word: "unreachable")
        }
    }
}
