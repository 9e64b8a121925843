package import Clinic
import FoundationEssentials
package import Postgres
import Vault

extension Scheduler {
    /// Keeps an opening for a case. It replaces the hold that the case asked for before, in the same transaction; if the
    /// new start is not won, the earlier hold stays.
    ///
    /// Four round trips: the participants; a first look without a lock; the locks, with the decisive look behind them;
    /// the writing. Where many want one start, the first look refuses those who come late, with the next openings, so
    /// that they do not wait for the locks.
    /// - Throws: `BookingRefusal.taken` with the next openings when the start cannot be booked; `.tooManyHolds`,
    ///   `.notFound`, `.notAllowed`, `.caseNotBookable`, `.noParty`; `FieldRefusal` for an unknown visit type.
    package func hold(_ request: HoldRequest, by caller: Caller, in tx: Transaction) async throws -> Hold {
        let readCase = ConsultCase.read(request.case, caller: caller)
        let books = tx.enqueue(VisitTypeSQL.bookedBy(request.visitType))
        let before = try ConsultCase(try await tx.query(readCase), id: request.case)
        let participants = try before.participants(with: request.colleagues?.ids ?? [])
        let bookedBy = try await bookedBy(books)
        try before.checkBooks(caller, as: participants.party, among: bookedBy)

        let openings = OpeningQuery.next(
            request.startsAt, of: participants, visitType: request.visitType, replacing: request.case)
        try await checkFree(request.startsAt, of: tx.enqueue(openings.sql), openings)
        let locks = CalendarLocks(of: participants, in: tx)
        let again = tx.enqueue(readCase)
        let look = tx.enqueue(openings.sql)
        let others = tx.enqueue(HoldSQL.count(of: participants.party, besides: request.case))
        try await locks.hold()
        // The case may have ended, or got another specialist, while this waited for the locks.
        guard
            try ConsultCase(try await again.rows(), id: request.case).participants(with: participants.colleagues)
                == participants
        else {
            throw BookingRefusal.caseNotBookable
        }
        let opening = try await checkFree(request.startsAt, of: look, openings)
        guard try await others.first()?.decode(Int.self) ?? 0 < Hold.mostAtOnce else {
            throw BookingRefusal.tooManyHolds
        }

        let id = HoldID.random()
        let token = Vault.newToken()
        tx.lapseHolds(of: participants)
        _ = tx.enqueue(HoldSQL.releaseAsked(of: request.case))
        let written = HoldSQL.insert(
            id, request, participants: participants, tokenDigest: Vault.digest(secret: token, for: .hold), by: caller)
        guard let row = try await tx.first(written) else { throw BookingRefusal.taken(next: []) }
        let (endsAt, expiresAt) = try row.decode(Date.self, Date.self)
        return Hold(
            id: id, case: request.case, kind: .asked, appointment: nil, specialist: participants.specialist,
            colleagues: Colleagues(participants.colleagues), visitType: request.visitType, state: .active,
            startsAt: request.startsAt, endsAt: endsAt,
            specialistTime: opening.specialistTime, partyTime: opening.partyTime, expiresAt: expiresAt,
            renewalsLeft: Hold.mostRenewals, token: token)
    }

    /// A hold, active or over, without its token.
    /// - Throws: `BookingRefusal.notFound`.
    package func hold(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> Hold {
        let row = try HoldRow(try await tx.query(HoldSQL.read(id, caller: caller)))
        guard row.callerPart != .candidate else { throw BookingRefusal.notFound }
        return Hold(row)
    }

    /// Keeps a hold for as long again, counted from now. One that was offered cannot be renewed.
    /// - Throws: `BookingRefusal.holdOver`, `.renewedTooOften`, `.notFound`, `.notAllowed`.
    package func renew(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> Hold {
        let hold = try await lock(id, by: caller, in: tx)
        guard hold.kind == .asked, hold.renewals < Hold.mostRenewals else { throw BookingRefusal.renewedTooOften }
        guard let expiresAt = try await tx.first(HoldSQL.extend(id))?.decode(Date.self) else {
            throw BookingRefusal.holdOver
        }
        return Hold(hold, expiresAt: expiresAt, renewals: hold.renewals + 1)
    }

    /// Releases a hold before its time is over.
    /// - Throws: `BookingRefusal.holdOver`, `.notFound`, `.notAllowed`.
    package func release(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws {
        _ = try await lock(id, by: caller, in: tx)
        try await tx.execute(HoldSQL.release(id))
    }

    /// Locks all calendars, then the hold, and checks that it is active and the caller's to change.
    private func lock(_ id: HoldID, by caller: Caller, in tx: Transaction) async throws -> HoldRow {
        let locks = CalendarLocks(party: HoldSQL.party(id), specialists: HoldSQL.specialists(id), in: tx)
        let look = tx.enqueue(HoldSQL.lock(id, caller: caller))
        let clock = tx.readClock()
        try await locks.hold()
        let hold = try HoldRow(try await look.rows())
        try hold.checkBooks(caller)
        try hold.checkActive(at: try await clock.instant())
        return hold
    }
}
