import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Turns a request of HTTP/1.0, which proxies still send, into one that keeps the rules of HTTP/1.1, because later
/// handlers do not see the version. A request of HTTP/1.0 need not name a host (RFC 9112 §3.2), cannot expect 100 (RFC
/// 9110 §10.1.1), and its connection ends with the answer unless it asks to keep it (RFC 9112 §9.3).
///
/// It is used on its channel's event loop alone.
final class HTTP10Adapter: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        var keeps = head.isKeepAlive
        if head.version == .http1_0 {
            if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: "localhost") }
            head.headers.remove(name: "Expect")
            // "MUST treat the message as if the framing is faulty" (RFC 9112 §6.1): the bytes that follow belong to no
            // request.
            keeps = keeps && !head.headers.contains(name: "Transfer-Encoding")
        }
        // Later handlers know this one spelling.
        if !keeps { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Adds an adapter right after the decoder, and removes itself. A stream of HTTP/2 has no decoder and gets no
    /// adapter.
    final class Installer: ChannelInboundHandler, RemovableChannelHandler, Sendable {
        typealias InboundIn = HTTPRequestPart

        private let check: PipelineCheck

        init(_ check: PipelineCheck) { self.check = check }

        func handlerAdded(context: ChannelHandlerContext) {
            let pipeline = context.pipeline.syncOperations
            if let decoder = check.requestDecoder(in: context.channel) {
                do {
                    try pipeline.addHandler(HTTP10Adapter(), position: .after(decoder))
                } catch {
                    return context.fireErrorCaught(error)
                }
            }
            pipeline.removeHandler(context: context, promise: nil)
        }
    }
}
