import Clinic

/// The people of a consult: its party, its specialist, and in a panel the further specialists.
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

/// What a caller is in a consult.
enum ConsultRole: Sendable, Equatable {
    /// The patient and their caregiver, or in the peer-to-peer lane the treating clinician.
    case party
    case specialist
    /// A further specialist of its panel.
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

    /// What policies call it; nil for a role that no policy names.
    var side: ConsultSide? {
        switch self {
        case .party: .party
        case .specialist: .specialist
        case .coordinator: .coordinator
        case .colleague, .onlooker: nil
        }
    }

    /// Whether this role asks for a time.
    var changesTimes: Bool { self == .party || self == .coordinator }
}
