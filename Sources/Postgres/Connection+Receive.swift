import CLibPQ
import Logging

extension Connection {
    /// What one look at the socket brought.
    struct Received {
        var completed: Exchange?
        var notifications: [String] = []
        var isLost = false
    }
}

extension Connection.State {
    mutating func receive(_ notices: Notices) -> Connection.Received {
        var received = Connection.Received()
        guard let handle else { return received }
        // libpq, 34.4: PQconsumeInput returns "0 if there was some kind of trouble"; what came before it can still be
        // read. "after … read-ready, call PQconsumeInput then PQflush".
        if PQconsumeInput(handle) == 0 { received.isLost = true }
        if isBlocked, !flush() { received.isLost = true }
        if !readAnswers(from: handle) { received.isLost = true }
        if notices.take(), exchange?.commits == true { exchange?.isCommitDoubtful = true }
        received.completed = takeCompleted()
        // libpq, 34.9: "After processing a PGnotify object returned by PQnotifies, be sure to free it with PQfreemem."
        while let notification = PQnotifies(handle) {
            received.notifications.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        if PQstatus(handle) == CONNECTION_BAD { received.isLost = true }
        return received
    }

    /// Takes the exchange when its last answer has come and no cancellation is still on its way to the server.
    mutating func takeCompleted() -> Exchange? {
        guard let exchange, exchange.isSynced, !exchange.isCancelling else { return nil }
        self.exchange = nil
        return exchange
    }

    /// Reads all answers that are here. `false` when the connection is of no more use.
    private mutating func readAnswers(from handle: OpaquePointer) -> Bool {
        while let waiting = exchange, waiting.next < waiting.expectations.count, PQisBusy(handle) == 0 {
            // libpq, 34.5: "PQgetResult must be called … until it returns null" for each statement; a synchronisation
            // point is one result of status PGRES_PIPELINE_SYNC, without a null behind it.
            guard let result = PQgetResult(handle) else {
                guard waiting.isAnswered else { return PQstatus(handle) != CONNECTION_BAD }
                guard advance(from: handle) else { return false }
                continue
            }
            let answer = ResultSet(owning: result)
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                guard case .sync = waiting.expectations[waiting.next] else { return false }
                exchange?.next += 1
                exchange?.isSynced = true
                exchange?.isEndedWithin = waiting.staysOpen && PQtransactionStatus(handle) == PQTRANS_IDLE
            case PGRES_FATAL_ERROR:
                // An error that libpq made up itself has no SQLSTATE: the connection is gone.
                guard DatabaseError.field("C", of: result) != nil else { return false }
                fail(waiting.expectations[waiting.next], with: result)
            case PGRES_PIPELINE_ABORTED:
                if case .preparation(let text) = waiting.expectations[waiting.next] { cache.forget(text) }
                exchange?.isAnswered = true
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                switch waiting.expectations[waiting.next] {
                case .statement(let statement): statement.resolve(.success(answer))
                case .commit: exchange?.isCommitted = answer.tag == "COMMIT"
                case .command, .preparation, .script, .sync: break
                }
                exchange?.isAnswered = true
            default:
                // COPY is not supported.
                return false
            }
        }
        return true
    }

    /// Steps to the next expected answer.
    private mutating func advance(from handle: OpaquePointer) -> Bool {
        guard let waiting = exchange else { return true }
        exchange?.isAnswered = false
        exchange?.next += 1
        guard case .script = waiting.expectations[waiting.next] else { return true }
        exchange?.isSynced = true
        return PQenterPipelineMode(handle) == 1
    }

    private mutating func fail(_ expectation: Exchange.Expectation, with result: OpaquePointer) {
        let error = DatabaseError(result)
        exchange?.isAnswered = true
        if exchange?.error == nil { exchange?.error = error }
        switch expectation {
        case .preparation(let text):
            cache.forget(text)
        case .statement(let statement):
            statement.resolve(.failure(Exchange.meaning(of: error)))
            if error.isOfStalePlan { cache.forget(statement.sql.text) }
        case .command, .commit, .script, .sync:
            break
        }
        if error.sqlState.hasPrefix("42") { report(error, of: expectation, result) }
    }

    /// Logs a statement that is wrong, or that the role may not run. The message quotes its text, and no value.
    private func report(_ error: DatabaseError, of expectation: Exchange.Expectation, _ result: OpaquePointer) {
        let text =
            switch expectation {
            case .preparation(let text): text
            case .statement(let statement): statement.sql.text
            case .command, .commit, .script, .sync: ""
            }
        logger.log(
            level: error.isInsufficientPrivilege ? .warning : .error, "the database refused a statement",
            metadata: [
                "sqlstate": "\(error.sqlState)",
                "reason": "\(DatabaseError.field("M", of: result) ?? "")",
                "position": "\(DatabaseError.field("P", of: result) ?? "")",
                "statement": "\(text)",
            ])
    }
}
