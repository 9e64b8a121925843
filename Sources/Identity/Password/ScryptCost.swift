/// The cost of scrypt (RFC 7914): memory 128·N·r bytes for each of p passes.
package struct ScryptCost: Sendable, Hashable {
    /// The binary logarithm of N.
    package let logN: Int
    package let blockSize: Int
    package let parallelism: Int

    /// N = 2¹⁵, r = 8, p = 3: 32 MiB and some 190 ms (OWASP's Password Storage sheet names it as an equal of 2¹⁷, 8,
    /// 1).
    package static let standard = ScryptCost(logN: 15, blockSize: 8, parallelism: 3)

    private init(logN: Int, blockSize: Int, parallelism: Int) {
        self.logN = logN
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// Nil for a cost that no machine could compute: a hash with such a cost is damaged.
    package init?(checking logN: Int, _ blockSize: Int, _ parallelism: Int) {
        guard (4...20).contains(logN), (1...16).contains(blockSize), (1...8).contains(parallelism) else { return nil }
        self.init(logN: logN, blockSize: blockSize, parallelism: parallelism)
    }
}
