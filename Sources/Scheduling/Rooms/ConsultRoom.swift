package import Clinic
package import FoundationEssentials
import Postgres

/// Where the patient says that they are when they join.
package struct JoinRequest: Codable, Sendable, Hashable {
    /// ISO 3166-2; needed from the patient's side in the licensed lane.
    package let jurisdiction: String?
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
}

extension JoinRequest: Ruled {
    package static let rules: [String: FieldRule] = ["jurisdiction": .text(.form(.jurisdiction))]
}

extension ConsultRoom {
    package static let open = ConsultRoom(
        state: .open, waitingSince: ExampleValues.Consult.start.addingTimeInterval(-300))
}

extension JoinRequest {
    package static let example = JoinRequest(jurisdiction: "US-OH")
}

extension JoinPass {
    package static let example = JoinPass(
        case: ExampleValues.Consult.caseID, room: .open,
        url: "https://rooms.example.org/\(ExampleValues.Consult.appointment)?jwt=eyJhbGciOiJIUzI1NiJ9",
        token: "eyJhbGciOiJIUzI1NiJ9", opensAt: Appointment.example.joinOpensAt, closesAt: Appointment.example.endsAt)
}
