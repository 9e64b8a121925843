import Synchronization

/// What the story leaves to chance: which condition, which of the openings. A run says its seed, and another with the
/// same seed draws the same of the same. The words and addresses of a run are no part of it: they must be new each time.
final class Lots: Sendable {
    let seed: UInt64
    private let dice: Mutex<SplitMix64>

    init(seed: UInt64) {
        self.seed = seed
        dice = Mutex(SplitMix64(state: seed))
    }

    /// One of them.
    /// - Throws: `BrokenPromise` with the sentence when there are none.
    func draw<Element>(_ elements: [Element], orElse sentence: String) throws -> Element {
        guard let drawn = dice.withLock({ dice in elements.indices.randomElement(using: &dice) }) else {
            throw BrokenPromise(sentence)
        }
        return elements[drawn]
    }

    /// Steele, Lea and Flood: Fast splittable pseudorandom number generators (OOPSLA 2014).
    private struct SplitMix64: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
