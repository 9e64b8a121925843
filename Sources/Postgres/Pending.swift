/// A statement that `Transaction.enqueue` has enqueued. Asking for its answer sends it, with all statements before it.
package struct Pending: Sendable {
    let statement: Statement
    let transaction: Transaction

    /// The rows.
    /// - Throws: as `Transaction.query`.
    package func rows() async throws -> [Row] { try await result().rows }

    /// The first row, if there is one.
    package func first() async throws -> Row? { try await result().first }

    /// How many rows were affected.
    @discardableResult
    package func affected() async throws -> Int { try await result().affected }

    private func result() async throws -> ResultSet {
        if let result = statement.result { return try result.get() }
        try await transaction.flush()
        return try statement.answered()
    }
}
