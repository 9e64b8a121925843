import Glibc
import Synchronization

/// How clients keep asking, each a thread.
package enum Loop: Sendable {
    /// Each asks again as soon as it was answered, for so many seconds.
    case closed(seconds: Double)
    /// Each asks so many times, again as soon as it was answered.
    case rounds(Int)
    /// Requests are due so many a second, whatever becomes of those before; each is the next free client's.
    case open(rate: Double, seconds: Double)

    /// Lets so many clients ask until the time is over.
    /// - Parameter client: what the client of a number does with its turns.
    /// - Returns: what each brought, and how many seconds it took until the last had ended.
    package func run<Part: Sendable>(
        clients: Int, _ client: @escaping @Sendable (Int, Turns) throws -> Part
    ) throws -> (parts: [Part], seconds: Double) {
        let turns = Turns(self)
        let parts = try ClientThreads.collect(clients) { try client($0, turns) }
        return (parts, (.now - turns.began) / .seconds(1))
    }

    /// A client's requests: each is given when it is due, as the instant from which its time counts.
    package struct Turns: Sequence, IteratorProtocol, Sendable {
        fileprivate let loop: Loop
        fileprivate let began: ContinuousClock.Instant
        fileprivate let timetable: Timetable
        private var given = 0

        fileprivate init(_ loop: Loop) { (self.loop, began, timetable) = (loop, .now, Timetable()) }

        package mutating func next() -> ContinuousClock.Instant? {
            switch loop {
            case .closed(let seconds):
                let now = ContinuousClock.now
                return now < began + .seconds(seconds) ? now : nil
            case .rounds(let count):
                given += 1
                return given > count ? nil : .now
            case .open(let rate, let seconds):
                let number = timetable.next.add(1, ordering: .relaxed).oldValue
                guard Double(number) < rate * seconds else { return nil }
                let due = began + .seconds(Double(number) / rate)
                Self.wait(until: due)
                return due
            }
        }

        /// Until an instant that a plan names: an open loop is a timetable.
        private static func wait(until due: ContinuousClock.Instant) {
            while ContinuousClock.now < due {
                let (seconds, atto) = (due - .now).components
                guard seconds >= 0, atto >= 0 else { return }
                var pause = timespec(tv_sec: Int(seconds), tv_nsec: Int(atto / 1_000_000_000))
                nanosleep(&pause, nil)
            }
        }
    }

    fileprivate final class Timetable: Sendable {
        let next = Atomic(0)
    }
}
