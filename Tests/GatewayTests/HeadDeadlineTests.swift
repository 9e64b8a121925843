@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
@testable import ServiceAPI
import Testing

@Suite("A request's head has its time", .timeLimit(.minutes(5)))
struct HeadDeadlineTests {
    private static let head = "GET /v1/public HTTP/1.1\r\nHost: localhost\r\n\r\n"

    /// Stands where TLS does, and keeps what it needs for itself.
    private final class TLSStandIn: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var takesAll = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if !takesAll { context.fireChannelRead(data) }
        }
    }

    private let standIn = TLSStandIn()
    private let channel = EmbeddedChannel()

    init() throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(standIn)
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(HeadDeadline(.seconds(15), PipelineCheck(logger: TestLog().logger)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    private func answer() throws {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    private func isOpen(after seconds: Int64) -> Bool {
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
        return channel.isActive
    }

    @Test("It is counted from the opening of the connection")
    func first() throws {
        try send("GET /v1/pub")
        #expect(isOpen(after: 14))
        #expect(!isOpen(after: 2))
    }

    @Test("A connection between two requests has no head to wait for; the next one's first byte begins its time")
    func next() throws {
        try send(Self.head)
        try answer()
        #expect(isOpen(after: 60))
        try send("G")
        #expect(isOpen(after: 14))
        #expect(!isOpen(after: 2))
    }

    @Test("A head that came in part behind another request has its time once that one is answered")
    func pipelined() throws {
        try send(Self.head)
        try send("GET /v1/pub")
        #expect(isOpen(after: 60))
        try answer()
        #expect(isOpen(after: 14))
        #expect(!isOpen(after: 2))
    }

    @Test("What TLS sends for itself begins no request")
    func records() throws {
        try send(Self.head)
        try answer()
        standIn.takesAll = true
        try send("a record of TLS")
        #expect(isOpen(after: 60))
    }
}
