import Clinic
import Postgres

extension LaneFacts {
    /// The facts of all specialists of a consult.
    /// - Throws: `BookingRefusal.notFound` when one is not visible, `.caseNotBookable` when the case can have no consult
    ///   with one any more.
    static func all(of participants: ConsultParticipants, _ rows: [Row]) throws -> [LaneFacts] {
        let facts = try rows.map { try LaneFacts($0) }
        guard Set(facts.map(\.specialist)) == Set(participants.specialists) else { throw BookingRefusal.notFound }
        guard facts.allSatisfy(\.isBookable) else { throw BookingRefusal.caseNotBookable }
        return facts
    }
}

extension Scheduler {
    /// Checks lanes at a gate, and enqueues the storing of the evidence.
    ///
    /// A refusal rolls its transaction back, so its evidence is stored by a transaction of its own right after. That one
    /// may fail while the refusal stands: nothing unlawful can follow from a missing check.
    /// - Throws: `BookingRefusal.laneClosed`.
    func checkLanes(_ facts: [LaneFacts], at gate: Gate, by caller: Caller, in tx: Transaction) throws {
        for facts in facts {
            let check = LaneCheck(facts, at: gate)
            guard check.obstacle == nil else {
                tx.onRollback { [database] in
                    _ = try? await database.withTransaction(as: caller.actor) { try await $0.execute(check.insert) }
                }
                throw BookingRefusal.laneClosed(check)
            }
            _ = tx.enqueue(check.insert)
        }
    }
}
