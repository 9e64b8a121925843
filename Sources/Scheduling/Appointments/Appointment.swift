package import Clinic
package import FoundationEssentials

/// A booked consult. A reschedule keeps its id and raises its sequence.
package struct Appointment: Codable, Sendable, Hashable, Identifiable {
    package let id: AppointmentID
    package let `case`: CaseID
    package let specialist: AccountID
    /// The further specialists of its panel.
    package let colleagues: Colleagues
    /// The patient, or in the peer-to-peer lane the treating clinician.
    package let party: AccountID
    package let lane: Lane
    package let visitType: String
    /// The version of the visit type's policy that applies: the one in force when it was booked or last moved.
    package let policyVersion: Int
    package let state: AppointmentState
    package let startsAt: Date
    package let endsAt: Date
    package let specialistTime: WallClockTime
    package let partyTime: WallClockTime
    /// How often it was moved or cancelled (RFC 5545 §3.8.7.4).
    package let sequence: Int
    /// Rises with every change: what `If-Match` names.
    package let version: Int
    package let bookedAt: Date
    package let endedAt: Date?
    /// The programme's code for what follows from how it ended, by that policy.
    package let consequence: String?
    /// Until when the party's side may move it, by that policy.
    package let rescheduleUntil: Date
    /// Until when the party's side may cancel it without a consequence.
    package let cancelUntil: Date
    /// The programme's code for what follows from a cancellation by the party's side after `cancelUntil`; nil where they
    /// cannot cancel then.
    package let lateCancelConsequence: String?
    /// The code for what follows when the party does not come.
    package let noShowConsequence: String?
    /// From when the party may be marked as not come.
    package let noShowFrom: Date
    /// From when one can join, until its end.
    package let joinOpensAt: Date
    /// Who has joined; closed once the consult is over or cancelled.
    package let room: ConsultRoom

    var participants: ConsultParticipants {
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
    /// Only those that end after this instant.
    package var from: Date?
    /// Only those that follow this one in the list.
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

extension Appointment {
    package static let example = made(.booked)
    package static let moved = made(.booked, sequence: 1, version: 2)
    package static let cancelled = made(
        .cancelled, sequence: 1, version: 2, endedAt: ExampleValues.Consult.start.addingTimeInterval(-50_000))
    package static let checkedIn = made(.checkedIn, version: 2)
    package static let completed = made(.completed, version: 3, endedAt: ExampleValues.Consult.end)
    package static let missed = made(.noShow, version: 2, endedAt: ExampleValues.Consult.end)

    private static func made(
        _ state: AppointmentState, sequence: Int = 0, version: Int = 1, endedAt: Date? = nil
    ) -> Appointment {
        let start = ExampleValues.Consult.start
        return Appointment(
            id: ExampleValues.Consult.appointment, case: ExampleValues.Consult.caseID,
            specialist: ExampleValues.Consult.specialist, colleagues: Colleagues([]),
            party: ExampleValues.Consult.patient, lane: .licensed, visitType: VisitType.usual, policyVersion: 1,
            state: state, startsAt: start, endsAt: ExampleValues.Consult.end, specialistTime: .specialistExample,
            partyTime: .partyExample, sequence: sequence, version: version, bookedAt: start.addingTimeInterval(-86_400),
            endedAt: endedAt, consequence: nil, rescheduleUntil: start.addingTimeInterval(-14_400),
            cancelUntil: start.addingTimeInterval(-14_400), lateCancelConsequence: nil, noShowConsequence: nil,
            noShowFrom: start.addingTimeInterval(600), joinOpensAt: start.addingTimeInterval(-900),
            room: ConsultRoom(state: .closed, waitingSince: nil))
    }
}
