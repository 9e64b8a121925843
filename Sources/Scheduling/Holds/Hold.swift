package import Clinic
package import FoundationEssentials

/// An opening to be kept for a while.
package struct HoldRequest: Codable, Sendable, Hashable {
    package let `case`: CaseID
    package let startsAt: Date
    package let visitType: String
    /// Colleagues in the case who form a panel with its specialist; none where nil.
    package let colleagues: Colleagues?

    package init(case: CaseID, startsAt: Date, visitType: String, colleagues: [AccountID]? = nil) {
        self.case = `case`
        self.startsAt = startsAt
        self.visitType = visitType
        self.colleagues = colleagues.map { Colleagues($0) }
    }
}

/// An opening that is kept for one case until it expires.
package struct Hold: Codable, Sendable, Hashable {
    package let id: HoldID
    package let `case`: CaseID
    /// A hold that was asked for is booked by its token; one that is offered is accepted.
    package let kind: HoldKind
    /// The consult in whose place it is offered. Accepting moves that consult while it is still booked.
    package let appointment: AppointmentID?
    package let specialist: AccountID
    /// The further specialists of its panel.
    package let colleagues: Colleagues
    package let visitType: String
    /// Whether it still keeps its time, or what became of it.
    package let state: HoldState
    package let startsAt: Date
    package let endsAt: Date
    /// Its start by the specialist's clock.
    package let specialistTime: WallTime
    /// Its start by the party's clock.
    package let partyTime: WallTime
    /// From this instant on its time is free again.
    package let expiresAt: Date
    /// How often it can still be renewed.
    package let renewalsLeft: Int
    /// The secret that books it; only in the reply to the request that made the hold.
    package let token: String?

    package init(
        id: HoldID, case: CaseID, kind: HoldKind = .asked, appointment: AppointmentID? = nil, specialist: AccountID,
        colleagues: Colleagues = Colleagues([]), visitType: String, state: HoldState = .active, startsAt: Date,
        endsAt: Date, specialistTime: WallTime, partyTime: WallTime, expiresAt: Date, renewalsLeft: Int,
        token: String?
    ) {
        self.id = id
        self.case = `case`
        self.kind = kind
        self.appointment = appointment
        self.specialist = specialist
        self.colleagues = colleagues
        self.visitType = visitType
        self.state = state
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.specialistTime = specialistTime
        self.partyTime = partyTime
        self.expiresAt = expiresAt
        self.renewalsLeft = renewalsLeft
        self.token = token
    }

    /// How often a hold can be renewed.
    package static let mostRenewals = 3

    /// How many holds a party can ask for at once over all their cases, one for each case.
    package static let mostAtOnce = 3
}

extension HoldRequest: Ruled {
    package static let colleaguesRule = FieldRule.list(0...ConsultParticipants.mostColleagues)
    package static let rules: [String: FieldRule] = [
        "visitType": .text(.form(.word)), "colleagues": colleaguesRule,
    ]
}
