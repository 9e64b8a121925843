import Clinic
import Foundation
import ICalendar
import Logging
import Outbox
import Postgres
import Rig
import Scheduling
import Synchronization
import Vault
import Worker

/// The process that one reader runs in, until its time is over or an input ends it.
struct FuzzChild: Sendable {
    let reader: FuzzReader
    let seed: UInt64
    let seconds: Double
    /// The path of the trace.
    let trace: String

    /// What `FuzzProof` gives it by the environment.
    static let conninfo = "FUZZ_CONNINFO"
    static let keyring = "FUZZ_KEYRING"

    /// Holds the main thread meanwhile.
    func runToTheEnd() throws {
        let outcome = Mutex<(any Error)?>(nil)
        let ended = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await run() } catch { outcome.withLock { $0 = error } }
            ended.signal()
        }
        ended.wait()
        if let error = outcome.withLock({ $0 }) { throw error }
    }

    private func run() async throws {
        let trace = try FuzzTrace(trace)
        let mutator = reader.mutator
        let read = try await reading()
        let end = ContinuousClock.now + .seconds(seconds)
        while .now < end {
            var generator = SeededGenerator(seed: seed &* 1_000_003 &+ trace.turns)
            let input = mutator.input(&generator)
            trace.begin(input)
            try await read(input)
        }
    }

    private func reading() async throws -> @Sendable ([UInt8]) async throws -> Void {
        switch reader {
        case .expansion: try await FuzzExpansion().read
        case .url: FuzzAddress().read
        case .answer: try FuzzAnswers().read
        case .calendar, .json, .words, .planted: { [reader] in try reader.read($0) }
        }
    }
}

/// Reads addresses, and asks for what lies there as the worker does; nobody is there.
private struct FuzzAddress {
    private let fetcher: FeedFetcher
    private let base: FeedURL?

    init() {
        // Connecting to the broadcast address fails at once, and on this machine.
        fetcher = FeedFetcher(allowsPrivate: true) { _ in [IPAddress("255.255.255.255")].compactMap(\.self) }
        base = try? FeedURL("https://calendar.example.com:8443/a/b.ics?c")
    }

    @Sendable func read(_ input: [UInt8]) async throws {
        let text = String(decoding: input, as: UTF8.self)
        for url in [try? FeedURL(text), base?.redirected(to: text)].compactMap(\.self) {
            guard try FeedURL(url.text) == url else {
                throw FuzzFault(description: "an address is another once it is read again")
            }
            // As the client sees it: another host than ours would be looked up and connected to unseen.
            let host = URL(string: url.text)?.host ?? ""
            let isBare = url.text.contains("://[")
            guard host == url.host.text || isBare && "[\(host)]" == url.host.text else {
                throw FuzzFault(description: "the client reads the host \(host) in \(url.text)")
            }
            // An address within would be connected to.
            guard case .name = url.host else { continue }
            do {
                _ = try await fetcher.fetch(url, known: nil)
                throw FuzzFault(description: "somebody answers")
            } catch is FeedFailure {}
        }
    }
}

/// Fetches from a server that answers with each input.
private struct FuzzAnswers {
    private let server: RawServer
    private let fetcher = FeedFetcher(allowsPrivate: true)
    private let url: FeedURL

    init() throws {
        server = try RawServer()
        url = try FeedURL("http://127.0.0.1:\(server.port)/x.ics")
    }

    @Sendable func read(_ input: [UInt8]) async throws {
        server.answer(with: input)
        do {
            _ = try await fetcher.fetch(url, known: CalendarImport.Version(tag: "\"7\"", modified: nil))
        } catch is FeedFailure {
        } catch is CalendarFault {}
    }
}

/// Keeps the busy times of each calendar that can be read, as the worker does.
private struct FuzzExpansion {
    private let database: Database
    private let calendars: CalendarImport
    private let poll: CalendarImport.Poll

    init() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let conninfo = environment[FuzzChild.conninfo], let keyring = environment[FuzzChild.keyring] else {
            throw RigFailure.command("fuzz", output: "no database is named")
        }
        database = Database(
            Database.Settings(
                conninfo: "\(conninfo) user=consilium_worker", connections: 2, waitDeadline: .seconds(30),
                statementDeadline: .seconds(30)),
            logger: Logger(label: "fuzz"))
        let calendars = CalendarImport(vault: Vault(try Keyring.load(keyring)), outbox: Outbox(), pause: .seconds(900))
        self.calendars = calendars
        let polls = try await database.withTransaction(as: .nobody) { tx in try await calendars.claim(1, in: tx) }
        guard let poll = polls.first else { throw RigFailure.command("fuzz", output: "no calendar is linked") }
        self.poll = poll
    }

    @Sendable func read(_ input: [UInt8]) async throws {
        do {
            let calendar = try CalendarReader.read(input, of: poll.addresses)
            try await calendars.keep(poll, reading: calendar, version: nil, through: database)
        } catch is CalendarFault {}
    }
}
