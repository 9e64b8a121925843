import Foundation
import Rig

/// One clock for all clients, and what PostgreSQL's clock reads on it.
struct RaceClock: Sendable {
    private let began = ContinuousClock.now
    private let epoch = Date().timeIntervalSince1970

    /// Nanoseconds since the race began.
    var now: UInt64 {
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// An instant in seconds since 1970; what lies before the race is its beginning.
    func instant(_ seconds: Double) -> UInt64 { UInt64(max(0, (seconds - epoch) * 1e9)) }
}

/// The starts that everybody wants: quarter hours of three days, all within one civil day of each of the programme's
/// zones, because a consult does not cross midnight.
struct Grid: Sendable {
    private static let (count, quarters) = (3, 32)
    /// 15:00 UTC of the first day, in seconds since 1970.
    private let origin: Int

    init(now: Date) { origin = (Int(now.timeIntervalSince1970) / 86_400 + 3) * 86_400 + 15 * 3600 }

    /// A start, as quarter hours since the first.
    func start(_ generator: inout SeededGenerator) -> Int {
        Int.random(in: 0..<Self.count, using: &generator) * 96 + Int.random(in: 0..<Self.quarters, using: &generator)
    }

    /// The first start of each day.
    var days: [String] { (0..<Self.count).map { instant($0 * 96) } }

    /// From the first start of a day to the end of the last.
    func day(of start: Int) -> Range<Int> { (start / 96 * 96)..<(start / 96 * 96 + Self.quarters) }

    func instant(_ start: Int) -> String {
        Date(timeIntervalSince1970: Double(origin + start * 900)).formatted(.iso8601)
    }

    /// What a consult of so many minutes takes from a start in seconds since 1970, in quarter hours.
    func span(_ start: Int, _ minutes: Int, buffer: Int) -> Range<Int> {
        let first = (start - origin) / 900
        return first..<(first + (minutes + buffer) / 15)
    }

    /// Of an instant that a reply shows; nil when it cannot be read.
    func span(_ instant: String, _ minutes: Int, buffer: Int) -> Range<Int>? {
        guard let date = try? Date(String(instant.prefix(19)) + "Z", strategy: .iso8601) else { return nil }
        return span(Int(date.timeIntervalSince1970), minutes, buffer: buffer)
    }
}

/// What one client says through each gateway by turns, and what it keeps of the answers.
final class Talk {
    private let token: String
    private let wires: [Wire]
    private let clock: RaceClock
    private var turn = 0
    /// Of an attempt whose first request was not sent yet.
    private var due: ContinuousClock.Instant?
    private(set) var outcome = Race.Outcome()

    init(token: String, ports: [Int], clock: RaceClock) {
        self.token = token
        wires = ports.map { Wire(port: $0) }
        self.clock = clock
    }

    /// What a request does to the calendars where it is done, and what follows where it is refused.
    struct Meaning {
        var effect: CalendarOperation.Effect?
        /// What is said to be impossible where somebody else has the time.
        var lost: CalendarOperation.Effect?
        var calendars: UInt32 = 1
        /// Whether a refusal says something about these calendars.
        var isJudged = true
        /// What else may be answered, and what that says.
        var otherwise: [String: CalendarOperation.Effect?] = [:]
    }

    static func mask(of people: [String], among places: [String]) -> UInt32 {
        people.reduce(0) { mask, person in
            mask | (places.firstIndex { $0.lowercased() == person.lowercased() }.map { 1 << UInt32($0) } ?? 0)
        }
    }

    /// An attempt begins: the time of its first request counts from when it was due.
    func begin(_ due: ContinuousClock.Instant) { self.due = due }

    func count(_ what: String) { outcome.counts[what, default: 0] += 1 }

    /// Sends one request with a key of its own, and puts it into the history and the counts.
    /// - Returns: the reply, where it was done, and when it began.
    func send(
        _ method: String, _ path: String, _ meaning: Meaning = Meaning(), done: Int, json: String? = nil
    ) throws -> (reply: Reply, began: UInt64)? {
        turn += 1
        let before = clock.now
        let asked = due ?? .now
        due = nil
        let reply = try wires[turn % wires.count].send(
            Ask(method, path, token: token, key: method == "GET" ? nil : UUID().uuidString, json: json))
        outcome.requests += 1
        if before >= Race.warm { outcome.latencies.add(.now - asked) }
        if reply.status == done {
            if let effect = meaning.effect { record(effect, .done, on: meaning.calendars, since: before) }
            return (reply, before)
        }
        let problem = reply.problem ?? ""
        if problem == "opening-taken" {
            count("lost")
            if meaning.isJudged, let lost = meaning.lost {
                record(lost, .refused, on: meaning.calendars, since: before)
            }
        } else if let says = meaning.otherwise[problem] {
            count(problem)
            if let says { record(says, .refused, on: meaning.calendars, since: before) }
        } else {
            if reply.status >= 500 { outcome.serverErrors += 1 }
            let words = path.split(separator: "?")[0].split(separator: "/")
            outcome.odd.append("\(method) \(words.last ?? ""): \(reply.status) \(problem)")
        }
        return nil
    }

    func record(
        _ effect: CalendarOperation.Effect, _ result: CalendarOperation.Outcome = .done, on calendars: UInt32 = 1,
        since before: UInt64
    ) {
        outcome.history.append(
            CalendarOperation(effect, result, on: calendars, began: before, ended: clock.now))
    }
}

/// What a reply shows of a hold or a consult.
struct Shown: Decodable {
    var id: String
    var token: String?
    var kind: String?
    var appointment: String?
    var specialist: String
    var colleagues: [String]
    var visitType: String
    var startsAt: String

    var minutes: Int { Int(visitType.split(separator: "-").last ?? "") ?? 45 }
    var people: [String] { [specialist] + colleagues }
}
