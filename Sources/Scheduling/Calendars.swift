import Clinic
import Postgres

/// The locks of a consult's calendars, on their way: the party's first, then the specialists' by id. With them goes the
/// lapsing of what they held and let run out, so that the wall no longer counts it.
struct CalendarLocks: Sendable {
    private let party: Pending
    private let specialists: Pending

    /// Puts the statements in line.
    init(of pair: Pair, in tx: Transaction) {
        self.init(party: "\(pair.party)", specialists: "\(pair.specialists)", in: tx)
    }

    /// As above, with the people named by expressions such as a subselect, so that no round trip is needed to learn who
    /// they are.
    init(party: SQL, specialists: SQL, in tx: Transaction) {
        self.party = tx.enqueue(
            "SELECT person_id FROM calendar WHERE person_id = \(fragment: party) FOR NO KEY UPDATE")
        self.specialists = tx.enqueue(
            """
            SELECT person_id FROM calendar WHERE person_id = ANY (\(fragment: specialists)::uuid[])
            ORDER BY person_id FOR NO KEY UPDATE
            """)
        _ = tx.enqueue("SELECT lapse_holds(\(fragment: party) || \(fragment: specialists)::uuid[])")
    }

    /// Waits for all locks.
    /// - Returns: whose calendars they are.
    /// - Throws: `BookingRefusal.notFound` when a calendar was not there to be locked: what names it is not visible.
    @discardableResult
    func hold() async throws -> Set<AccountID> {
        let locked = try await (party.rows() + specialists.rows()).map { try $0.decode(AccountID.self) }
        guard try await party.rows().count == 1, locked.count > 1 else { throw BookingRefusal.notFound }
        return Set(locked)
    }
}

extension Transaction {
    /// The instant of decision: to be read after the last lock.
    func readClock() -> Pending { enqueue("SELECT clock_timestamp()") }
}
