import Postgres

/// Keeps made-up people, whose passwords everybody knows, out of a database that holds real ones.
enum Demonstration {
    /// Why nothing was loaded.
    struct Refusal: Error, CustomStringConvertible {
        var description: String {
            "this database holds accounts that neither demo nor seed has made: load made-up people into one of their own"
        }
    }

    /// Makes a database without accounts one of made-up people; one that is stays so.
    /// - Parameter tx: as `consilium_owner`.
    /// - Throws: `Refusal`.
    static func claim(in tx: Transaction) async throws {
        try await tx.execute(
            """
            INSERT INTO consilium.demonstration (single) SELECT true WHERE NOT EXISTS (SELECT FROM consilium.account)
            ON CONFLICT DO NOTHING
            """)
        guard try await tx.first("SELECT FROM consilium.demonstration") != nil else { throw Refusal() }
    }
}
