/// On whose account costly work and mails are counted, so that nobody spends another's share.
package enum Requester: Sendable, Hashable {
    case network(ClientNetwork)
    /// A device that has shown its token: what others in its network do is not held against it.
    case device(DeviceID)
    /// Somebody who is signed in.
    case account(AccountID)
    /// An operator's command.
    case programme

    /// What is digested to name its counter.
    package var text: String {
        switch self {
        case .network(let network): "network \(network.text)"
        case .device(let id): "device \(id)"
        case .account(let id): "account \(id)"
        case .programme: "programme"
        }
    }
}

/// A device that an account signed in from.
package enum DeviceTag {}
package typealias DeviceID = ID<DeviceTag>
