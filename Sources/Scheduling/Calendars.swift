import Clinic
import Postgres

/// The locks of a consult's two calendars, on their way: the party's first, then the specialist's. With them goes the
/// lapsing of what both held and let run out, so that the wall no longer counts it.
struct CalendarLocks: Sendable {
    private let party: Pending
    private let specialist: Pending

    /// Puts the statements in line.
    init(of pair: Pair, in tx: Transaction) {
        self.init(party: "\(pair.party)", specialist: "\(pair.specialist)", in: tx)
    }

    /// As above, with each person named by an expression such as a subselect, so that no round trip is needed to learn
    /// who they are.
    init(party: SQL, specialist: SQL, in tx: Transaction) {
        self.party = tx.enqueue(
            "SELECT person_id FROM calendar WHERE person_id = \(fragment: party) FOR NO KEY UPDATE")
        self.specialist = tx.enqueue(
            "SELECT person_id FROM calendar WHERE person_id = \(fragment: specialist) FOR NO KEY UPDATE")
        _ = tx.enqueue("SELECT lapse_holds(ARRAY[\(fragment: party), \(fragment: specialist)]::uuid[])")
    }

    /// Waits for both locks.
    /// - Throws: `BookingRefusal.notFound` when a calendar was not there to be locked: what names it is not visible.
    func hold() async throws {
        guard try await party.rows().count == 1, try await specialist.rows().count == 1 else {
            throw BookingRefusal.notFound
        }
    }
}

extension Transaction {
    /// The instant of decision: to be read after the last lock.
    func readClock() -> Pending { enqueue("SELECT clock_timestamp()") }
}
