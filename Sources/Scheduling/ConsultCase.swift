import Clinic
import FoundationEssentials
import Postgres

/// What booking needs to know of a case: whether it can have consults, between whom, and what the caller is in it.
struct ConsultCase: Sendable, Equatable {
    let id: CaseID
    let state: CaseState
    let lane: Lane
    let patient: AccountID
    /// The specialist who accepted.
    let acceptedBy: AccountID?
    /// The treating clinician who consults, once she accepted the invitation.
    let clinician: AccountID?
    /// The further specialists who were brought into the case.
    let colleagues: [AccountID]
    let callerPart: CasePart

    /// From the acceptance until the case is closed.
    private static let bookable: Set<CaseState> = [.accepted, .reviewing, .opined, .delivered, .followUp]

    /// - Throws: `BookingRefusal.caseNotBookable`.
    func checkBookable() throws {
        guard Self.bookable.contains(state), acceptedBy != nil else { throw BookingRefusal.caseNotBookable }
    }

    /// Who sits opposite the specialist, the specialist, and with her these colleagues.
    /// - Throws: `BookingRefusal.caseNotBookable`, `.noParty`; `FieldRefusal` for who is no colleague in the case.
    func pair(with asked: [AccountID] = []) throws -> ConsultParticipants {
        guard Self.bookable.contains(state), let acceptedBy else { throw BookingRefusal.caseNotBookable }
        let asked = Set(asked).sorted()
        guard asked.allSatisfy({ colleagues.contains($0) }) else {
            throw FieldRefusal("/colleagues", rule: "choice", "must be colleagues who were brought into the case")
        }
        try FieldRule.check(count: asked.count, in: 0...ConsultParticipants.mostColleagues, at: "/colleagues")
        return ConsultParticipants(party: try party(), specialist: acceptedBy, colleagues: asked)
    }

    /// Who sits, or will sit, opposite the specialist.
    /// - Throws: `BookingRefusal.noParty`.
    func party() throws -> AccountID {
        guard let party = lane == .licensed ? patient : clinician else { throw BookingRefusal.noParty }
        return party
    }

    /// - Throws: `BookingRefusal.notAllowed` for all but the party's side and the coordinator.
    func checkBooks(_ caller: Caller, as party: AccountID) throws {
        guard side(of: caller, party).changesTimes else { throw BookingRefusal.notAllowed }
    }

    /// - Throws: `BookingRefusal.notAllowed` for who does not book consults of a kind.
    func checkBooks(_ caller: Caller, as party: AccountID, among sides: [ConsultSide]) throws {
        guard let side = side(of: caller, party).ofPolicy, sides.contains(side) else {
            throw BookingRefusal.notAllowed
        }
    }

    private func side(of caller: Caller, _ party: AccountID) -> ConsultRole {
        ConsultRole(of: caller.account, part: callerPart, lane: lane, party: party)
    }

    /// The case as the caller sees it.
    /// - Throws: `BookingRefusal.notFound` when she has no part in it, or is only asked whether to take it.
    init(_ rows: [Row], id: CaseID) throws {
        guard let row = rows.first else { throw BookingRefusal.notFound }
        let (state, lane, patient, acceptedBy, clinician, colleagues, part) = try row.decode(
            CaseState.self, Lane.self, AccountID.self, AccountID?.self, AccountID?.self, [AccountID].self,
            CasePart.self)
        guard part != .candidate else { throw BookingRefusal.notFound }
        self.id = id
        self.state = state
        self.lane = lane
        self.patient = patient
        self.acceptedBy = acceptedBy
        self.clinician = clinician
        self.colleagues = colleagues
        callerPart = part
    }

    static func read(_ id: CaseID, caller: Caller) -> SQL {
        """
        SELECT c.state, c.lane, c.patient_id, c.specialist_id, (
                SELECT p.account_id FROM case_part p
                WHERE p.case_id = c.id AND p.part = 'treating_clinician' AND p.until IS NULL AND p.reads_case
                ORDER BY p.since, p.account_id LIMIT 1),
            ARRAY(SELECT p.account_id FROM case_part p
                WHERE p.case_id = c.id AND p.part = 'colleague' AND p.until IS NULL),
            mine.part
        FROM clinical_case c JOIN case_part mine
            ON mine.case_id = c.id AND mine.account_id = \(caller.account) AND mine.until IS NULL
        WHERE c.id = \(id)
        """
    }
}

/// The people of a consult: the party and her specialist, and in a panel the specialist's colleagues.
struct ConsultParticipants: Sendable, Equatable {
    let party: AccountID
    let specialist: AccountID
    /// By id.
    var colleagues: [AccountID] = []

    var specialists: [AccountID] { [specialist] + colleagues }
    var people: [AccountID] { [party] + specialists }

    /// The database's limit.
    static let mostColleagues = 4
}

/// On which side of a consult a caller stands.
enum ConsultRole: Sendable, Equatable {
    /// The patient and her caregiver, or in the peer-to-peer lane the treating clinician.
    case party
    case specialist
    /// Sits in its panel.
    case colleague
    case coordinator
    /// Has a part in the case, but not in the consult.
    case onlooker

    init(
        of account: AccountID, part: CasePart, lane: Lane, party: AccountID, specialist: AccountID? = nil,
        colleagues: [AccountID] = []
    ) {
        self =
            switch part {
            case .coordinator: .coordinator
            case .patient, .caregiver: lane == .licensed ? .party : .onlooker
            case .treatingClinician: account == party ? .party : .onlooker
            case .specialist, .colleague:
                account == specialist ? .specialist : colleagues.contains(account) ? .colleague : .onlooker
            case .candidate, .emergency: .onlooker
            }
    }

    /// What a policy calls it; nil for whom none names.
    var ofPolicy: ConsultSide? {
        switch self {
        case .party: .party
        case .specialist: .specialist
        case .coordinator: .coordinator
        case .colleague, .onlooker: nil
        }
    }

    /// Whether this side asks for a time.
    var changesTimes: Bool { self == .party || self == .coordinator }
}
