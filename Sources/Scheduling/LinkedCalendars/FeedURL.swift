package import Clinic
import FoundationEssentials

/// The address of a calendar feed in one canonical form, which every reader reads alike.
package struct FeedURL: Sendable, Hashable {
    package let isEncrypted: Bool
    package let host: FeedHost
    /// 1 to 65535.
    package let port: Int
    /// From the path on, in ASCII and without a fragment.
    private let target: String

    /// The most bytes of an address.
    private static let longest = 1000
    /// The form of an address in documents. Blanks around it are removed, and more than ASCII is read.
    package static let rule = TextRule.form(
        TextForm(
            "^(?:https|webcal)://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][!-\\[\\]-~]*)?$",
            "a URL, as https://calendar.example.com/x.ics", format: "uri", isReadByService: true),
        length: 10...longest)

    /// Reads an absolute `https`, `webcal` or `http` URL; `webcal` is read as `https`. Blanks at both ends are removed, as
    /// browsers do with pasted text.
    /// - Throws: `FieldRefusal`: `max_length`; `format` for what is no URL; `scheme`, `userinfo`, `host` and `port` for a
    ///   URL from which no feed can be fetched.
    package init(_ raw: String, at pointer: String = "/url") throws(FieldRefusal) {
        let tooLong = FieldRefusal(
            pointer, rule: "max_length", "must have at most \(Self.longest) bytes, percent-encoded")
        guard raw.utf8.count <= Self.longest else { throw tooLong }
        // Browsers drop line breaks and read `\` as `/`; other readers do not.
        let bytes = raw.trimmed.utf8
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") }),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { throw FieldRefusal(pointer, rule: "format", "must be a URL, as https://calendar.example.com/x.ics") }
        let scheme = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        guard let isEncrypted = ["https": true, "webcal": true, "webcals": true, "http": false][scheme] else {
            throw FieldRefusal(pointer, rule: "scheme", "must begin with https:// or webcal://")
        }
        let behind = bytes[bytes.index(after: colon)...]
        guard behind.starts(with: "//".utf8) else {
            throw FieldRefusal(pointer, rule: "format", "must have // after its scheme")
        }
        let rest = behind.dropFirst(2)
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw FieldRefusal(pointer, rule: "userinfo", "must have no user and no password")
        }
        let (name, number) = Self.halves(authority)
        guard let host = FeedHost(String(decoding: name, as: UTF8.self)) else {
            throw FieldRefusal(pointer, rule: "host", "must have the name or the address of a host")
        }
        guard let port = Self.port(number, isEncrypted) else {
            throw FieldRefusal(pointer, rule: "port", "must have a port from 1 to 65535, or none")
        }
        self.isEncrypted = isEncrypted
        self.host = host
        self.port = port
        target = Self.target(rest[end...])
        // What is stored must be readable again.
        guard text.utf8.count <= Self.longest else { throw tooLong }
    }

    /// The host, and what follows its colon; nil without one.
    private static func halves(_ authority: Substring.UTF8View) -> (Substring.UTF8View, Substring.UTF8View?) {
        let bracket = authority.lastIndex(of: UInt8(ascii: "]")) ?? authority.startIndex
        guard let colon = authority[bracket...].firstIndex(of: UInt8(ascii: ":")) else { return (authority, nil) }
        return (authority[..<colon], authority[authority.index(after: colon)...])
    }

    private static func port(_ digits: Substring.UTF8View?, _ isEncrypted: Bool) -> Int? {
        guard let digits, !digits.isEmpty else { return isEncrypted ? 443 : 80 }
        guard digits.count <= 5, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(Substring(digits)), (1...65_535).contains(port)
        else { return nil }
        return port
    }

    /// The path, which is never empty, and the query. What RFC 3986 does not allow there is percent-encoded.
    private static func target(_ text: Substring.UTF8View) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = Array(text.prefix { $0 != UInt8(ascii: "#") })
        var target: [UInt8] = bytes.first == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        for (index, byte) in bytes.enumerated() {
            let isEscape = byte == UInt8(ascii: "%") && bytes.dropFirst(index + 1).prefix(2).count(where: isHex) == 2
            if isAllowed(byte) || isEscape {
                target.append(byte)
            } else {
                target += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: target, as: UTF8.self)
    }

    private static func isHex(_ byte: UInt8) -> Bool { Character(Unicode.Scalar(byte)).isHexDigit }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:@/?".utf8.contains(byte)
        }
    }

    package var text: String {
        let port = port == (isEncrypted ? 443 : 80) ? "" : ":\(port)"
        return "\(isEncrypted ? "https" : "http")://\(host.text)\(port)\(target)"
    }

    /// The target of a `Location` header, resolved against this address (RFC 3986 §5); nil where no feed can be fetched from
    /// it.
    package func redirected(to location: String) -> FeedURL? {
        guard location.utf8.count <= Self.longest, let base = URL(string: text),
            let target = URL(string: location, relativeTo: base)
        else { return nil }
        return try? FeedURL(target.absoluteString)
    }
}
