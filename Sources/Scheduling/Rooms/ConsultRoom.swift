package import Clinic
package import FoundationEssentials
import Postgres

/// Where the patient says that they are when they join.
package struct JoinRequest: Codable, Sendable, Hashable {
    /// ISO 3166-2; needed from the patient's side in the licensed lane.
    package let jurisdiction: String?

    package init(jurisdiction: String?) { self.jurisdiction = jurisdiction }
}

/// The states of a consult's room; the legal moves are rows of the database's `transition` table.
package enum RoomState: String, Codable, Sendable, CaseIterable, SQLValue {
    /// Nobody has joined.
    case closed
    /// The party's side is in the waiting room.
    case waiting
    /// The specialist has joined: everybody who joins is admitted.
    case open
}

/// The state of a consult's room.
package struct ConsultRoom: Codable, Sendable, Hashable {
    package let state: RoomState
    /// Since when the party's side waits, or had waited when the room was opened.
    package let waitingSince: Date?

    package init(state: RoomState, waitingSince: Date?) {
        self.state = state
        self.waitingSince = waitingSince
    }
}

/// The answer to joining: a way into the room, or a place in its waiting room.
package struct JoinPass: Codable, Sendable, Hashable {
    package let `case`: CaseID
    package let room: ConsultRoom
    /// Where the token is used: for Jitsi a link that contains it, for LiveKit the server. Nil while they wait.
    package let url: String?
    package let token: String?
    package let opensAt: Date
    package let closesAt: Date

    package init(
        case: CaseID, room: ConsultRoom, url: String?, token: String?, opensAt: Date, closesAt: Date
    ) {
        self.case = `case`
        self.room = room
        self.url = url
        self.token = token
        self.opensAt = opensAt
        self.closesAt = closesAt
    }
}

extension JoinRequest: Ruled {
    package static let rules: [String: FieldRule] = ["jurisdiction": .text(.form(.jurisdiction))]
}
