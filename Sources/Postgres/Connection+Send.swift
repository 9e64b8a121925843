import CLibPQ

extension SQL {
    static let begin: SQL = "BEGIN"
    static let commit: SQL = "COMMIT"
    static let rollback: SQL = "ROLLBACK"

    static func setActor(_ actor: Actor) -> SQL? {
        guard let id = actor.id else { return nil }
        guard let source = actor.source else { return "SELECT set_config('consilium.actor', \(id)::text, true)" }
        return """
            SELECT set_config('consilium.actor', \(id)::text, true),
                set_config('consilium.source', \(source)::text, true)
            """
    }
}

extension Connection.State {
    /// How sending ended, and who resumes the task that waits for the answer.
    enum Sending {
        /// Sent, or about to be: whoever takes the exchange resumes it.
        case begun
        /// The connection is broken and must be closed: whoever takes the exchange resumes it.
        case broken
        /// There was no connection any more: the sender resumes it.
        case refused
    }

    /// Sends a batch.
    /// - Parameter latest: when it must be over, whatever its own deadline is.
    mutating func send(
        _ batch: Batch, number: Int, by latest: ContinuousClock.Instant?,
        to continuation: CheckedContinuation<Void, any Error>
    ) -> Sending {
        guard handle != nil, exchange == nil else { return .refused }
        var expectations: [Exchange.Expectation] = []
        expectations.reserveCapacity(batch.statements.count + 6)
        exchange = Exchange(
            number: number, commits: batch.end == .commit, staysOpen: batch.staysOpen,
            deadline: batch.due(at: .now, latest: latest), latest: latest, mayCancel: batch.end == .open,
            continuation: continuation)
        let isSent = send(batch, &expectations)
        exchange?.expectations = expectations
        return isSent && flush() ? .begun : .broken
    }

    private mutating func send(_ batch: Batch, _ expectations: inout [Exchange.Expectation]) -> Bool {
        if let actor = batch.begin {
            for name in dropped {
                guard PQsendQueryParams(handle, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 1) == 1 else {
                    return false
                }
                expectations.append(.command)
            }
            dropped.removeAll()
            guard send(.begin, as: .command, &expectations) else { return false }
            if let sql = SQL.setActor(actor), !send(sql, as: .command, &expectations) { return false }
        }
        for statement in batch.statements {
            guard send(statement.sql, as: .statement(statement), &expectations) else { return false }
        }
        switch batch.end {
        case .open: break
        case .commit: guard send(.commit, as: .commit, &expectations) else { return false }
        case .rollback: guard send(.rollback, as: .command, &expectations) else { return false }
        }
        expectations.append(.sync)
        // libpq, 34.5: "marks a synchronization point in a pipeline by sending a sync message"; an error before it
        // lets the server skip the statements in between.
        return PQpipelineSync(handle) == 1
    }

    private mutating func send(
        _ sql: SQL, as expectation: Exchange.Expectation, _ expectations: inout [Exchange.Expectation]
    ) -> Bool {
        guard prepares else {
            expectations.append(expectation)
            return sql.withParameters { types, values, lengths, formats in
                PQsendQueryParams(handle, sql.text, Int32(sql.binds.count), types, values, lengths, formats, 1)
            } == 1
        }
        let name: String
        switch cache.plan(sql) {
        case .ready(let known):
            name = known
        case .prepare(let new, let old):
            name = new
            if let old { dropped.append(old) }
            expectations.append(.preparation(sql.text))
            let types = sql.binds.map(\.oid)
            guard PQsendPrepare(handle, name, sql.text, Int32(types.count), types) == 1 else { return false }
        }
        expectations.append(expectation)
        return sql.withParameters { _, values, lengths, formats in
            PQsendQueryPrepared(handle, name, Int32(sql.binds.count), values, lengths, formats, 1)
        } == 1
    }

    /// Sends a script by the simple protocol, which pipeline mode does not have.
    mutating func send(script: String, to continuation: CheckedContinuation<Void, any Error>) -> Sending {
        guard handle != nil, exchange == nil else { return .refused }
        exchange = Exchange(
            number: 0, commits: false, staysOpen: false, deadline: nil, latest: nil, mayCancel: false,
            continuation: continuation)
        exchange?.expectations = [.script]
        let isSent = PQexitPipelineMode(handle) == 1 && PQsendQuery(handle, script) == 1
        return isSent && flush() ? .begun : .broken
    }

    /// Sends what is buffered; the event loop sends what the socket does not accept now.
    mutating func flush() -> Bool {
        // libpq, 34.4: PQflush returns "0 if successful …, -1 if it failed for some reason, or 1 if it was unable to
        // send all the data in the send queue yet".
        let code = PQflush(handle)
        let wasBlocked = isBlocked
        isBlocked = code == 1
        if isBlocked != wasBlocked { EventLoop.shared.watch(watch, socket: PQsocket(handle), writable: isBlocked) }
        return code >= 0
    }
}

extension SQL {
    /// Calls `body` with the parameters as libpq wants them: types, values, lengths in bytes, formats (1 for binary).
    fileprivate func withParameters<Value>(
        _ body: (
            UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Value
    ) -> Value {
        guard !binds.isEmpty else { return body(nil, nil, nil, nil) }
        let count = binds.count
        return values.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { pointers in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: count * 3) { numbers in
                    for (index, bind) in binds.enumerated() {
                        let value = bind.length.flatMap { _ in bytes.baseAddress.map { $0 + bind.offset } }
                        pointers.initializeElement(at: index, to: value?.assumingMemoryBound(to: CChar.self))
                        numbers.initializeElement(at: index, to: Int32(bind.length ?? 0))
                        numbers.initializeElement(at: count + index, to: bind.isText ? 0 : 1)
                        numbers.initializeElement(at: count * 2 + index, to: Int32(bitPattern: bind.oid))
                    }
                    guard let base = numbers.baseAddress else { return body(nil, nil, nil, nil) }
                    return (base + count * 2).withMemoryRebound(to: Oid.self, capacity: count) { types in
                        body(types, pointers.baseAddress, base, base + count)
                    }
                }
            }
        }
    }
}
