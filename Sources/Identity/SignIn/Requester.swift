import Clinic

/// On whose account costly work and mails are counted, so that nobody spends another's share.
enum Requester: Sendable, Hashable {
    case network(ClientNetwork)
    /// A device that has shown its token: what others in its network do is not held against it.
    case device(DeviceID)
    /// Somebody who is signed in.
    case account(AccountID)
    /// An operator's command.
    case programme

    /// What is digested to name its counter.
    var text: String {
        switch self {
        case .network(let network): "network \(network.text)"
        case .device(let id): "device \(id)"
        case .account(let id): "account \(id)"
        case .programme: "programme"
        }
    }
}

/// A device that an account signed in from.
enum DeviceTag {}
typealias DeviceID = ID<DeviceTag>

/// Where a request comes from, as far as one person may command it: an IPv4 address, or the first 64 bits of an IPv6
/// address (RFC 6177: an end site gets no less).
struct ClientNetwork: Sendable, Hashable {
    let text: String

    init(address: String) {
        guard address.contains(":"), !address.contains(".") else {
            // An IPv4 address, also one mapped into IPv6 (RFC 4291 §2.5.5.2).
            text = String(address.split(separator: ":").last ?? "")
            return
        }
        let bare = address.prefix { $0 != "%" }
        let halves = bare.split(separator: "::", omittingEmptySubsequences: false).map { $0.split(separator: ":") }
        let zeros = halves.count == 2 ? Swift.max(0, 8 - halves[0].count - halves[1].count) : 0
        let groups = (halves.first ?? []) + Array(repeating: "0", count: zeros) + (halves.count == 2 ? halves[1] : [])
        text = groups.prefix(4).map { String(Int($0, radix: 16) ?? 0, radix: 16) }.joined(separator: ":")
    }
}
