import Clinic
import Crypto
import Foundation

extension ID {
    /// The id of something of the demo programme: a UUID of version 8 (RFC 9562 §5.8) from the SHA-256 of its key, so
    /// that a second load finds what the first one made.
    init(demo kind: String, _ key: String) {
        var bytes = Array(SHA256.hash(data: Data("consilium demo/\(kind)/\(key)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        self.init(rawValue: bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) })
    }
}
