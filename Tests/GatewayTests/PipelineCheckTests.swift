@testable import HTTPServer
import HummingbirdCore
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

@Suite("A limit whose place in the pipeline is missing closes the connection", .timeLimit(.minutes(5)))
struct PipelineCheckTests {
    private let log = TestLog()
    private let channel = EmbeddedChannel()

    init() throws { try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait() }

    private var check: PipelineCheck { PipelineCheck(logger: log.logger) }
    private var pipeline: ChannelPipeline.SynchronousOperations { channel.pipeline.syncOperations }

    private func expectRefusal(of handler: String) {
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
        #expect(log.lines.count == 1)
        #expect(log.lines.allSatisfy { $0.hasPrefix("critical ") && $0.contains("handler=\(handler)") })
    }

    @Test("The adapter of HTTP/1.0 without the decoder")
    func adapter() throws {
        try pipeline.addHandler(HTTP10Adapter.Installer(check))
        expectRefusal(of: "\(ByteToMessageHandler<HTTPRequestDecoder>.self)")
    }

    @Test("The deadline of a head without the decoder")
    func head() throws {
        try pipeline.addHandler(HeadDeadline(.seconds(15), check))
        expectRefusal(of: "\(ByteToMessageHandler<HTTPRequestDecoder>.self)")
    }

    @Test("Load shedding without the handler that counts requests")
    func counter() {
        #expect(check.require(HTTPConnectionStateHandler.self, in: channel) == nil)
        expectRefusal(of: "HTTPConnectionStateHandler")
    }

    @Test("Control: with the handlers that they need the connection stays, and nothing is logged")
    func complete() throws {
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP10Adapter.Installer(check))
        try pipeline.addHandler(HeadDeadline(.seconds(15), check))
        channel.embeddedEventLoop.run()
        #expect(channel.isActive)
        #expect(log.lines == [])
    }
}
