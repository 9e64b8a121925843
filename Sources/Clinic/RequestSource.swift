/// The source of a request: a network address, and the device as its client names itself.
package struct RequestSource: Codable, Sendable, Hashable {
    package let address: String
    /// At most 256 characters without control characters; nil when the client names none.
    package let device: String?

    /// - Parameter device: the `User-Agent` (RFC 9110 §10.1.5).
    package init(address: String, device: String?) {
        self.address = String(address.unicodeScalars.prefix(64))
        let plain = (device ?? "").unicodeScalars.filter { $0.properties.generalCategory != .control }
        let bounded = String(String.UnicodeScalarView(plain.prefix(256)))
        self.device = bounded.isEmpty ? nil : bounded
    }
}

package enum RequestSourceTag {}
package typealias RequestSourceID = ID<RequestSourceTag>
