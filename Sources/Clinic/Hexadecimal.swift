private let digits = Array("0123456789abcdef".utf8)

extension Sequence<UInt8> {
    /// Two hexadecimal digits a byte, in lower case.
    package var hexadecimal: String {
        String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension String {
    /// The text in UTF-8, percent-encoded (RFC 3986 §2.1) but for ASCII letters, digits and these characters.
    package func percentEncoded(keeping kept: String) -> String {
        utf8.map { byte in
            byte.isAlphanumeric || kept.utf8.contains(byte)
                ? String(Unicode.Scalar(byte)) : "%\(CollectionOfOne(byte).hexadecimal.uppercased())"
        }.joined()
    }
}

extension UInt8 {
    /// Whether it is a letter or a digit of ASCII.
    package var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
