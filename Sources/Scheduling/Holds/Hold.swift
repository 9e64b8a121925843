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
    package let specialistTime: WallClockTime
    /// Its start by the party's clock.
    package let partyTime: WallClockTime
    /// From this instant on its time is free again.
    package let expiresAt: Date
    /// How often it can still be renewed.
    package let renewalsLeft: Int
    /// The secret that books it; only in the reply to the request that made the hold.
    package let token: String?

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

extension HoldRequest {
    package static let example = HoldRequest(
        case: ExampleValues.Consult.caseID, startsAt: ExampleValues.Consult.start, visitType: VisitType.usual)
}

extension Hold {
    package static let example = made(token: ExampleValues.Consult.token)
    /// As it is read later: its token is shown once.
    package static let tokenless = made()
    package static let renewed = made(renewalsLeft: 2)
    /// A week later, when no zone's clock has changed.
    package static let offered: Hold = {
        let week = WallClockTime.partyExample.local.adding(minutes: 7 * 1440)
        let own = WallClockTime.specialistExample.local.adding(minutes: 7 * 1440)
        return Hold(
            id: ExampleValues.id(9, .consults), case: ExampleValues.Consult.caseID, kind: .offered,
            appointment: ExampleValues.Consult.appointment, specialist: ExampleValues.Consult.specialist,
            colleagues: Colleagues([]), visitType: VisitType.usual, state: .active,
            startsAt: ExampleValues.Consult.start.addingTimeInterval(604_800),
            endsAt: ExampleValues.Consult.end.addingTimeInterval(604_800),
            specialistTime: WallClockTime(local: own, timeZone: WallClockTime.specialistExample.timeZone),
            partyTime: WallClockTime(local: week, timeZone: WallClockTime.partyExample.timeZone),
            expiresAt: ExampleValues.Consult.start.addingTimeInterval(-43_200), renewalsLeft: 0, token: nil)
    }()

    private static func made(renewalsLeft: Int = 3, token: String? = nil) -> Hold {
        Hold(
            id: ExampleValues.id(4, .consults), case: ExampleValues.Consult.caseID, kind: .asked, appointment: nil,
            specialist: ExampleValues.Consult.specialist, colleagues: Colleagues([]), visitType: VisitType.usual,
            state: .active, startsAt: ExampleValues.Consult.start, endsAt: ExampleValues.Consult.end,
            specialistTime: .specialistExample, partyTime: .partyExample,
            expiresAt: ExampleValues.Consult.start.addingTimeInterval(-86_400), renewalsLeft: renewalsLeft,
            token: token)
    }
}
