import Glibc
import Synchronization

/// What a run was to show and what it showed, a line each as it comes.
package final class Report: Sendable {
    private let misses = Mutex(0)

    package init() {}

    /// How many lines did not hold.
    package var missed: Int { misses.withLock { $0 } }

    package func title(_ text: String) { say("\n== \(text)") }

    /// One line: what was to be shown, and what came of it.
    package func check(_ what: String, _ got: String, _ holds: Bool) {
        say("\(holds ? "  held  " : "  MISSED")  \(what): \(got)")
        if !holds { misses.withLock { $0 += 1 } }
    }

    /// A figure that is told and not judged.
    package func tell(_ text: String) { say("          \(text)") }

    /// At once, also into a pipe or file.
    package func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        write(STDOUT_FILENO, bytes, bytes.count)
    }
}
