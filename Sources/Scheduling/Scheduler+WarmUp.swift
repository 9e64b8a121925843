import Clinic
import FoundationEssentials
package import Postgres

extension Scheduler {
    /// The next openings of any one specialist. It loads the functions behind a booking, and what they look up, before
    /// the first person needs them.
    package static let bookingWarmUp: SQL = """
        SELECT count(*) FROM (SELECT id FROM consilium.specialist LIMIT 1) s,
            (SELECT id FROM consilium.visit_type WHERE current LIMIT 1) v,
            LATERAL consilium.common_openings(ARRAY[s.id], v.id, clock_timestamp(),
                clock_timestamp() + interval '14 days', 5, '{}'::tstzmultirange, NULL::tstzmultirange, NULL::uuid,
                NULL::uuid)
        """

    /// The statements by which a time is searched, held and booked, about a case that nobody has: they read and change
    /// no row. A new connection runs them before it is used.
    package static var warmUp: [SQL] {
        let caller = Caller(
            account: .random(), session: .random(), roles: [], showedSecondFactor: false, provedLately: false)
        let (id, hold, appointment) = (CaseID.random(), HoldID.random(), AppointmentID.random())
        let participants = ConsultParticipants(party: caller.account, specialist: .random())
        let now = Date()
        let request = HoldRequest(case: id, startsAt: now, visitType: "none")
        let search = AppointmentSearch()
        var statements: [SQL] = [
            ConsultCase.read(id, caller: caller), VisitTypeSQL.bookedBy(request.visitType),
            OpeningQuery.next(now, of: participants, visitType: request.visitType, replacing: id).sql,
        ]
        statements += CalendarLocks.sql(party: "\(participants.party)", specialists: "\(participants.specialists)")
        statements += [
            HoldSQL.count(of: participants.party, besides: id),
            Transaction.lapseHolds(of: participants, keeping: nil), HoldSQL.releaseAsked(of: id),
            HoldSQL.insert(hold, request, participants: participants, tokenDigest: [], by: caller),
        ]
        statements += CalendarLocks.sql(party: HoldSQL.party(hold), specialists: HoldSQL.specialists(hold))
        statements += [
            HoldSQL.lock(hold, caller: caller), "SELECT clock_timestamp()", LaneFacts.read(of: HoldSQL.lane(hold)),
            AppointmentSQL.spend(hold), AppointmentSQL.insert(appointment, from: hold, lane: .licensed, by: caller),
            AppointmentSQL.read(appointment, by: caller), AppointmentSQL.list(search, by: caller),
        ]
        return statements
    }
}
