import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import NIOCore
import Synchronization

/// What a route answers before it becomes an HTTP response.
struct Reply: Sendable {
    /// The body: bytes at hand, or pieces that follow while they are sent.
    enum Body: Sendable {
        case none
        case json([UInt8])
        case problem([UInt8])
        case pieces(ReplyPieces)
        case events(EventSource)
        /// An event stream that has ended already.
        case endedEvents([UInt8])
    }

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: Body
}

/// A body that is sent piece by piece; each piece is asked for when the one before it has left.
struct ReplyPieces: Sendable {
    let mediaType: String
    /// The whole length in bytes, when it is known.
    let length: Int?
    /// What the reader's right stands on; nil for who needs none.
    let access: OpenAccess?
    /// Its place among the transfers; nil for a few bytes.
    let permit: ConcurrencyLimiter.Permit?
    let send: @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void
}

/// Status and headers that a handler sets while it works.
final class ReplyHead: Sendable {
    struct State {
        var status: HTTPResponse.Status?
        var headers: HTTPFields = [:]
    }

    private let state = Mutex(State())

    func set(status: HTTPResponse.Status?, headers: HTTPFields, etag: String?) {
        state.withLock { state in
            if let status { state.status = status }
            for field in headers { state.headers[field.name] = field.value }
            if let etag { state.headers[.eTag] = "\"\(etag)\"" }
        }
    }

    /// Forgets what a first attempt has set.
    func clear() { state.withLock { $0 = State() } }

    /// The reply with a value as its body.
    func reply<Output: Encodable & Sendable>(_ output: Output, status: HTTPResponse.Status) throws -> Reply {
        let set = state.withLock { $0 }
        let body: Reply.Body = if output is NoContent { .none } else { .json(try JSONBody.encode(output)) }
        return Reply(status: set.status ?? status, headers: set.headers, body: body)
    }

    /// The reply with another body.
    func reply(_ body: Reply.Body, status: HTTPResponse.Status) -> Reply {
        let set = state.withLock { $0 }
        return Reply(status: set.status ?? status, headers: set.headers, body: body)
    }
}
