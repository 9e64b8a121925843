/// How long things took, in nanoseconds.
package struct Latencies: Sendable {
    private var samples: [UInt64] = []

    package init() {}

    package var count: Int { samples.count }

    package mutating func add(_ duration: Duration) {
        let (seconds, atto) = duration.components
        samples.append(UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, atto) / 1_000_000_000))
    }

    package mutating func add(_ other: Latencies) { samples += other.samples }

    /// The smallest that so many of a hundred do not exceed, in milliseconds; 0 when there are none.
    package func percentile(_ percent: Double) -> Double {
        guard !samples.isEmpty else { return 0 }
        let sorted = samples.sorted()
        let rank = Int((percent / 100 * Double(sorted.count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1_000_000
    }

    package var worst: Double { Double(samples.max() ?? 0) / 1_000_000 }
}
