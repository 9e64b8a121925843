// How the types of this module are stored: columns contain their raw values.
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

/// `timestamp`: microseconds since 2000-01-01 00:00. Seconds are dropped.
extension LocalTime: SQLDecodable {
    package static func decode(from cell: SQLCell) throws -> LocalTime {
        let sinceTwoThousand = try cell.timestamp(for: LocalTime.self)
        let (minutes, _) = Gregorian.floorDivide(Int(sinceTwoThousand), 60_000_000)
        return LocalTime(minutes: minutes + Gregorian.dayNumber(2000, 1, 1) * 1440)
    }
}

extension Caller {
    /// The actor of a transaction for this person.
    package var actor: Actor { Actor(account.rawValue, source: source) }
}

extension Caller {
    /// Locks the caller's account to the end of the transaction, so that a function that ends its access sees what is
    /// created here.
    /// - Throws: `ProofNeeded` when the last proof of this session is too old, or the session has ended since the
    ///   request began.
    package func requireProof(in tx: Transaction) async throws {
        guard provedLately else { throw ProofNeeded() }
        try await hold(in: tx)
    }

    /// As ``requireProof(in:)``, for a caller who has given a proof in this request.
    package func hold(in tx: Transaction) async throws {
        guard try await tx.first("SELECT consilium.hold_access(\(session))")?.decode(Bool.self) == true else {
            throw ProofNeeded()
        }
    }

    /// Asks, with the transaction's next statement, whether the session has ended.
    package func enqueueHasEnded(in tx: Transaction) -> Pending {
        tx.enqueue("SELECT consilium.has_ended(\(session))")
    }
}

extension Transaction {
    /// The rows of a page, and whether more follow.
    /// - Parameters:
    ///   - limit: how many, from 1 to 200.
    ///   - select: selects so many.
    package func page(_ limit: Int, _ select: (Int) -> SQL) async throws -> (rows: [Row], hasMore: Bool) {
        let limit = min(max(limit, 1), 200)
        let rows = try await query(select(limit + 1))
        return (Array(rows.prefix(limit)), rows.count > limit)
    }
}
