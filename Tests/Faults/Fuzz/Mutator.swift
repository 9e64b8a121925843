import Rig

/// Makes inputs out of good ones, by few changes of the kinds that readers trip over. The same seed makes the same.
struct Mutator: Sendable {
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]
    private let most: Int

    /// - Parameters:
    ///   - corpus: good inputs; must not be empty.
    ///   - words: what means something to the reader.
    ///   - most: bytes of an input.
    init(_ corpus: [String], words: [String], most: Int = 1 << 16) {
        self.corpus = corpus.map { Array($0.utf8) }
        self.words = words.map { Array($0.utf8) }
        self.most = min(most, FuzzTrace.most)
    }

    /// The edges of the types that numbers are read into, and what only looks like a number.
    static let numbers = [
        "0", "-0", "-1", "+1", "00", "1", "7", "31", "53", "54", "59", "60", "61", "99", "127", "128", "255", "256",
        "365", "366", "367", "999", "1000", "1900", "2999", "9999", "10000", "32767", "32768", "65535", "65536",
        "99999",
        "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "1e9", "1e308", "1e309", "-1e309", "1e-400", "0.1", "1.5",
        "NaN",
        "Infinity", "0x7f", "1_000", "１２", "٣", "²",
    ]

    /// Texts that are longer, shorter or other than they look.
    static let texts = [
        "", " ", "\u{0}", "\u{1}", "\n", "\r\n", "\t", "\u{7f}", "\u{85}", "\u{a0}", "\u{ad}", "\u{200b}", "\u{200d}",
        "\u{202e}", "\u{2028}", "\u{feff}", "\u{fffd}", "\u{10ffff}", "e\u{301}", "ß", "ŉ", "ı", "ſ", "ﬆ", "İ", "👨‍👩‍👧‍👦",
        "🇺🇸",
        "null", "true", "../..", "%00", "%", "%2", "%zz", "%ff%fe", "'", "\"", "\\", "`", "{}", "[]", "<>", "$1", "--",
        ";", ":", "::", "/", "//", "@", "#", "?", "&", "=", "*", ",", ",,", "-", "--", ".", "..",
    ]

    func input(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = generator.pick(corpus)
        for _ in 0..<Int.random(in: 1...6, using: &generator) { change(&bytes, &generator) }
        return Array(bytes.prefix(most))
    }

    /// One change of a text, for what is put together from parts.
    func changed(_ text: String, _ generator: inout SeededGenerator) -> String {
        var bytes = Array(text.utf8)
        change(&bytes, &generator)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<13, using: &generator) {
        case 0:
            if let place = place(bytes, &generator) { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
        case 1: if let place = place(bytes, &generator) { bytes[place] = .random(in: .min ... .max, using: &generator) }
        case 2: bytes.removeSubrange(part(bytes, &generator))
        case 3: bytes.insert(contentsOf: bytes[part(bytes, &generator)], at: gap(bytes, &generator))
        case 4: bytes.insert(contentsOf: Array(generator.pick(Self.texts).utf8), at: gap(bytes, &generator))
        case 5: bytes.insert(contentsOf: word(&generator), at: gap(bytes, &generator))
        case 6, 7:
            bytes.replaceSubrange(
                run(bytes, &generator, of: Self.isDigit), with: Array(generator.pick(Self.numbers).utf8))
        case 8: bytes.replaceSubrange(run(bytes, &generator, of: Self.isWordlike), with: word(&generator))
        case 9: bytes.removeSubrange(gap(bytes, &generator)...)
        case 10:
            let other = generator.pick(corpus)
            bytes = Array(bytes[..<gap(bytes, &generator)] + other[gap(other, &generator)...])
        case 11: changeLines(&bytes, &generator)
        default: repeatPart(&bytes, &generator)
        }
    }

    private func word(_ generator: inout SeededGenerator) -> [UInt8] {
        words.isEmpty || Bool.random(using: &generator) ? Array(generator.pick(Self.texts).utf8) : generator.pick(words)
    }

    private func place(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> Int? {
        bytes.isEmpty ? nil : Int.random(in: 0..<bytes.count, using: &generator)
    }

    private func gap(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> Int {
        Int.random(in: 0...bytes.count, using: &generator)
    }

    private func part(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> Range<Int> {
        let start = gap(bytes, &generator)
        let length = Bool.random(using: &generator) ? 8 : bytes.count
        return start..<min(bytes.count, start + Int.random(in: 0...max(1, length), using: &generator))
    }

    /// Whole bytes of one kind around a place; nothing where there is none.
    private func run(_ bytes: [UInt8], _ generator: inout SeededGenerator, of kind: (UInt8) -> Bool) -> Range<Int> {
        let from = gap(bytes, &generator)
        guard let first = bytes[from...].firstIndex(where: kind) ?? bytes.firstIndex(where: kind) else {
            return from..<from
        }
        let start = bytes[..<first].lastIndex { !kind($0) }.map { $0 + 1 } ?? 0
        let end = bytes[first...].firstIndex { !kind($0) } ?? bytes.count
        return start..<end
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isWordlike(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte >= 0x80
    }

    /// Lines that are left out, doubled, or change places.
    private func changeLines(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
        let one = Int.random(in: 0..<lines.count, using: &generator)
        let other = Int.random(in: 0..<lines.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: lines.remove(at: one)
        case 1: lines.insert(lines[one], at: other)
        default: lines.swapAt(one, other)
        }
        bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private func repeatPart(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let part = Array(bytes[part(bytes, &generator)])
        let count = min(Int.random(in: 1...300, using: &generator), most / max(1, part.count))
        bytes.insert(contentsOf: Array(repeatElement(part, count: count).joined()), at: gap(bytes, &generator))
    }
}
