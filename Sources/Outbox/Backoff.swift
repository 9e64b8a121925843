/// How long a failed job waits: 2 s, doubled with each attempt up to 15 minutes. The wait is between half of that and all of
/// it at random, so that jobs that failed together are not retried together.
package enum Backoff {
    static let first = Duration.seconds(2)
    static let longest = Duration.seconds(900)

    /// - Parameter attempt: the one that failed, from 1.
    package static func delay(
        after attempt: Int, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        // 2 s · 2⁹ exceeds the longest wait, so the shift cannot overflow.
        let doublings = min(max(attempt, 1) - 1, 9)
        return min(first * (1 << doublings), longest) * Double.random(in: 0.5...1, using: &generator)
    }

    package static func delay(after attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return delay(after: attempt, using: &generator)
    }
}
