package import Clinic
import FoundationEssentials
package import HTTPTypes
import HummingbirdCore
package import NIOCore

/// The pieces of an uploaded body, in order, as they arrive. Only a few are in memory at a time. Iterate once.
package struct UploadedBytes: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    let context: RequestContext
    let limit: Int

    /// The length that the caller declared, in bytes.
    package var declaredLength: Int? { context.request.headers[.contentLength].flatMap { Int($0) } }

    /// The media type that the caller declared, such as `application/pdf`.
    package var mediaType: String { context.request.headers[.contentType] ?? "application/octet-stream" }

    package struct AsyncIterator: AsyncIteratorProtocol {
        var next: () async throws -> ByteBuffer?

        /// - Throws: `Problem` `too-large`, `too-slow` or `malformed-request`.
        package mutating func next() async throws -> ByteBuffer? { try await next() }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        var pieces = context.request.body.makeAsyncIterator()
        var count = 0
        var hasSentContinue = false
        return AsyncIterator {
            let next: ByteBuffer?
            if !hasSentContinue {
                hasSentContinue = true
                context.sendContinue()
            }
            do {
                next = try await pieces.next()
            } catch {
                throw context.interruption(error)
            }
            guard let piece = next else {
                try context.deadline.check()
                if let declaredLength, declaredLength != count {
                    throw Problem(.malformedRequest, "The body is incomplete.")
                }
                context.body.finish()
                return nil
            }
            count += piece.readableBytes
            guard count <= limit else { throw Problem.tooLarge(limit) }
            return piece
        }
    }
}

/// A body that a handler sends piece by piece.
package struct Download: Sendable {
    let mediaType: String
    let length: Int?
    /// The audit entries of what the handler read for these bytes, where the route's audit is `delivered`.
    let reads: [AuditRead]
    /// Writes the bytes of the range, or all bytes where there is none.
    let send: @Sendable (_ range: Range<Int>?, _ write: (ByteBuffer) async throws -> Void) async throws -> Void

    /// - Parameters:
    ///   - mediaType: what the bytes are.
    ///   - length: the number of bytes, if known. It is sent as `Content-Length`, so it must be right. A download
    ///     with a length is delivered by ranges as well.
    ///   - reads: the audit entries of what was read for these bytes.
    ///   - pieces: the bytes from an offset on. The next piece is asked for once the one before it has been sent.
    package init<Pieces: AsyncSequence & Sendable>(
        _ mediaType: String, length: Int? = nil, reads: [AuditRead] = [],
        pieces: @escaping @Sendable (_ offset: Int) -> Pieces
    ) where Pieces.Element == ByteBuffer {
        self.mediaType = mediaType
        self.length = length
        self.reads = reads
        send = { range, write in
            guard let range else {
                for try await piece in pieces(0) { try await write(piece) }
                return
            }
            var left = range.count
            for try await piece in pieces(range.lowerBound) {
                let wanted = min(left, piece.readableBytes)
                left -= wanted
                if let slice = piece.getSlice(at: piece.readerIndex, length: wanted) { try await write(slice) }
                if left == 0 { return }
            }
        }
    }
}

extension Endpoint {
    /// A route that receives a file as a stream. No transaction is open while bytes arrive: the handler stores each
    /// piece, and completes the file, in transactions of its own. The route takes no idempotency key, because uploads
    /// resume by offset and digest.
    /// - Parameter mediaTypes: the media types that the route takes; `*/*` for any.
    package static func upload<Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ tag: Tag, _ summary: String, details: String = "",
        access: Access = .signedIn, parameters: [DeclaredParameter] = [], mediaTypes: [String] = ["*/*"],
        returns answer: Answer<Output>, refusals: [ProblemKind] = [],
        handler: @escaping @Sendable (UploadedBytes, StreamingContext) async throws -> Output
    ) -> Endpoint {
        Endpoint(
            method: method, template: PathTemplate(path), tag: tag, summary: summary, details: details,
            access: access, parameters: parameters, refusals: refusals, bodyMode: .upload, auditing: nil,
            takesKey: false,
            success: DocumentedAnswer(answer),
            requestBody: DocumentedRequest(mediaTypes: mediaTypes, limit: nil) { DocumentedBody() }
        ) { context in
            try context.checkMediaType(mediaTypes)
            try context.checkContentCoding()
            let limit = context.dependencies.settings.uploadLimit
            let bytes = UploadedBytes(context: context, limit: limit)
            if let declared = bytes.declaredLength, declared > limit { throw Problem.tooLarge(limit) }
            // From here on the client determines how long the request takes.
            let permit = try context.take(.transfers)
            defer { permit.release() }
            context.requestPermit.release()
            context.access?.onEnd { [deadline = context.deadline] in deadline.end($0) }
            context.deadline.allow(context.dependencies.settings.uploadDeadline, else: Problem(.tooSlow))
            let output = try await context.runChange { try await handler(bytes, StreamingContext(context)) }
            return try context.head.reply(output, status: answer.status)
        }
    }

    /// A route that answers with bytes: a file, a calendar. Audit entries are durable before the first byte is sent. An
    /// `ETag` that the handler sets is compared with `If-None-Match` (304), and with `If-Range` where a range is asked
    /// for (206, 416).
    /// - Parameters:
    ///   - mediaTypes: the media types that the bytes can have.
    ///   - headers: the headers that the handler sets, by name, with their meanings.
    package static func download(
        _ path: String, _ tag: Tag, _ summary: String, details: String = "", access: Access = .signedIn,
        parameters: [DeclaredParameter] = [], mediaTypes: [String] = ["application/octet-stream"],
        headers: [String: String] = [:], refusals: [ProblemKind] = [], audits: StreamingAudits,
        handler: @escaping @Sendable (StreamingContext) async throws -> Download
    ) -> Endpoint {
        var headers = headers
        if headers["ETag"] != nil { headers["Accept-Ranges"] = "`bytes` where the length is known" }
        return Endpoint(
            method: .get, template: PathTemplate(path), tag: tag, summary: summary, details: details, access: access,
            parameters: parameters, refusals: refusals, bodyMode: .download, auditing: audits.text, takesKey: false,
            success: DocumentedAnswer(mediaTypes, "The bytes", headers: headers), requestBody: nil
        ) { context in
            context.startHandlerDeadline()
            let call = StreamingContext(context)
            let permit = try context.take(.transfers)
            let download = try await handler(call)
            let reply = try context.reply(download, permit: permit)
            // A client that has the bytes already gets none, so nothing was read.
            if reply.status != .notModified { try await context.record(audits, call, delivering: download.reads) }
            context.requestPermit.release()
            return reply
        }
    }
}
