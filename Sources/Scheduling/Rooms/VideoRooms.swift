import Clinic
import FoundationEssentials
import JWTKit

/// The video rooms that consults take place in, and the tokens that open them.
package struct VideoRooms: Sendable {
    /// Whose tokens they are.
    package enum Form: String, Sendable, CaseIterable {
        /// Jitsi Meet with token authentication (lib-jitsi-meet, `doc/tokens.md`).
        case jitsi
        /// LiveKit (its documentation, "Tokens & grants").
        case livekit
    }

    private let form: Form
    /// Without a slash at its end.
    private let url: String
    private let app: String
    private let keys: JWTKeyCollection

    /// - Parameters:
    ///   - url: Jitsi's address, with its tenant if there is one, or the address of LiveKit's server, `wss://…`.
    ///   - app: Jitsi's application id, or LiveKit's API key.
    ///   - secret: signs join tokens by HS256 (RFC 7518 §3.2: at least 32 bytes).
    package init(form: Form = .jitsi, url: String, app: String = "consilium", secret: [UInt8]) async {
        self.form = form
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.app = app
        keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    /// One person's right to one room in one window. It names her and the room by their ids alone: video servers log
    /// both.
    struct Ticket: Sendable {
        let room: AppointmentID
        let person: AccountID
        /// Whether she may admit and remove others: a specialist.
        let isHost: Bool
        let opensAt: Date
        let closesAt: Date

        // In whole seconds within the window: fractions are read as an error by some.
        var notBefore: Int { Int(opensAt.timeIntervalSince1970.rounded(.up)) }
        var expires: Int { Int(closesAt.timeIntervalSince1970.rounded(.down)) }
    }

    /// The token, and where it is shown: in Jitsi's form a link that opens the room in a browser, in LiveKit's the
    /// server that a client connects to with the token.
    func issue(_ ticket: Ticket) async throws -> (url: String, token: String) {
        switch form {
        case .jitsi:
            let token = try await keys.sign(JitsiClaims(ticket, app: app, domain: domain))
            return ("\(url)/\(ticket.room)?jwt=\(token)", token)
        case .livekit:
            return (url, try await keys.sign(LiveKitClaims(ticket, key: app)))
        }
    }

    /// Jitsi's tenant, where the address has one, or its host, in lower case.
    private var domain: String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let parts = rest.split(separator: "/")
        return (parts.dropFirst().first ?? parts.first?.prefix { $0 != ":" } ?? "").lowercased()
    }
}

/// What Jitsi's token plugin checks: the application, the room, the domain and the window. What stands under `context`
/// says who comes; its values must be strings, and the affiliation is read by the plugins that make a moderator.
struct JitsiClaims: JWTPayload, Equatable {
    struct Context: Codable, Equatable {
        struct User: Codable, Equatable {
            let id: String
            let affiliation: String
            let moderator: String
        }

        let user: User
    }

    let iss: String
    let aud: String
    let sub: String
    let room: String
    let nbf: Int
    let exp: Int
    let context: Context

    init(_ ticket: VideoRooms.Ticket, app: String, domain: String) {
        iss = app
        aud = "jitsi"
        sub = domain
        room = ticket.room.description
        nbf = ticket.notBefore
        exp = ticket.expires
        context = Context(
            user: Context.User(
                id: ticket.person.description, affiliation: ticket.isHost ? "owner" : "member",
                moderator: ticket.isHost ? "true" : "false"))
    }

    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// What LiveKit reads: the API key, the identity, the window, and what the person may do in which room.
struct LiveKitClaims: JWTPayload, Equatable {
    struct Grant: Codable, Equatable {
        let room: String
        let roomJoin: Bool
        let roomAdmin: Bool
        let canPublish: Bool
        let canSubscribe: Bool
        let canPublishData: Bool
    }

    let iss: String
    let sub: String
    let nbf: Int
    let exp: Int
    let video: Grant

    init(_ ticket: VideoRooms.Ticket, key: String) {
        iss = key
        sub = ticket.person.description
        nbf = ticket.notBefore
        exp = ticket.expires
        video = Grant(
            room: ticket.room.description, roomJoin: true, roomAdmin: ticket.isHost, canPublish: true,
            canSubscribe: true, canPublishData: true)
    }

    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
