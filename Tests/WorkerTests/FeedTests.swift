import Clinic
import Dispatch
import FoundationEssentials
import ICalendar
import Scheduling
import Synchronization
import TestSupport
import Testing

@testable import Worker

@Suite("A feed is fetched", .database, .serialized, .timeLimit(.minutes(10)))
struct FeedTests {
    private static let empty = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"

    private func fetch(
        _ url: String, known: CalendarImport.Version? = nil, allowsPrivate: Bool = true, sizeLimit: Int = 100_000,
        deadline: Duration = .seconds(20), resolve: (@Sendable (String) async -> [IPAddress])? = nil
    ) async throws -> FeedFetcher.Found {
        var fetcher = FeedFetcher(allowsPrivate: allowsPrivate, resolve: resolve ?? HostLookup.addresses)
        fetcher.sizeLimit = sizeLimit
        fetcher.deadline = deadline
        return try await fetcher.fetch(try FeedURL(url), known: known)
    }

    private func word(_ body: () async throws -> FeedFetcher.Found) async -> String {
        do {
            return "\(try await body())"
        } catch let failure as FeedFailure {
            return failure.word
        } catch {
            return "\(type(of: error))"
        }
    }

    @Test("whole, and then only when there is another version")
    func conditionally() async throws {
        let server = try FeedServer { request in
            request.headers["if-none-match"] == "\"7\"" && request.headers["if-modified-since"] == "Monday"
                ? .reply(304)
                : .reply(200, headers: ["ETag": "\"7\"", "Last-Modified": "Monday"], body: Self.empty)
        }
        defer { server.stop() }
        let found = try await fetch(server.url("/a.ics?x=1"))
        let version = CalendarImport.Version(tag: "\"7\"", modified: "Monday")
        #expect(found == .document(ForeignCalendar(), version))
        #expect(try await fetch(server.url("/a.ics"), known: version) == .unchanged)
        #expect(server.requests.map(\.path) == ["/a.ics?x=1", "/a.ics"])
        #expect(server.requests[0].headers["if-none-match"] == nil)
        #expect(server.requests[0].headers["host"] == "127.0.0.1:\(server.port)")
    }

    @Test("where it has moved to, some moves long, and each place is looked at anew")
    func redirects() async throws {
        let server = try FeedServer { request in
            switch request.path {
            case "/a": .reply(301, headers: ["Location": "/b?c=d"])
            case "/b?c=d": .reply(307, headers: ["Location": "c"])
            case "/c": .reply(200, body: Self.empty)
            case "/loop": .reply(302, headers: ["Location": "/loop"])
            case "/file": .reply(302, headers: ["Location": "file:///etc/passwd"])
            case "/inside": .reply(302, headers: ["Location": "http://[::1]:9/"])
            case "/port": .reply(302, headers: ["Location": "https://host.example:99999/"])
            case "/user": .reply(302, headers: ["Location": "http://a:b@127.0.0.1/"])
            default: .reply(302)
            }
        }
        defer { server.stop() }
        guard case .document = try await fetch(server.url("/a")) else { return #expect(Bool(false), "not found") }
        #expect(await word { try await fetch(server.url("/loop")) } == "redirects")
        #expect(await word { try await fetch(server.url("/file")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/nowhere")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/inside")) } == "unreachable")
        // The HTTP client would end this process at a port beyond 65535.
        #expect(await word { try await fetch(server.url("/port")) } == "bad_redirect")
        #expect(await word { try await fetch(server.url("/user")) } == "bad_redirect")
    }

    @Test("never from a private address, by whatever name, nor without TLS, unless that is allowed")
    func privately() async throws {
        let server = try FeedServer { _ in .reply(200, body: Self.empty) }
        defer { server.stop() }
        // One word for all that is not to be had from outside, there or not: it tells nothing of this network.
        for host in [
            "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1",
            "2130706433", "0x7f.1", "0177.0.0.1", "10.0.0.1", "169.254.169.254", "no-such-host.invalid",
        ] {
            let url = "https://\(host):\(server.port)/a.ics"
            #expect(await word { try await fetch(url, allowsPrivate: false) } == "unreachable", "\(host)")
        }
        #expect(await word { try await fetch(server.url("/"), allowsPrivate: false) } == "not_https")
        #expect(server.requests.isEmpty)
        // Control: where it is allowed the same server is reached.
        guard case .document = try await fetch(server.url("/", host: "localhost")) else {
            return #expect(Bool(false), "not reached")
        }
    }

    /// Answers each question of a name with the next address.
    private final class Resolver: Sendable {
        private let asked = Mutex<[String]>([])
        private let addresses: [String]

        init(_ addresses: [String]) { self.addresses = addresses }

        var names: [String] { asked.withLock { $0 } }

        @Sendable func resolve(_ name: String) -> [IPAddress] {
            let turn = asked.withLock { names in
                names.append(name)
                return names.count - 1
            }
            return [IPAddress(addresses[turn % addresses.count])].compactMap(\.self)
        }
    }

    @Test(
        "at the address that was looked at, whatever the name has become, and however it is written",
        arguments: [
            ("localhost", "localhost"), ("LOCALHOST", "localhost"), ("LocalHost.", "localhost"),
            ("ｌｏｃａｌｈｏｓｔ", "localhost"), ("Bücher.invalid", "xn--bcher-kva.invalid"),
            ("XN--BCHER-KVA.invalid", "xn--bcher-kva.invalid"), ("A_B.r3---sn.invalid", "a_b.r3---sn.invalid"),
        ])
    func pinned(host: String, name: String) async throws {
        // By the machine's own resolver the name is 127.0.0.1.
        let rebound = try FeedServer { _ in .reply(200, body: Self.empty) }
        let checked = try FeedServer(at: "127.0.0.2", port: rebound.port) { request in
            request.path == "/a" ? .reply(302, headers: ["Location": "/b"]) : .reply(200, body: Self.empty)
        }
        defer {
            rebound.stop()
            checked.stop()
        }
        let resolver = Resolver(["127.0.0.2"])
        for _ in 0..<3 { _ = try await fetch(checked.url("/a", host: host), resolve: resolver.resolve) }
        #expect(checked.requests.count == 6 && rebound.requests.isEmpty)
        #expect(checked.requests.allSatisfy { $0.headers["host"] == "\(name):\(checked.port)" })
        // Once a request: there is no second answer to be lured by.
        #expect(resolver.names == Array(repeating: name, count: 6))
    }

    @Test("and not at the next request's address either, if that one is private")
    func rebinding() async throws {
        let server = try FeedServer { _ in .reply(200, body: Self.empty) }
        defer { server.stop() }
        let resolver = Resolver(["127.0.0.1", "10.0.0.1", "::ffff:192.168.0.1", "fe80::1", "64:ff9b::a00:1"])
        for _ in 0..<5 {
            let url = "https://Rebinding.example:\(server.port)/"
            #expect(
                await word { try await fetch(url, allowsPrivate: false, resolve: resolver.resolve) } == "unreachable")
        }
        #expect(resolver.names.count == 5 && server.requests.isEmpty)
    }

    @Test("by TLS, with the certificate of the name and not of the address")
    func encrypted() async throws {
        let server = try await SecureFeedServer.start(answering: Self.empty)
        let resolve: @Sendable (String) async -> [IPAddress] = { _ in [IPAddress("127.0.0.1")].compactMap(\.self) }
        var fetcher = FeedFetcher(allowsPrivate: true, resolve: resolve)
        fetcher.tls = try SecureFeedServer.trusting()
        let found = try await fetcher.fetch(
            try FeedURL("https://PINNED.example.test:\(server.port)/x"), known: nil)
        #expect(found == .document(ForeignCalendar(), CalendarImport.Version(tag: nil, modified: nil)))
        #expect(server.names == ["pinned.example.test"])
        // Controls: another name at the same address, and a certificate of nobody's.
        let other = try FeedURL("https://other.example.test:\(server.port)/x")
        #expect(await word { try await fetcher.fetch(other, known: nil) } == "unreachable")
        let url = "https://pinned.example.test:\(server.port)/x"
        #expect(await word { try await fetch(url, resolve: resolve) } == "unreachable")
        try await server.stop()
    }

    @Test("with an end to what is slow or silent or has no end")
    func limits() async throws {
        let server = try FeedServer { request in
            switch request.path {
            case "/drip": .drip
            case "/flood": .flood
            case "/silence": .silence
            case "/long": .reply(200, body: String(repeating: "x", count: 200_000))
            case "/zero": .reply(0, body: "x")
            case "/fifty": .reply(50, body: Self.empty)
            case "/switch": .reply(101, body: "x")
            case "/beyond": .reply(999, body: "x")
            default: .reply(404)
            }
        }
        defer { server.stop() }
        for path in ["/drip", "/silence"] {
            // Well within the deadline that it would have by itself.
            let said = try await withLimit(.seconds(15)) {
                await word { try await fetch(server.url(path), deadline: .milliseconds(700)) }
            }
            #expect(said == "timeout")
        }
        #expect(await word { try await fetch(server.url("/flood")) } == "too_large")
        #expect(await word { try await fetch(server.url("/long")) } == "too_large")
        #expect(await word { try await fetch(server.url("/gone")) } == "status_404")
        // The HTTP client would end this process at a status below 100.
        #expect(await word { try await fetch(server.url("/zero")) } == "status_0")
        #expect(await word { try await fetch(server.url("/fifty")) } == "status_50")
        #expect(await word { try await fetch(server.url("/switch")) } == "status_101")
        #expect(await word { try await fetch(server.url("/beyond")) } == "status_999")
        let port = server.port
        server.stop()
        #expect(await word { try await fetch("http://127.0.0.1:\(port)/") } == "unreachable")
        #expect(await word { try await fetch("http://no-such-host.invalid/") } == "unreachable")
    }

    @Test("whose name is looked up for longer than the deadline is given up with it, and so is one whose worker leaves")
    func slowNames() async throws {
        let ended = Mutex(0)
        let goes = DispatchSemaphore(value: 0)
        let slow: @Sendable (String) async -> [IPAddress] = { _ in
            await HostLookup.answer {
                _ = goes.wait(timeout: .now() + 30)
                ended.withLock { $0 += 1 }
                return []
            }
        }
        let found = await word {
            try await fetch("https://calendar.example.com/", deadline: .milliseconds(200), resolve: slow)
        }
        #expect(found == "timeout")
        let leaving = Task { await word { try await fetch("https://calendar.example.com/", resolve: slow) } }
        leaving.cancel()
        #expect(await leaving.value == "CancellationError")
        let endedBefore = ended.withLock { $0 }
        #expect(endedBefore == 0)
        for _ in 0..<2 { goes.signal() }
    }
}
