import HTTPTypes
import HummingbirdCore

// What of a request's head is looked at whatever its route.

extension GatewayResponder {
    /// Refuses a request that does not name one host by the grammar (RFC 9112 §3.2, RFC 9113 §8.3.1): whoever stands before
    /// the gateway may have taken another one. What HTTP/1.0 need not send is there: see `HTTP10Adapter`.
    func checkHost(_ request: Request, isHTTP2: Bool) throws {
        var hosts = request.headers[values: .host]
        if let authority = request.head.authority { hosts.append(authority) }
        if isHTTP2 { hosts = Array(Set(hosts.map { $0.lowercased() })) }
        guard hosts.count == 1, Host.isValid(hosts[0]) else {
            let (rule, detail) =
                switch hosts.count {
                case 0: ("missing", "The header is needed.")
                case 1: ("format", "Must be one host, with a port or without.")
                default: ("duplicate", "The header may be given once.")
                }
            throw Problem(.malformedRequest, errors: [FieldError(.header("Host"), rule: rule, detail)])
        }
    }

    /// Path and header fields together. The parser itself cuts the connection at twice as much, without a word.
    func checkHeaderSize(_ request: Request) throws {
        var bytes = request.head.path?.utf8.count ?? 0
        for field in request.headers { bytes += field.name.rawName.utf8.count + field.value.utf8.count + 4 }
        guard bytes <= dependencies.settings.headerLimit else { throw Problem(.headersTooLarge) }
    }

    /// Refuses an expectation other than `100-continue` (RFC 9110 §10.1.1).
    func checkExpect(_ request: Request) throws {
        guard request.headers.expectations.allSatisfy({ $0 == "100-continue" || $0.isEmpty }) else {
            throw Problem(.expectationFailed)
        }
    }

    /// `Accept` (RFC 9110 §12.5.1), without weights: what is named at all is taken.
    func checkAccept(_ request: Request, _ endpoint: Endpoint) throws {
        guard let accept = request.headers[.accept], endpoint.success.body != nil else { return }
        let media = endpoint.success.mediaTypes
        let taken = Set(["*/*"] + media + media.map { $0.prefix { $0 != "/" } + "/*" })
        let named = accept.split(separator: ",").map { range in
            range.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        }
        guard named.isEmpty || named.contains(where: taken.contains) else {
            throw Problem(.notAcceptable, "This route answers with \(media.joined(separator: ", ")).")
        }
    }
}

/// The `uri-host [":" port]` of RFC 9110 §7.2, by the grammar of RFC 3986 §3.2.2, of which the addresses of the future are
/// not taken. It is not looked up, nor compared.
enum Host {
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1,
                bytes[1..<bracket].allSatisfy("0123456789abcdefABCDEF:.".utf8.contains)
            else { return false }
            end = bracket + 1
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard end > 0, bytes[..<end].allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "%") }),
                percentDecoded(String(decoding: bytes[..<end], as: UTF8.self)) != nil
            else { return false }
        }
        let port = bytes[end...]
        return port.isEmpty
            || port.first == UInt8(ascii: ":") && port.count <= 6
                && port.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// Unreserved, or a sub-delimiter.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=".utf8.contains(byte)
        }
    }
}

extension HTTPField.Name {
    static let host = Self("Host")!
}
