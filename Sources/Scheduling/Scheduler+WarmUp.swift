import Clinic
import FoundationEssentials
package import Postgres

extension Scheduler {
    /// The next openings of whichever specialist comes first: what the functions behind a booking do for a calendar that
    /// is there, and learn for all others.
    package static let rehearsal: SQL = """
        SELECT count(*) FROM (SELECT id FROM specialist LIMIT 1) s, (SELECT id FROM visit_type WHERE current LIMIT 1) v,
            LATERAL common_openings(ARRAY[s.id], v.id, clock_timestamp(), clock_timestamp() + interval '14 days', 5,
                '{}'::tstzmultirange, NULL::tstzmultirange, NULL::uuid, NULL::uuid)
        """

    /// What looking for a time, holding it and booking it ask the database, about a case that nobody has: they read and
    /// change no row. A new connection runs them before it is used.
    package static var warmUp: [SQL] {
        let caller = Caller(
            account: .random(), session: .random(), roles: [], showedSecondFactor: false, provedLately: false)
        let (id, hold, appointment) = (CaseID.random(), HoldID.random(), AppointmentID.random())
        let pair = ConsultParticipants(party: caller.account, specialist: .random())
        let now = Date()
        let request = HoldRequest(case: id, startsAt: now, visitType: "none")
        let search = AppointmentSearch()
        let (held, taken) = (
            CalendarLocks.sql(party: "\(pair.party)", specialists: "\(pair.specialists)"),
            CalendarLocks.sql(party: HoldSQL.party(hold), specialists: HoldSQL.specialists(hold))
        )
        return [
            ConsultCase.read(id, caller: caller), VisitTypeSQL.bookedBy(request.visitType),
            OpeningQuery.next(now, of: pair, visitType: request.visitType, replacing: id).sql,
            held.party, held.specialists, HoldSQL.count(of: pair.party, besides: id),
            Transaction.lapseHolds(of: pair, keeping: nil), HoldSQL.releaseAsked(of: id),
            HoldSQL.insert(hold, request, pair: pair, tokenDigest: [], by: caller),
            taken.party, taken.specialists, HoldSQL.lock(hold, caller: caller), "SELECT clock_timestamp()",
            LaneFacts.read(of: HoldSQL.lane(hold)), AppointmentSQL.spend(hold),
            AppointmentSQL.insert(appointment, from: hold, lane: .licensed, by: caller),
            AppointmentSQL.read(appointment, by: caller), AppointmentSQL.list(search, by: caller),
        ]
    }
}
