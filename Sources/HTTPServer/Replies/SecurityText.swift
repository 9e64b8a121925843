import FoundationEssentials
import HTTPTypes
import JSON
import NIOCore

/// The file that says whom to tell of a weakness (RFC 9116).
struct SecurityText: Sendable {
    static let path = "/.well-known/security.txt"

    /// A file that is older than this is not to be trusted any more (2.5.5 asks for less than a year): a gateway that runs
    /// for longer without an upgrade has nobody who looks after it.
    private static let validity: TimeInterval = 180 * 86_400

    private let text: String

    /// - Parameters:
    ///   - contact: a URI.
    ///   - start: when the gateway began to say so.
    init(contact: String, since start: Date = Date()) {
        let expires = RFC3339.format(start.addingTimeInterval(Self.validity))
        text = "Contact: \(contact)\nExpires: \(expires)\nPreferred-Languages: en\n"
    }

    var reply: Reply {
        let bytes = ByteBuffer(string: text)
        let pieces = ReplyPieces(
            mediaType: "text/plain; charset=utf-8", length: bytes.readableBytes, access: nil, permit: nil
        ) { write in try await write(bytes) }
        return Reply(status: .ok, headers: [.cacheControl: "public, max-age=86400"], body: .pieces(pieces))
    }
}
