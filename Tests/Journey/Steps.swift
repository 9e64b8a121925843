import Glibc
import Synchronization

/// Prints the story as it goes: a line a step, with the time it took, and beneath it what was refused in it.
final class Steps: Sendable {
    /// Remarks of the steps that are under way, in the order in which they were made.
    private let remarks = Mutex<[String]>([])

    /// Begins a chapter.
    func chapter(_ title: String) { say("\n\(title)") }

    /// Plays a step; what is not as promised ends the story under the step's name.
    @discardableResult
    func step<Value>(_ sentence: String, _ body: () async throws -> Value) async throws -> Value {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let value = try await body()
            let dots = String(repeating: ".", count: max(3, 92 - sentence.count))
            say("  \(sentence) \(dots) \(Steps.milliseconds(clock.now - start)) ms")
            return value
        } catch {
            say("  \(sentence): NOT AS PROMISED after \(Steps.milliseconds(clock.now - start)) ms")
            throw error
        }
    }

    /// Shows what was refused, in the words of the service.
    func shown(_ answer: Answer) { note("refused: \(answer.route) → \(answer.summary)\(answer.words)") }

    /// A remark beneath the step that is under way.
    func note(_ text: String) { remarks.withLock { $0.append("      \(text)") } }

    /// Prints a line and the remarks that wait. At once, also into a file or a pipe.
    func say(_ line: String) {
        let waiting = remarks.withLock { remarks in
            defer { remarks = [] }
            return remarks
        }
        print(([line] + waiting).joined(separator: "\n"))
        fflush(nil)
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
