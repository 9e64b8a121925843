import Clinic
import Postgres

/// The locks of a consult's calendars, on their way: the party's first, then the specialists' by id.
struct CalendarLocks: Sendable {
    private let party: Pending
    private let specialists: Pending

    /// Puts the statements in line.
    init(of pair: ConsultParticipants, in tx: Transaction) {
        self.init(party: "\(pair.party)", specialists: "\(pair.specialists)", in: tx)
    }

    /// As above, with the people named by expressions such as a subselect, so that no round trip is needed to learn who
    /// they are.
    init(party: SQL, specialists: SQL, in tx: Transaction) {
        let locks = Self.sql(party: party, specialists: specialists)
        self.party = tx.enqueue(locks.party)
        self.specialists = tx.enqueue(locks.specialists)
    }

    static func sql(party: SQL, specialists: SQL) -> (party: SQL, specialists: SQL) {
        (
            "SELECT person_id FROM calendar WHERE person_id = \(fragment: party) FOR NO KEY UPDATE",
            """
            SELECT person_id FROM calendar WHERE person_id = ANY (\(fragment: specialists)::uuid[])
            ORDER BY person_id FOR NO KEY UPDATE
            """
        )
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
    /// Lets lapse what these people, whose calendars are locked, held and let run out, so that the wall no longer counts
    /// it: after the look, which counts it no more either, and before a range is taken. Between a lapsing and a later
    /// look a hold's time could end.
    /// - Parameter kept: what is being turned into a consult, and was found active: its time may end meanwhile.
    func lapseHolds(of pair: ConsultParticipants, keeping kept: HoldID? = nil) {
        _ = enqueue(Self.lapseHolds(of: pair, keeping: kept))
    }

    static func lapseHolds(of pair: ConsultParticipants, keeping kept: HoldID?) -> SQL {
        "SELECT lapse_holds(\(pair.people), \(kept))"
    }

    /// The instant of decision: to be read after the last lock.
    func readClock() -> Pending { enqueue("SELECT clock_timestamp()") }
}
