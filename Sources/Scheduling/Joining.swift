package import Clinic
package import FoundationEssentials
import JWTKit
package import Postgres

/// The video rooms that consults take place in.
package struct VideoRooms: Sendable {
    /// What a join link starts with, without a slash at its end.
    let url: String
    private let keys: JWTKeyCollection

    /// - Parameter secret: signs join tokens by HS256 (RFC 7518 §3.2: at least 32 bytes).
    package init(url: String, secret: [UInt8]) async {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    func sign(_ claims: JoinClaims) async throws -> String { try await keys.sign(claims) }
}

/// What a join token says (RFC 7519), in whole seconds: one room, one person, one window.
struct JoinClaims: JWTPayload, Sendable, Equatable {
    let iss: String
    let aud: String
    /// The person's account.
    let sub: String
    /// The appointment.
    let room: String
    /// Whether the person may admit others: the specialist.
    let moderator: Bool
    let nbf: Int
    let exp: Int

    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Where the patient says that she is when she joins.
package struct JoinRequest: Codable, Sendable, Hashable {
    /// ISO 3166-2; needed from the patient's side in the licensed lane.
    package let jurisdiction: String?

    package init(jurisdiction: String?) { self.jurisdiction = jurisdiction }
}

/// What opens the room of a consult.
package struct JoinPass: Codable, Sendable, Hashable {
    /// The link, with the token in it.
    package let url: String
    package let token: String
    package let opensAt: Date
    package let closesAt: Date

    package init(url: String, token: String, opensAt: Date, closesAt: Date) {
        self.url = url
        self.token = token
        self.opensAt = opensAt
        self.closesAt = closesAt
    }
}

extension Scheduler {
    /// Lets one of the consult's two people into its room, once the lane was checked where the patient says she is (P5).
    /// - Throws: `BookingRefusal.outsideJoinWindow`, `.wrongState`, `.laneClosed`, `.notFound`, `.notAllowed`;
    ///   `FieldRefusal` when the patient's side does not say where she is.
    package func join(
        _ id: AppointmentID, _ request: JoinRequest, by caller: Caller, in tx: Transaction
    ) async throws -> JoinPass {
        let (found, now) = try await lock(id, by: caller, in: tx)
        let appointment = found.appointment
        let side = found.side(of: caller)
        guard side == .party || side == .specialist else { throw BookingRefusal.notAllowed }
        guard appointment.state.isOpen else { throw BookingRefusal.wrongState(appointment.state) }
        try appointment.checkJoinWindow(at: now)
        let facts = try LaneFacts(
            try await tx.query(
                LaneFacts.read(
                    of: "(SELECT case_id, specialist_id, party_id, \(now) AS at FROM appointment WHERE id = \(id))",
                    said: try request.place(of: side, lane: appointment.lane))))
        try pass(facts, at: .joining, by: caller, in: tx)
        let token = try await rooms.sign(
            JoinClaims(
                iss: "consilium", aud: "consult", sub: caller.account.description, room: id.description,
                moderator: side == .specialist,
                nbf: Int(appointment.joinOpensAt.timeIntervalSince1970.rounded(.up)),
                exp: Int(appointment.endsAt.timeIntervalSince1970.rounded(.down))))
        return JoinPass(
            url: "\(rooms.url)/\(id)?jwt=\(token)", token: token, opensAt: appointment.joinOpensAt,
            closesAt: appointment.endsAt)
    }
}

extension JoinRequest {
    /// Where the consult takes place for the law: in the licensed lane where the patient is. The specialist does not
    /// say it for her.
    fileprivate func place(of side: Side, lane: Lane) throws -> Jurisdiction? {
        guard let jurisdiction else {
            guard side == .specialist || lane == .peerToPeer else {
                throw FieldRefusal("/jurisdiction", rule: "missing", "must say where the patient is now")
            }
            return nil
        }
        guard let place = Jurisdiction(rawValue: jurisdiction) else {
            throw FieldRefusal("/jurisdiction", rule: "format", "must be an ISO 3166-2 code, as US-OH")
        }
        return side == .party && lane == .licensed ? place : nil
    }
}
