package import Clinic
import FoundationEssentials
package import Postgres
import Vault

extension Scheduler {
    /// Keeps an opening for a case, in place of what the case kept before: that is given back in the same transaction,
    /// and stays when the new start is not won.
    ///
    /// Four round trips: who it is between; a glance; the locks, with the look behind them; the writing. The glance takes
    /// no lock, and sees what there is instead: of a crowd that wants one start, whoever comes late is told so without
    /// standing in line for it.
    /// - Throws: `BookingRefusal.taken` with the next openings when the start cannot be booked; `.tooManyHolds`,
    ///   `.notFound`, `.notAllowed`, `.caseNotBookable`, `.noParty`; `FieldRefusal` for an unknown visit type.
    package func hold(_ request: HoldRequest, by caller: Caller, in tx: Transaction) async throws -> Hold {
        let question = ConsultCase.read(request.case, caller: caller)
        let books = tx.enqueue(VisitTypeSQL.bookedBy(request.visitType))
        let before = try ConsultCase(try await tx.query(question), id: request.case)
        let pair = try before.pair(with: request.colleagues?.ids ?? [])
        let bookedBy = try await bookedBy(books)
        try before.checkBooks(caller, as: pair.party, among: bookedBy)

        let asking = OpeningQuery.next(
            request.startsAt, of: pair, visitType: request.visitType, replacing: request.case)
        try await checkFree(request.startsAt, of: tx.enqueue(asking.sql), asking)
        let locks = CalendarLocks(of: pair, in: tx)
        let again = tx.enqueue(question)
        let look = tx.enqueue(asking.sql)
        let others = tx.enqueue(HoldSQL.count(of: pair.party, besides: request.case))
        try await locks.hold()
        // The case may have ended, or gone to somebody else, while this waited for the calendars.
        guard try ConsultCase(try await again.rows(), id: request.case).pair(with: pair.colleagues) == pair else {
            throw BookingRefusal.caseNotBookable
        }
        let opening = try await checkFree(request.startsAt, of: look, asking)
        guard try await others.first()?.decode(Int.self) ?? 0 < Hold.mostAtOnce else {
            throw BookingRefusal.tooManyHolds
        }

        let id = HoldID.random()
        let token = Vault.newToken()
        tx.lapseHolds(of: pair)
        _ = tx.enqueue(HoldSQL.releaseAsked(of: request.case))
        let written = HoldSQL.insert(
            id, request, pair: pair, tokenDigest: Vault.digest(secret: token, for: .hold), by: caller)
        guard let row = try await tx.first(written) else { throw BookingRefusal.taken(next: []) }
        let (endsAt, expiresAt) = try row.decode(Date.self, Date.self)
        return Hold(
            id: id, case: request.case, specialist: pair.specialist, colleagues: Colleagues(pair.colleagues),
            visitType: request.visitType, startsAt: request.startsAt, endsAt: endsAt,
            specialistTime: opening.specialistTime, partyTime: opening.partyTime, expiresAt: expiresAt,
            renewalsLeft: Hold.mostRenewals, token: token)
    }

    /// A hold, active or over, without its token.
    /// - Throws: `BookingRefusal.notFound`.
    package func hold(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> Hold {
        let row = try HoldRow(try await tx.query(HoldSQL.read(id, caller: caller)))
        guard row.callerPart != .candidate else { throw BookingRefusal.notFound }
        return Hold(row, expiresAt: row.expiresAt, renewals: row.renewals)
    }

    /// Keeps a hold for as long again, counted from now; not one that was offered.
    /// - Throws: `BookingRefusal.holdOver`, `.renewedTooOften`, `.notFound`, `.notAllowed`.
    package func renew(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> Hold {
        let hold = try await lock(id, by: caller, in: tx)
        guard hold.kind == .asked, hold.renewals < Hold.mostRenewals else { throw BookingRefusal.renewedTooOften }
        guard let expiresAt = try await tx.first(HoldSQL.extend(id))?.decode(Date.self) else {
            throw BookingRefusal.holdOver
        }
        return Hold(hold, expiresAt: expiresAt, renewals: hold.renewals + 1)
    }

    /// Gives a hold back before its time.
    /// - Throws: `BookingRefusal.holdOver`, `.notFound`, `.notAllowed`.
    package func release(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws {
        _ = try await lock(id, by: caller, in: tx)
        try await tx.execute(HoldSQL.release(id))
    }

    /// The openings that answer a question.
    func openings(_ asking: OpeningQuery, in tx: Transaction) async throws -> [Opening] {
        try asking.openings(try await tx.query(asking.sql))
    }

    /// - Parameter found: what there is from the start on.
    /// - Throws: `BookingRefusal.taken` with that when it is not the start itself.
    @discardableResult
    func checkFree(_ start: Date, of found: Pending, _ asking: OpeningQuery) async throws -> Opening {
        let openings = try asking.openings(try await found.rows())
        guard let opening = openings.first, opening.startsAt == start else {
            throw BookingRefusal.taken(next: openings)
        }
        return opening
    }

    /// Locks all calendars, then the hold, and checks that it is active and the caller's to change.
    private func lock(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> HoldRow {
        let locks = CalendarLocks(party: HoldSQL.party(id), specialists: HoldSQL.specialists(id), in: tx)
        let look = tx.enqueue(HoldSQL.lock(id, caller: caller))
        let clock = tx.readClock()
        try await locks.hold()
        let hold = try HoldRow(try await look.rows())
        try hold.checkBooks(caller)
        guard let now = try await clock.first()?.decode(Date.self) else { throw BookingRefusal.holdOver }
        try hold.checkActive(at: now)
        return hold
    }
}
