import Synchronization

/// One statement on its way, and its answer once it has come.
final class Statement: Sendable {
    let sql: SQL
    private let answer = Mutex<Result<ResultSet, any Error>?>(nil)

    init(_ sql: SQL) {
        self.sql = sql
    }

    /// `nil` until the server has answered.
    var result: Result<ResultSet, any Error>? { answer.withLock { $0 } }

    /// Keeps the answer. Only the loss of the connection overrides one that is already here.
    func resolve(_ result: Result<ResultSet, any Error>, overriding: Bool = false) {
        answer.withLock { $0 = overriding ? result : $0 ?? result }
    }

    /// The answer to a statement whose batch has been answered.
    func answered() throws -> ResultSet {
        guard let result else { throw TransactionMisuse.ended }
        return try result.get()
    }
}
