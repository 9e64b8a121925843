import FoundationEssentials

/// Looks for the canaries of a run where nothing private may be: as text in any case, in hexadecimal as `pg_dump`
/// prints bytes, and in base64 at each of its three alignments.
struct Scan {
    /// Something that may not be found, and what to call it.
    struct Needle {
        let name: String
        let forms: [[UInt8]]

        init(_ word: String, called name: String) {
            self.name = name
            let bytes = Array(word.lowercased().utf8)
            forms = [bytes, Array(bytes.hex.utf8)]
        }
    }

    let canaries: Canaries

    /// The fields whose canary these bytes hold, in any form; empty when all is well.
    func findings(in bytes: [UInt8], also needles: [Needle] = []) -> [String] {
        let lower = bytes.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
        var found: [String] = []
        let tag = Needle(canaries.tag, called: "")
        for place in Scan.places(of: tag.forms[0], in: lower) {
            found.append(
                canaries.field(
                    after: String(decoding: lower[place...].dropFirst(canaries.tag.count).prefix(8), as: UTF8.self)))
        }
        if !Scan.places(of: tag.forms[1], in: lower).isEmpty { found.append("a field, in hexadecimal") }
        for form in Scan.base64(of: canaries.tag) where !Scan.places(of: form, in: bytes).isEmpty {
            found.append("a field, in base64")
        }
        for needle in needles where needle.forms.contains(where: { !Scan.places(of: $0, in: lower).isEmpty }) {
            found.append(needle.name)
        }
        return Array(Set(found)).sorted()
    }

    /// Where the needle begins, each time.
    static func places(of needle: [UInt8], in hay: [UInt8]) -> [Int] {
        guard let first = needle.first, hay.count >= needle.count else { return [] }
        var places: [Int] = []
        hay.withUnsafeBufferPointer { hay in
            needle.withUnsafeBufferPointer { needle in
                var start = 0
                let last = hay.count - needle.count
                while start <= last {
                    if hay[start] == first, (1..<needle.count).allSatisfy({ hay[start + $0] == needle[$0] }) {
                        places.append(start)
                    }
                    start += 1
                }
            }
        }
        return places
    }

    /// The parts of a word's base64 that do not depend on its neighbours, for the three places it can begin at.
    static func base64(of word: String) -> [[UInt8]] {
        (0..<3).map { shift in
            let text = Data([UInt8](repeating: 0, count: shift) + Array(word.utf8)).base64EncodedString()
            let skipped = shift == 0 ? 0 : shift + 1
            return Array(text.utf8.dropFirst(skipped).prefix { $0 != UInt8(ascii: "=") }.dropLast(2))
        }
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits for each byte.
    var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
