import Clinic
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Postgres
import Synchronization

/// One request in the responder: what it asks for, who its caller is, and what it may use.
struct RequestContext: Sendable {
    let request: Request
    let channel: any Channel
    let endpoint: Endpoint
    let pathValues: [String: String]
    let queryValues: [String: String]
    let caller: Caller?
    let requestID: String
    let clientAddress: String
    let network: [UInt8]
    let logger: Logger
    let dependencies: GatewayDependencies
    let deadline: RequestDeadline
    let body: BodyState
    /// The permit that counts it among the requests in flight.
    let requestPermit: ConcurrencyLimiter.Permit
    /// What its right depends on while bytes flow; nil for a request that is answered at once, and for public routes.
    let access: OpenAccess?
    let head = ReplyHead()

    var source: RequestSource {
        RequestSource(address: clientAddress, device: request.headers[.userAgent])
    }

    /// The actor of its transactions.
    var actor: Actor { caller?.actor ?? .nobody }

    /// Takes a permit of this kind.
    /// - Throws: `Problem` `busy` or `too-many-requests` when there is none.
    func take(_ kind: ConcurrencyLimits.Kind) throws -> ConcurrencyLimiter.Permit {
        do {
            return try dependencies.limits[kind].take(network: network, account: caller?.account)
        } catch {
            dependencies.meters.refuse(kind, error)
            throw Problem(kind, full: error)
        }
    }

    /// Whether the body was read to its end; if not, the connection cannot be used again.
    final class BodyState: Sendable {
        private let finished: Mutex<Bool>
        init(finished: Bool) { self.finished = Mutex(finished) }
        var isFinished: Bool { finished.withLock { $0 } }
        func finish() { finished.withLock { $0 = true } }
    }

    /// Reads the whole body.
    /// - Throws: `Problem` `too-large`, `too-slow` or `malformed-request`.
    func collectBody(upTo limit: Int) async throws -> [UInt8] {
        let declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared, declared > limit { throw Problem.tooLarge(limit) }
        try checkContentCoding()
        sendContinue()
        deadline.allow(dependencies.settings.bodyDeadline, else: Problem(.tooSlow))
        var bytes: [UInt8] = []
        do {
            for try await piece in request.body {
                guard bytes.count + piece.readableBytes <= limit else { throw Problem.tooLarge(limit) }
                bytes += Array(buffer: piece)
            }
        } catch {
            throw interruption(error)
        }
        try deadline.check()
        // An interrupted body ends like a complete one.
        if let declared, declared != bytes.count { throw Problem(.malformedRequest, "The body is incomplete.") }
        body.finish()
        deadline.allowWork()
        return bytes
    }

    /// The refusal of a body that cannot be read to its end. A connection that is lost in the middle of a body is no
    /// fault of the service.
    func interruption(_ error: any Error) -> any Error {
        if error is Problem || error is CancellationError { return error }
        do {
            try deadline.check()
        } catch {
            return error
        }
        return Problem(.malformedRequest, "The body is incomplete.")
    }
}

extension Problem {
    static func tooLarge(_ limit: Int) -> Problem { Problem(.tooLarge, "At most \(limit) bytes are accepted.") }
}
