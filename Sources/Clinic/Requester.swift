/// By whom costly work and mails are counted, so that nobody uses up another's share.
package enum Requester: Sendable, Hashable {
    case network(ClientNetwork)
    /// A known device: what others in its network do is not counted against it.
    case device(DeviceID)
    /// Somebody who is signed in.
    case account(AccountID)
    /// An operator's command.
    case programme

    /// The text whose digest names the counter.
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
