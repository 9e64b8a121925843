import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server at 127.0.0.1 that speaks TLS by the name of pinned.example.test, and gives every request one answer.
final class SecureFeedServer: Sendable {
    private let channel: any Channel
    private let asked: Asked

    /// By which names clients asked (SNI).
    private final class Asked: Sendable {
        let names = Mutex<[String]>([])
    }

    private init(_ channel: any Channel, _ asked: Asked) {
        self.channel = channel
        self.asked = asked
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var names: [String] { asked.names.withLock { $0 } }

    static func trusting() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem)])
        return configuration
    }

    static func start(answering body: String) async throws -> SecureFeedServer {
        let certificate = try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
        let asked = Asked()
        configuration.sslContextCallback = { values, promise in
            if let name = values.serverHostname { asked.names.withLock { $0.append(name) } }
            promise.succeed(.noChanges)
        }
        let context = try NIOSSLContext(configuration: configuration)
        let reply = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        [NIOSSLServerHandler(context: context), Replying(reply)])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return SecureFeedServer(channel, asked)
    }

    func stop() async throws { try await channel.close() }

    /// Answers the first bytes of a request, which hold all of a short one.
    private final class Replying: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let reply: String

        init(_ reply: String) { self.reply = reply }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: reply)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBszCCAVmgAwIBAgIUGPcl990VawOKTO8/dgwjyJJzEHUwCgYIKoZIzj0EAwIw
        HjEcMBoGA1UEAwwTcGlubmVkLmV4YW1wbGUudGVzdDAgFw0yNjExMzAxMzI3NTVa
        GA8yMTI2MTEwNjEzMjc1NVowHjEcMBoGA1UEAwwTcGlubmVkLmV4YW1wbGUudGVz
        dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCSmfPEsJNrnkaotcDNhqrrd7JqN
        15P1jaTbfewAJRhSdBzNDiGqQ6HgPjZYIgon8HzxzcYf8Z1hYTTI8QMfPoCjczBx
        MB0GA1UdDgQWBBRDPmfNrZ7POqFPAEqCQlnof+42mzAfBgNVHSMEGDAWgBRDPmfN
        rZ7POqFPAEqCQlnof+42mzAeBgNVHREEFzAVghNwaW5uZWQuZXhhbXBsZS50ZXN0
        MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhANACLtFd6XnwoCmf
        KYaa4CsR7NGjZpB34ucrZOiVwpGSAiAYB5nO7RBE1BUOOT1alszRMM0L8KcHkeRR
        TmOvGSXG0Q==
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRsF06+uPzQ7MvLJe
        2eErmy+JEMFz8gTOIvw31E+y2qWhRANCAAQkpnzxLCTa55GqLXAzYaq63eyajdeT
        9Y2k233sACUYUnQczQ4hqkOh4D42WCIKJ/B88c3GH/GdYWE0yPEDHz6A
        -----END PRIVATE KEY-----
        """
}
