import Foundation
import Synchronization

/// SplitMix64: the same seed gives the same numbers.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// What random tests begin with: the number in `CONSILIUM_TEST_SEED`, or another each time. It is printed, so that what
    /// failed can be repeated.
    package static let testSeed: UInt64 = {
        let given = ProcessInfo.processInfo.environment["CONSILIUM_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 0 ... .max)
        print("Random tests: CONSILIUM_TEST_SEED=\(seed)")
        return seed
    }()

    private static let contents = Mutex(SeededGenerator(seed: testSeed))

    /// Bytes of a file that nothing depends on but their difference from those of other files.
    package static func content(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: contents.withLock { $0.next() })
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    /// One of them; the collection must not be empty.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}
