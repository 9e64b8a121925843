import Clinic
import FoundationEssentials
import Postgres

extension CalendarLocks {
    /// Enqueues the locks of a consult's calendars.
    init(of participants: ConsultParticipants, in tx: Transaction) {
        self.init(party: participants.party, specialists: participants.specialists, in: tx)
    }

    /// Waits for all locks.
    /// - Throws: `BookingRefusal.notFound` when a calendar was not there to be locked: what names it is not visible.
    func hold() async throws {
        guard try await areHeld() else { throw BookingRefusal.notFound }
    }
}

extension Transaction {
    /// Ends the holds of these people whose time is over, so that the exclusion constraint no longer counts them. Their
    /// calendars are locked. It comes after the look for a free range, which ignores such holds too, and before the
    /// range is taken: a hold could run out between an earlier clean-up and the look.
    /// - Parameter kept: the hold that is being booked. It was found active, and may run out meanwhile.
    func lapseHolds(of participants: ConsultParticipants, keeping kept: HoldID? = nil) {
        _ = enqueue(Self.lapseHolds(of: participants, keeping: kept))
    }

    static func lapseHolds(of participants: ConsultParticipants, keeping kept: HoldID?) -> SQL {
        "SELECT consilium.lapse_holds(\(participants.people), \(kept))"
    }

    /// Enqueues the reading of the instant of decision, which comes after the last lock.
    func readClock() -> Pending { enqueue("SELECT clock_timestamp()") }
}

extension Pending {
    /// The answer to ``Transaction/readClock()``.
    func instant() async throws -> Date { try await rows()[0].decode(Date.self) }
}
