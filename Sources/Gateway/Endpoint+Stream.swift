package import Clinic
import HTTPTypes
import Synchronization

extension Endpoint {
    /// A stream of server-sent events (HTML §9.2).
    ///
    /// The handler checks that the caller may listen, reads `call.lastEventID` to go on where the reader stopped, and
    /// returns the events; the gateway sends them with a comment every 15 s while it is silent, an event `goodbye` when
    /// the gateway drains, and an end to readers that stop reading.
    /// - Parameter audits: the entries for opening the stream, durable before its first byte.
    package static func stream<Events: AsyncSequence & Sendable>(
        _ path: String, _ tag: Tag, _ summary: String, details: String = "", access: Access = .signedIn,
        parameters: [DeclaredParameter] = [], example: String, refusals: [ProblemKind] = [],
        audits: LongAudits, handler: @escaping @Sendable (LongCall) async throws -> Events
    ) -> Endpoint where Events.Element == ServerEvent {
        Endpoint(
            method: .get, template: PathTemplate(path), tag: tag, summary: summary, details: details, access: access,
            parameters: parameters, refusals: refusals, pace: .stream, auditing: audits.text, takesKey: false,
            success: DocumentedAnswer(["text/event-stream"], "The events", example: example), requestBody: nil
        ) { incoming in
            incoming.startHandlerDeadline()
            let call = LongCall(incoming)
            let seat = try incoming.parts.streams.take(for: call.caller.account)
            let events = try await handler(call)
            try await incoming.record(audits, call)
            return incoming.head.reply(.events(EventSource(events, seat: seat)), status: .ok)
        }
    }
}

/// What the audit log keeps of opening a stream or a download.
package enum LongAudits: Sendable {
    /// Nothing is kept, for a reason that a reviewer can judge.
    case nothing(because: String)
    /// Entries computed from the call once its handler has agreed.
    case entries(@Sendable (LongCall) throws -> [AuditRead])
    /// The entries that the handler hands over with its download.
    case delivered

    var text: String {
        switch self {
        case .nothing(let reason): "Reading this leaves no audit entry: \(reason)."
        case .entries, .delivered: "Reading this leaves an audit entry before the first byte is sent."
        }
    }
}

extension Incoming {
    func record(_ audits: LongAudits, _ call: LongCall, delivering reads: [AuditRead] = []) async throws {
        switch audits {
        case .nothing: return
        case .entries(let entries): try await parts.identity.record(try entries(call))
        case .delivered: try await parts.identity.record(reads)
        }
    }
}

/// The event streams that may be open at a time, in all and for one account.
final class StreamSeats: Sendable {
    /// A place taken; it is free again when the stream has let go of it.
    final class Seat: Sendable {
        private let account: AccountID
        private let seats: StreamSeats

        fileprivate init(_ account: AccountID, _ seats: StreamSeats) {
            self.account = account
            self.seats = seats
        }

        deinit { seats.free(account) }
    }

    private let total: Int
    private let perAccount: Int
    private let taken = Mutex<[AccountID: Int]>([:])

    init(total: Int, perAccount: Int) {
        self.total = total
        self.perAccount = perAccount
    }

    /// How many streams are open.
    var count: Int { taken.withLock { $0.values.reduce(0, +) } }

    /// - Throws: `Problem` `too-many-requests` when the account has all it may have, `busy` when the house is full.
    func take(for account: AccountID) throws -> Seat {
        try taken.withLock { taken in
            guard taken[account, default: 0] < perAccount else {
                throw Problem(.tooManyRequests, "Too many streams are open for this account.", retryAfter: 30)
            }
            guard taken.values.reduce(0, +) < total else {
                throw Problem(.busy, "Too many streams are open.", retryAfter: 30)
            }
            taken[account, default: 0] += 1
        }
        return Seat(account, self)
    }

    private func free(_ account: AccountID) {
        taken.withLock { taken in
            let left = taken[account, default: 1] - 1
            taken[account] = left > 0 ? left : nil
        }
    }
}
