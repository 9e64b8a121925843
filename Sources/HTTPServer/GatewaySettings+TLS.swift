package import Foundation
import NIOSSL

extension GatewaySettings.TLS {
    /// What is wrong with the files.
    package enum Fault: Error, Equatable {
        /// The chain cannot be read as PEM.
        case certificate
        /// The private key cannot be read as PEM.
        case key
        /// The key is not that of the chain's first certificate.
        case mismatch
    }

    /// Reads the files, and looks whether they belong together.
    /// - Returns: the instant from which on the chain's first certificate is not valid any more. Those behind it may be for
    ///   clients that are old, and expire before it.
    /// - Throws: ``Fault``.
    @discardableResult
    package func check() throws -> Date? {
        do {
            _ = try NIOSSLContext(configuration: configuration())
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault.mismatch
        }
        return try certificates().first.map { Date(timeIntervalSince1970: TimeInterval($0.notValidAfter)) }
    }

    func configuration() throws -> TLSConfiguration {
        let chain = try certificates().map { NIOSSLCertificateSource.certificate($0) }
        guard let key = try? NIOSSLPrivateKey(file: privateKey, format: .pem) else { throw Fault.key }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = profile == .modern ? .tlsv13 : .tlsv12
        // Of TLS 1.2 what RFC 9325 §4.2 recommends: forward secrecy and authenticated encryption, nothing else.
        configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
        return configuration
    }

    private func certificates() throws -> [NIOSSLCertificate] {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificateChain), !chain.isEmpty else {
            throw Fault.certificate
        }
        return chain
    }
}
