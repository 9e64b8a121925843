import FoundationEssentials

/// RFC 2045 §6.7, a line at a time.
enum QuotedPrintable {
    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    /// Encodes one line without its end, with soft breaks where it is longer than 76 characters.
    static func encode(_ line: [UInt8]) -> [UInt8] {
        var encoded: [UInt8] = []
        var width = 0
        for (index, byte) in line.enumerated() {
            let isBlank = byte == 0x20 || byte == 0x09
            let isPlain = (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=")
            let isKept = isPlain || (isBlank && index < line.count - 1)
            if width + (isKept ? 1 : 3) > 75 {
                encoded += Array("=\r\n".utf8)
                width = 0
            }
            if isKept {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "="), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            }
            width += isKept ? 1 : 3
        }
        return encoded
    }
}

/// RFC 2047 §2: a header's text beyond ASCII, as base64 words of at most 75 characters.
enum EncodedWords {
    static func encode(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        var words: [[UInt8]] = [[]]
        for character in text {
            // 45 bytes make 60 characters; a character is never split.
            if words[words.count - 1].count + character.utf8.count > 45 { words.append([]) }
            words[words.count - 1] += Array(character.utf8)
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }
}
