import Rig
import Synchronization

/// What the story leaves to chance: which condition, which of the openings. A run says its seed, and another with the
/// same seed draws the same of the same. The words and addresses of a run are no part of it: they must be new each time.
final class RandomChoices: Sendable {
    let seed: UInt64
    private let dice: Mutex<SeededGenerator>

    init(seed: UInt64) {
        self.seed = seed
        dice = Mutex(SeededGenerator(seed: seed))
    }

    /// One of them.
    /// - Throws: `BrokenPromise` with the sentence when there are none.
    func draw<Element>(_ elements: [Element], orElse sentence: String) throws -> Element {
        guard let drawn = dice.withLock({ dice in elements.indices.randomElement(using: &dice) }) else {
            throw BrokenPromise(sentence)
        }
        return elements[drawn]
    }
}
