import Synchronization

/// A statement that was put in line with `Transaction.enqueue`, and its answer once it has one.
package final class Pending: Sendable {
    let sql: SQL
    private let transaction: Transaction
    private let answer = Mutex<Result<ResultSet, any Error>?>(nil)

    init(_ sql: SQL, in transaction: Transaction) {
        self.sql = sql
        self.transaction = transaction
    }

    /// The rows. Sends what is still unsent, with everything before it, and waits.
    package func rows() async throws -> [Row] { try await result().rows }

    /// The first row, if there is one.
    package func first() async throws -> Row? {
        let result = try await result()
        return result.count > 0 ? Row(result: result, index: 0) : nil
    }

    /// How many rows were affected.
    package func affected() async throws -> Int { try await result().affected }

    /// Keeps the answer. Only the loss of the connection overrides one that is already here.
    func resolve(_ result: Result<ResultSet, any Error>, overriding: Bool = false) {
        answer.withLock { $0 = overriding ? result : $0 ?? result }
    }

    private func result() async throws -> ResultSet {
        if let known = answer.withLock({ $0 }) { return try known.get() }
        try await transaction.flush()
        guard let known = answer.withLock({ $0 }) else { throw TransactionMisuse.ended }
        return try known.get()
    }
}
