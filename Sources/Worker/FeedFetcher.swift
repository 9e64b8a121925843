import AsyncHTTPClient
package import Clinic
package import ICalendar
import NIOCore
import NIOHTTP1
import NIOSSL
import Postgres
package import Scheduling
import Synchronization

/// Why a feed was not to be had, by a word.
package struct FeedFailure: Error, Equatable {
    package let word: String
}

/// Fetches foreign calendars, from strangers' servers and by addresses that a person typed: within limits, and never from
/// an address of this network. What a name has for addresses is asked once a request, and the one that was looked at is
/// the one that is connected to. A proxy that the environment names has no part in it.
package struct FeedFetcher: Sendable {
    private let allowsPrivate: Bool
    private let resolve: @Sendable (String) async -> [IPAddress]
    /// Whose certificates are believed.
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

    /// A document is read as it comes, so that of a long one only what matters is held.
    /// - Parameters:
    ///   - known: asked whether there is another (RFC 9110 §13).
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

    /// Each redirect is looked at as the first address is.
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

    /// One address of a host that may be connected to.
    /// - Throws: `FeedFailure` `unreachable`, with one word for a name that is none, one that lies within this network and a
    ///   server that does not answer: who links an address learns nothing of the network by it.
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
        // The next poll is the next attempt.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.http1_1ConnectionDebugInitializer = StatusGuard.stand
        configuration.tlsConfiguration = tls
        // The certificate is still asked for the name. The client compares names letter by letter, and would look up itself
        // what it does not find here: both have the one form that a FeedHost has.
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

    /// On a thread of its own, a piece after the other.
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

    /// One document on its way.
    private final class Document: Sendable {
        let reader: Mutex<CalendarReader>

        init(_ addresses: Set<String>) {
            reader = Mutex(CalendarReader(of: addresses))
        }
    }

    /// What comes back to its server with the next request.
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
