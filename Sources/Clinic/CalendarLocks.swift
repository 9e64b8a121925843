package import Postgres

/// The locks of people's calendars, on their way. Whoever writes what takes or frees somebody's time holds the lock of
/// that person's calendar to the end of the transaction (P1).
///
/// Two or more calendars are locked in one order: the party's first, then the specialists' by id.
package struct CalendarLocks: Sendable {
    /// Each with how many calendars it locks at least.
    private let statements: [(rows: Pending, least: Int)]

    /// Enqueues the lock of these people's calendars, by id: one person's, or specialists' alone.
    package init(of people: Set<AccountID>, in tx: Transaction) {
        statements = [(tx.enqueue(Self.sql("\(people.sorted())")), people.count)]
    }

    /// Enqueues the locks of a consult's calendars.
    package init(party: AccountID, specialists: [AccountID], in tx: Transaction) {
        let locks = Self.sql(party: "\(party)", specialists: "\(specialists)")
        statements = zip(locks, [1, Set(specialists).count]).map { (tx.enqueue($0), $1) }
    }

    /// As above, with the people named by expressions such as a subselect, so that no round trip is needed to learn who
    /// they are.
    package init(party: SQL, specialists: SQL, in tx: Transaction) {
        statements = Self.sql(party: party, specialists: specialists).map { (tx.enqueue($0), 1) }
    }

    /// The statements of a consult's locks, in their order.
    package static func sql(party: SQL, specialists: SQL) -> [SQL] {
        [sql("ARRAY[\(fragment: party)]"), sql(specialists)]
    }

    private static func sql(_ people: SQL) -> SQL {
        """
        SELECT FROM consilium.calendar WHERE person_id = ANY (\(fragment: people)::uuid[])
        ORDER BY person_id FOR NO KEY UPDATE
        """
    }

    /// Waits for all locks.
    /// - Returns: false when a calendar that was named is not there, or not visible.
    package func areHeld() async throws -> Bool {
        for (rows, least) in statements {
            guard try await rows.rows().count >= least else { return false }
        }
        return true
    }
}
