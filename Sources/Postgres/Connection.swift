import CLibPQ
import Logging
import Synchronization

/// One connection to PostgreSQL, the one owner of its `PGconn`: non-blocking and in pipeline mode. The task that wants a
/// statement sends it; the event loop reads the answers.
///
/// libpq, 34.20: "no two threads attempt to manipulate the same PGconn object at the same time": every call holds
/// `state`.
final class Connection: EventSource {
    struct State {
        /// `nil` once closed.
        var handle: OpaquePointer?
        let logger: Logger
        let prepares: Bool
        var watch: UInt64 = 0
        var cache = StatementCache(capacity: 256)
        /// Prepared statements to drop before the next transaction begins, where that cannot fail.
        var dropped: [String] = []
        var exchange: Exchange?
        var exchanges = 0
        /// Whether the socket accepted only a part of what was to be sent.
        var isBlocked = false
    }

    let state: Mutex<State>
    private let notices: Notices
    private let onNotification: @Sendable (String) -> Void
    private let onClose: @Sendable () -> Void

    /// Connects. It blocks: call it on a `BlockingThread`.
    /// - Parameters:
    ///   - onNotification: gets the payload of each notification.
    ///   - onClose: called once, when the connection has broken or was closed.
    init(
        _ conninfo: Conninfo, prepares: Bool, logger: Logger,
        onNotification: @escaping @Sendable (String) -> Void = { _ in }, onClose: @escaping @Sendable () -> Void
    ) throws(DatabaseUnavailable) {
        guard let handle = conninfo.connect() else { throw .unreachable }
        notices = Notices()
        self.onNotification = onNotification
        self.onClose = onClose
        // libpq, 34.5: "to issue pipelines, the application must switch the connection into pipeline mode", which
        // needs an idle connection; PQsetnonblocking because blocking and a pipeline can deadlock.
        if let refusal = Self.refusal(of: handle) {
            logger.warning("cannot connect to the database", metadata: ["reason": "\(refusal.reason)"])
            PQfinish(handle)
            throw refusal.error
        }
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            PQfinish(handle)
            throw .unreachable
        }
        notices.listen(to: handle)
        state = Mutex(State(handle: handle, logger: logger, prepares: prepares))
        state.withLock { $0.watch = EventLoop.shared.add(self, socket: PQsocket($0.handle)) }
    }

    deinit { close() }

    /// Whether it is neither closed nor known to be broken.
    var isOpen: Bool { state.withLock { $0.handle != nil } }

    /// Whether the server is in a transaction, and one that has not failed.
    var isInTransaction: Bool { state.withLock { PQtransactionStatus($0.handle) == PQTRANS_INTRANS } }

    /// Sends a batch and waits for the answer to its synchronisation point. A cancelled task cancels on the server,
    /// but never a commit or a rollback.
    func run(_ batch: Batch) async throws {
        guard batch.end == .open else {
            return try await withCheckedThrowingContinuation { send(batch, to: $0) }
        }
        let number = state.withLock { state in
            state.exchanges += 1
            return state.exchanges
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                send(batch, number: number, to: continuation)
                // The cancellation handler may have run before there was anything to cancel.
                if Task.isCancelled { cancel(number, .task) }
            }
        } onCancel: {
            cancel(number, .task)
        }
    }

    /// Sends a text of many statements, without parameters, and waits for all of them.
    func runScript(_ text: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            settle(state.withLock { $0.send(script: text, to: continuation) }, continuation)
        }
    }

    private func send(_ batch: Batch, number: Int = 0, to continuation: CheckedContinuation<Void, any Error>) {
        for statement in batch.statements {
            if let fault = statement.sql.fault { return continuation.resume(throwing: fault) }
        }
        let latest = Database.Deadline.current?.instant
        settle(state.withLock { $0.send(batch, number: number, by: latest, to: continuation) }, continuation)
    }

    /// Closes a connection that could not send. Whoever closes it, which may be the event loop, resumes the waiting task; this
    /// function does when there was nothing to close.
    private func settle(_ sending: State.Sending, _ continuation: CheckedContinuation<Void, any Error>) {
        switch sending {
        case .begun: break
        case .broken: close()
        case .refused: continuation.resume(throwing: DatabaseUnavailable.unreachable)
        }
    }

    func ready(readable: Bool, writable: Bool) {
        let received = state.withLock { $0.receive(notices) }
        for payload in received.notifications { onNotification(payload) }
        if let exchange = received.completed { finish(exchange, exchange.outcome) }
        if received.isLost { close() }
    }

    func tick(at now: ContinuousClock.Instant) {
        let (number, closed) = state.withLock { state -> (Int?, State.Closed?) in
            guard let exchange = state.exchange else { return (nil, nil) }
            if let abandonAt = exchange.abandonAt { return (nil, abandonAt <= now ? state.close() : nil) }
            guard let deadline = exchange.deadline, deadline <= now else { return (nil, nil) }
            return exchange.mayCancel ? (exchange.number, nil) : (nil, state.close())
        }
        if let number { cancel(number, .deadline) }
        finish(closed)
    }

    /// Asks the server to cancel an exchange, unless it commits or is over.
    private func cancel(_ number: Int, _ reason: Exchange.Cancellation) {
        let request = state.withLock { state -> CancelRequest? in
            guard let handle = state.handle, let exchange = state.exchange, exchange.number == number,
                exchange.mayCancel, exchange.cancellation == nil, let request = CancelRequest(handle)
            else { return nil }
            state.exchange?.cancellation = reason
            state.exchange?.isCancelling = true
            state.exchange?.abandonAt = exchange.abandonment(at: .now)
            return request
        }
        guard let request else { return }
        BlockingThread("cancel").start {
            request.send()
            let completed = self.state.withLock { state -> Exchange? in
                guard state.exchange?.number == number else { return nil }
                state.exchange?.isCancelling = false
                return state.takeCompleted()
            }
            if let completed { self.finish(completed, completed.outcome) }
        }
    }

    /// Closes the connection; an exchange that is under way ends as lost.
    func close() { finish(state.withLock { $0.close() }) }

    private func finish(_ closed: State.Closed?) {
        guard let closed else { return }
        if let exchange = closed.exchange { finish(exchange, .failure(exchange.outcomeOfLoss), isLost: true) }
        onClose()
    }

    private func finish(_ exchange: Exchange, _ outcome: Result<Void, any Error>, isLost: Bool = false) {
        if case .failure(let error) = outcome {
            for case .statement(let statement) in exchange.expectations {
                statement.resolve(.failure(error), overriding: isLost)
            }
        }
        exchange.continuation.resume(with: outcome)
    }
}

extension Connection.State {
    /// What a connection leaves when it is closed.
    struct Closed {
        /// The exchange that was under way.
        let exchange: Exchange?
    }

    /// Closes it; nil when it was closed already.
    fileprivate mutating func close() -> Closed? {
        guard let handle else { return nil }
        // When a connection breaks libpq closes its socket, whose number may be reused by now. PQsocket knows.
        EventLoop.shared.remove(watch, socket: PQsocket(handle))
        // libpq, 34.1: "the PGconn pointer must not be used again after PQfinish has been called".
        PQfinish(handle)
        self.handle = nil
        defer { exchange = nil }
        return Closed(exchange: exchange)
    }
}
