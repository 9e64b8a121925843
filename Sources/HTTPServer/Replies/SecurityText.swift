import FoundationEssentials
import HTTPTypes
import JSON
import NIOCore

/// The file with the contact for reports of vulnerabilities (RFC 9116).
struct SecurityText: Sendable {
    static let path = "/.well-known/security.txt"

    /// How long the file is valid; RFC 9116 §2.5.5 asks for less than a year. A gateway that runs longer without an
    /// upgrade is not maintained.
    private static let validity: TimeInterval = 180 * 86_400

    private let text: String

    /// - Parameters:
    ///   - contact: a URI.
    ///   - start: when the gateway started.
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
