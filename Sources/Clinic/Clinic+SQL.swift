// The one place where the words meet the store: their raw values are what columns hold.
package import Postgres

extension ID: SQLValue {}
extension CivilDate: SQLValue {}
extension Jurisdiction: SQLValue {}
extension Role: SQLValue {}
extension CaseState: SQLValue {}
extension CasePart: SQLValue {}
extension Lane: SQLValue {}
extension Gate: SQLValue {}
extension IntakeKind: SQLValue {}
extension RecordKind: SQLValue {}
extension ConsentKind: SQLValue {}
extension TaskKind: SQLValue {}
extension RecordState: SQLValue {}
extension Verdict: SQLValue {}
extension Blinding: SQLValue {}
extension AdviceFollowed: SQLValue {}
extension UnableReason: SQLValue {}

/// `timestamp`: microseconds since 2000-01-01 00:00. What is less than a minute is left out.
extension LocalTime: SQLDecodable {
    package static func decode(from cell: SQLCell) throws -> LocalTime {
        let sinceTwoThousand = try cell.timestamp(for: LocalTime.self)
        let (minutes, _) = Gregorian.floorDivide(Int(sinceTwoThousand), 60_000_000)
        return LocalTime(minutes: minutes + Gregorian.dayNumber(2000, 1, 1) * 1440)
    }
}

extension Caller {
    /// Who acts in a transaction that is opened for this person.
    package var actor: Actor { Actor(account.rawValue, source: source) }
}

extension Caller {
    /// Holds the caller's account to the end of the transaction, so that what ends its access cannot miss what is made here.
    /// - Throws: `ProofNeeded` when the last proof of this session is too old, or somebody ended the session since the
    ///   request began.
    package func requireProof(in tx: Transaction) async throws {
        guard provedLately else { throw ProofNeeded() }
        try await hold(in: tx)
    }

    /// As ``requireProof(in:)``, for who has proved in this very request.
    package func hold(in tx: Transaction) async throws {
        guard try await tx.first("SELECT consilium.hold_access(\(session))")?.decode(Bool.self) == true else {
            throw ProofNeeded()
        }
    }

    /// Asks, with the transaction's next statement, whether somebody has ended the session.
    package func enqueueHasEnded(in tx: Transaction) -> Pending {
        tx.enqueue("SELECT consilium.has_ended(\(session))")
    }
}
