package import Clinic
package import FoundationEssentials

/// A booked consult. A reschedule keeps its id and raises its sequence.
package struct Appointment: Codable, Sendable, Hashable, Identifiable {
    package let id: AppointmentID
    package let `case`: CaseID
    package let specialist: AccountID
    /// Who sits in its panel with her.
    package let colleagues: Colleagues
    /// Who sits opposite: the patient, or in the peer-to-peer lane the treating clinician.
    package let party: AccountID
    package let lane: Lane
    package let visitType: String
    /// The version of the visit type's policy that holds for it: the current one when it was booked, or last moved.
    package let policyVersion: Int
    package let state: AppointmentState
    package let startsAt: Date
    package let endsAt: Date
    package let specialistTime: WallTime
    package let partyTime: WallTime
    /// RFC 5545 §3.8.7.4: how often it moved or was cancelled.
    package let sequence: Int
    /// Rises with every change: what `If-Match` names.
    package let version: Int
    package let bookedAt: Date
    package let endedAt: Date?
    /// The programme's code for what its end brought, by the policy under which it was booked.
    package let consequence: String?
    /// Until when the party's side may move it, by that policy.
    package let rescheduleUntil: Date
    /// Until when the party's side may cancel it freely.
    package let cancelUntil: Date
    /// The programme's code for what a cancellation by the party's side after `cancelUntil` brings; nil where it is not
    /// possible.
    package let lateCancelConsequence: String?
    /// The code for what not coming brings.
    package let noShowConsequence: String?
    /// From then on the party counts as not come.
    package let noShowFrom: Date
    /// From when one can join, until its end.
    package let joinOpensAt: Date
    /// Who has joined; closed once the consult is over or called off.
    package let room: ConsultRoom

    package init(
        id: AppointmentID, case: CaseID, specialist: AccountID, colleagues: Colleagues = Colleagues([]),
        party: AccountID, lane: Lane, visitType: String, policyVersion: Int, state: AppointmentState,
        startsAt: Date, endsAt: Date,
        specialistTime: WallTime, partyTime: WallTime, sequence: Int, version: Int, bookedAt: Date, endedAt: Date?,
        consequence: String? = nil, rescheduleUntil: Date, cancelUntil: Date, lateCancelConsequence: String? = nil,
        noShowConsequence: String? = nil, noShowFrom: Date, joinOpensAt: Date, room: ConsultRoom
    ) {
        self.id = id
        self.case = `case`
        self.specialist = specialist
        self.colleagues = colleagues
        self.party = party
        self.lane = lane
        self.visitType = visitType
        self.policyVersion = policyVersion
        self.state = state
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.specialistTime = specialistTime
        self.partyTime = partyTime
        self.sequence = sequence
        self.version = version
        self.bookedAt = bookedAt
        self.endedAt = endedAt
        self.consequence = consequence
        self.rescheduleUntil = rescheduleUntil
        self.cancelUntil = cancelUntil
        self.lateCancelConsequence = lateCancelConsequence
        self.noShowConsequence = noShowConsequence
        self.noShowFrom = noShowFrom
        self.joinOpensAt = joinOpensAt
        self.room = room
    }

    var pair: ConsultParticipants {
        ConsultParticipants(party: party, specialist: specialist, colleagues: colleagues.ids)
    }

    /// - Throws: `BookingRefusal.outsideJoinWindow`.
    func checkJoinWindow(at now: Date) throws {
        guard joinOpensAt <= now, now < endsAt else {
            throw BookingRefusal.outsideJoinWindow(opensAt: joinOpensAt, closesAt: endsAt)
        }
    }
}

/// Which appointments are listed: those of the caller's cases, by their start.
package struct AppointmentSearch: Sendable {
    package var `case`: CaseID?
    package var state: AppointmentState?
    /// Those that end after this instant.
    package var from: Date?
    /// Those after this one in the list.
    package var after: AppointmentID?
    package var limit: Int

    package init(
        case: CaseID? = nil, state: AppointmentState? = nil, from: Date? = nil, after: AppointmentID? = nil,
        limit: Int = 50
    ) {
        self.case = `case`
        self.state = state
        self.from = from
        self.after = after
        self.limit = limit
    }
}
