import Foundation
import Glibc

/// What Linux tells of a process, by proc(5).
package enum Proc {
    /// Processor time that it has used, and its ended children with it, in seconds.
    static func time(of pid: Int32, withEnded: Bool) -> Double {
        // utime, stime, cutime and cstime are fields 14 to 17.
        let ticks = stat(pid).dropFirst(11).prefix(withEnded ? 4 : 2).compactMap { Double($0) }
        return ticks.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Whether it has ended; also when its parent has not heard of it yet.
    static func hasLeft(_ pid: Int32) -> Bool { ["Z", nil].contains(stat(pid).first) }

    /// The fields from the third on, which follow the name in parentheses; none when there is no such process.
    private static func stat(_ pid: Int32) -> [Substring] {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return [] }
        return text[name...].dropFirst().split(separator: " ")
    }

    /// Of this process and of the commands that it has run to their end.
    package static var ownTime: Double { time(of: getpid(), withEnded: true) }
}
