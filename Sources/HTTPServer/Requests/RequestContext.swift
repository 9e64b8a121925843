import Clinic
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Postgres
import Synchronization

/// One request on its way through the responder: what it asked, who asks, and what it may use.
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
    /// Its place among the requests in flight.
    let flight: ConcurrencyLimiter.Permit
    /// What its right stands on; nil for what is answered at once, and for public routes.
    let access: OpenAccess?
    let head = ReplyHead()

    var source: RequestSource {
        RequestSource(address: clientAddress, device: request.headers[.userAgent])
    }

    /// As whom the transaction works.
    var actor: Actor { caller?.actor ?? .nobody }

    /// Takes a place among what lasts.
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
        inviteBody()
        deadline.allow(dependencies.settings.bodyDeadline, else: Problem(.tooSlow))
        var bytes: [UInt8] = []
        do {
            for try await piece in request.body {
                guard bytes.count + piece.readableBytes <= limit else { throw Problem.tooLarge(limit) }
                bytes += Array(buffer: piece)
            }
        } catch {
            throw brokenOff(error)
        }
        try deadline.check()
        // A stream that broke off ends like one that is complete.
        if let declared, declared != bytes.count { throw Problem(.malformedRequest, "The body broke off.") }
        body.finish()
        deadline.allowWork()
        return bytes
    }

    /// What a body that cannot be read to its end is refused as. A connection that is lost in the middle of one is the
    /// client's affair and no fault of ours.
    func brokenOff(_ error: any Error) -> any Error {
        if error is Problem || error is CancellationError { return error }
        do {
            try deadline.check()
        } catch {
            return error
        }
        return Problem(.malformedRequest, "The body broke off.")
    }
}

extension Problem {
    static func tooLarge(_ limit: Int) -> Problem { Problem(.tooLarge, "At most \(limit) bytes are taken here.") }
}
