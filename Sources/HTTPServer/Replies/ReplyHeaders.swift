import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// A download that is shorter or longer than it said.
private struct BrokenPromise: Error {}

/// Turns a reply into an HTTP response with the headers that every answer of the house carries.
struct ReplyHeaders: Sendable {
    let isTLS: Bool
    let heartbeat: Duration
    let drain: Drain

    /// - Parameter request: what a stream of events reads, to learn that its reader has left.
    func response(
        _ reply: Reply, to metadata: RequestMetadata, reading request: HummingbirdCore.RequestBody, close: Bool,
        end: RequestCompletion
    ) -> Response {
        var headers = fields(of: reply, to: metadata)
        // HTTP/2 has no such header; there the stream alone is closed.
        if close, !metadata.isHTTP2 { headers[.connection] = "close" }
        switch reply.body {
        case .none:
            return finished(reply.status, headers, nil, metadata, close, end)
        case .json(let bytes), .problem(let bytes), .endedEvents(let bytes):
            return finished(reply.status, headers, bytes, metadata, close, end)
        case .pieces(let pieces):
            let body = ResponseBody(contentLength: pieces.length) { writer in
                defer {
                    pieces.permit?.release()
                    end.finish()
                }
                pieces.access?.onEnd { _ in metadata.channel.close(promise: nil) }
                do {
                    var sent = 0
                    try await pieces.send { piece in
                        sent += piece.readableBytes
                        try await writer.write(piece)
                        try await Self.settle(metadata.channel)
                    }
                    guard pieces.length ?? sent == sent else { throw BrokenPromise() }
                    try await writer.finish(nil)
                } catch {
                    // The status is gone out already: breaking off is the only way left to say that this is not all.
                    metadata.channel.close(promise: nil)
                    throw error
                }
                if close { Self.closeGently(metadata.channel) }
            }
            return Response(status: reply.status, headers: headers, body: metadata.method == .head ? .init() : body)
        case .events(let source):
            // When it has ended the connection is closed: nobody is to send another request on it.
            if !metadata.isHTTP2 { headers[.connection] = "close" }
            let sender = EventSender(
                body: request, channel: metadata.channel, heartbeat: heartbeat, drain: drain,
                requestID: metadata.requestID)
            let body = ResponseBody { writer in
                defer { end.finish() }
                try await sender.send(source, to: &writer)
            }
            return Response(status: reply.status, headers: headers, body: metadata.method == .head ? .init() : body)
        }
    }

    private func finished(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, _ bytes: [UInt8]?, _ metadata: RequestMetadata,
        _ close: Bool,
        _ end: RequestCompletion
    ) -> Response {
        let shown = metadata.method == .head ? [] : bytes ?? []
        // What is little is as good as sent on a connection that takes it. Otherwise it counts as in flight until it has
        // been taken, slice by slice, and each slice has the time of the write deadline.
        guard close || shown.count > Self.slice || !metadata.channel.isWritable else {
            end.finish()
            return Response(
                status: status, headers: headers,
                body: shown.isEmpty ? .init() : ResponseBody(byteBuffer: ByteBuffer(bytes: shown)))
        }
        let body = ResponseBody(contentLength: bytes?.count ?? 0) { writer in
            defer { end.finish() }
            var rest = ByteBuffer(bytes: shown)
            while let slice = rest.readSlice(length: min(Self.slice, rest.readableBytes)), slice.readableBytes > 0 {
                try await writer.write(slice)
                try await Self.settle(metadata.channel)
            }
            try await writer.finish(nil)
            if close { Self.closeGently(metadata.channel) }
        }
        return Response(status: status, headers: headers, body: body)
    }

    /// Lets the event loop see what was written. Until it has said that the channel is full, the writer takes whatever it
    /// is given; from then on it waits for the reader.
    private static func settle(_ channel: any Channel) async throws {
        try await channel.eventLoop.submit {}.get()
    }

    /// Bytes of a JSON body that are written at once.
    static let slice = 65_536

    /// All but `Connection`.
    func fields(of reply: Reply, to metadata: RequestMetadata) -> HTTPFields {
        var headers: HTTPFields = [
            .requestID: metadata.requestID, .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy:
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
            .referrerPolicy: "no-referrer",
            .cacheControl: "no-store",
        ]
        switch reply.body {
        case .events, .endedEvents:
            // A proxy must neither wait for more of a stream (nginx' word for that) nor rewrite what goes by.
            headers[.cacheControl] = "no-store, no-transform"
            headers[.accelBuffering] = "no"
        case .none, .json, .problem, .pieces: break
        }
        if isTLS { headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
        for field in reply.headers { headers[field.name] = field.value }
        let (type, length): (String?, Int?) =
            switch reply.body {
            case .none: (nil, reply.status == .noContent || reply.status == .notModified ? nil : 0)
            case .json(let bytes): ("application/json", bytes.count)
            case .problem(let bytes): ("application/problem+json", bytes.count)
            case .pieces(let pieces): (pieces.mediaType, pieces.length)
            case .events: ("text/event-stream", nil)
            case .endedEvents(let bytes): ("text/event-stream", bytes.count)
            }
        if let type { headers[.contentType] = type }
        if let length { headers[.contentLength] = String(length) }
        return headers
    }

    /// Closes a connection whose request was not read to its end. Closing at once would discard the reply that the
    /// client has not read yet (RFC 9112 §9.6), so the sending side closes first.
    static func closeGently(_ channel: any Channel) {
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }
}
