import Clinic
import FoundationEssentials
import JWTKit

/// The video rooms of consults, and the tokens that open them.
package struct VideoRooms: Sendable {
    /// The video servers whose tokens are issued.
    package enum Form: String, Sendable, CaseIterable {
        /// Jitsi Meet with token authentication (lib-jitsi-meet, `doc/tokens.md`).
        case jitsi
        /// LiveKit (its documentation, "Tokens & grants").
        case livekit
    }

    private let form: Form
    /// Without a slash at the end.
    private let url: String
    private let app: String
    private let keys: JWTKeyCollection

    /// - Parameters:
    ///   - url: Jitsi's address, with its tenant if there is one, or the address of LiveKit's server, `wss://…`.
    ///   - app: Jitsi's application id, or LiveKit's API key.
    ///   - secret: signs join tokens by HS256 (RFC 7518 §3.2: at least 32 bytes).
    package init(form: Form, url: String, app: String, secret: [UInt8]) async {
        self.form = form
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.app = app
        keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    /// One person's right to one room in one window. Person and room are named by their ids alone: video servers log
    /// both.
    struct Ticket: Sendable {
        let room: AppointmentID
        let person: AccountID
        /// Whether they may admit and remove others, as the specialist may.
        let isHost: Bool
        let opensAt: Date
        let closesAt: Date

        // In whole seconds within the window: some servers refuse fractions.
        var notBefore: Int { Int(opensAt.timeIntervalSince1970.rounded(.up)) }
        var expires: Int { Int(closesAt.timeIntervalSince1970.rounded(.down)) }
    }

    /// The token and where it is used: for Jitsi a link that opens the room in a browser, for LiveKit the server to which
    /// a client connects.
    func issue(_ ticket: Ticket) async throws -> (url: String, token: String) {
        switch form {
        case .jitsi:
            let token = try await keys.sign(JitsiClaims(ticket, app: app, domain: domain))
            return ("\(url)/\(ticket.room)?jwt=\(token)", token)
        case .livekit:
            return (url, try await keys.sign(LiveKitClaims(ticket, key: app)))
        }
    }

    /// Jitsi's tenant where the address has one, otherwise its host, in lower case.
    private var domain: String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let parts = rest.split(separator: "/")
        return (parts.dropFirst().first ?? parts.first?.prefix { $0 != ":" } ?? "").lowercased()
    }
}

/// What Jitsi's token plugin checks: the application, the room, the domain and the window. `context` says who joins. Its
/// values must be strings; the affiliation is read by the plugins that make moderators.
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
