import Clinic
import Postgres
import TypedText
import Vault

/// Slows guessing down over all gateways. An attempt is counted before it is checked, and the count is taken back when
/// it was right, so that parallel guesses count as well as guesses in a row.
///
/// Waiting times are counted per address and network, so that strangers elsewhere delay nobody. The counts over all
/// networks make nobody wait: after 100 failures (NIST SP 800-63B-4 §3.2.2) an unknown device needs a further proof. A
/// known device has attempts of its own.
///
/// Subjects are digested by the current look-up key only. A new key starts the counts again, and gateways with the old
/// and the new key count separately: each rotation gives a guesser one more count of each subject, and no more.
struct SignInThrottle: Sendable {
    let database: Database
    let vault: Vault

    /// How many failures in a row have no consequence, the longest wait after that, and the time in which that number
    /// of failures expires.
    private struct Limit {
        let free: Int32
        let capSeconds: Int32
        let leakSeconds: Int32

        /// An address from one network: with a wait of 15 minutes, some 100 guesses a day.
        static let pair = Limit(free: 5, capSeconds: 900, leakSeconds: 86_400)
        /// Many people share a network.
        static let network = Limit(free: 100, capSeconds: 60, leakSeconds: 3600)
        /// An address, or its codes, over all networks: nobody waits for it.
        static let everywhere = Limit(free: 100, capSeconds: 0, leakSeconds: 30 * 86_400)
    }

    /// How many failures in a row make a known device unknown.
    private static let deviceAttempts: Int32 = 20

    /// An attempt that may be checked.
    struct Attempt: Sendable {
        let address: EmailAddress
        let network: ClientNetwork
        /// The known device that it comes from.
        let device: DeviceID?
        /// Whether the right password is not enough: too many failures, and the device is unknown.
        let isGuarded: Bool

        var requester: Requester { device.map(Requester.device) ?? .network(network) }
    }

    /// Counts an attempt with an address, in a transaction of its own.
    /// - Parameter device: the token that the device got at an earlier sign-in.
    /// - Throws: `IdentityRefusal.throttled`, and then counts nothing.
    func attempt(_ address: EmailAddress, from network: ClientNetwork, on device: String?) async throws -> Attempt {
        if let device, let known = try await count(device, at: address) {
            return Attempt(address: address, network: network, device: known, isGuarded: false)
        }
        let failures = try await count([
            (pair(address, network), .pair), (subject(network), .network), (everywhere(address), .everywhere),
        ])
        return Attempt(
            address: address, network: network, device: nil,
            isGuarded: failures[2] > Double(Limit.everywhere.free))
    }

    /// Counts a code that is given with the right password from an unknown device. True when so many codes were wrong,
    /// over all networks, that a code is not enough.
    func attemptCode(at address: EmailAddress) async throws -> Bool {
        try await count([(codes(address), .everywhere)])[0] > Double(Limit.everywhere.free)
    }

    /// The password was right and a code is missing: that is no failure of the network, which many people may share.
    /// The count of address and network stays until the code is right, too.
    func ease(_ attempt: Attempt) async throws {
        if attempt.device == nil { try await forgive([], total: nil, eased: [subject(attempt.network)]) }
    }

    /// After a sign-in, the failures of this network with the address are removed, also from the count over all
    /// networks, and one attempt is taken from the network and from the codes. Failures of other networks stay.
    func forgive(_ attempt: Attempt, in tx: Transaction) async throws {
        guard attempt.device == nil else { return }
        try await tx.execute(
            Self.forgive(
                [pair(attempt.address, attempt.network)], everywhere(attempt.address),
                [subject(attempt.network), codes(attempt.address)]))
    }

    /// After a new password the failures with the old one are removed.
    func forgiveAll(_ address: EmailAddress, from network: ClientNetwork, in tx: Transaction) async throws {
        try await tx.execute(Self.forgive([pair(address, network), everywhere(address), codes(address)], nil, []))
    }

    private func forgive(_ cleared: [[UInt8]], total: [UInt8]?, eased: [[UInt8]]) async throws {
        try await database.withTransaction(as: .nobody) { tx in
            _ = try await tx.last(Self.forgive(cleared, total, eased))
        }
    }

    /// Returns the failures of each subject, this attempt included.
    private func count(_ subjects: [([UInt8], Limit)]) async throws -> [Double] {
        let count = Self.count(
            subjects.map(\.0), subjects.map(\.1.free), subjects.map(\.1.capSeconds), subjects.map(\.1.leakSeconds))
        let row = try await database.withTransaction(as: .nobody) { tx in try await tx.last(count).first }
        guard let row else { throw IdentityRefusal.busy }
        let (wait, failures) = try row.decode(Double.self, [Double].self)
        if wait > 0 { throw IdentityRefusal.throttled(retryAfter: max(1, Int(wait.rounded(.up)))) }
        return failures
    }

    private func count(_ device: String, at address: EmailAddress) async throws -> DeviceID? {
        let token = Vault.digest(secret: device, for: .device)
        let addresses = vault.digests(address.text, for: .email)
        return try await database.withTransaction(as: .nobody) { tx in
            try await tx.last(Self.countDevice(token, addresses)).first?.decode(DeviceID?.self) ?? nil
        }
    }

    private func pair(_ address: EmailAddress, _ network: ClientNetwork) -> [UInt8] {
        vault.digest("pair \(address.text) \(network.text)", for: .throttle)
    }
    private func everywhere(_ address: EmailAddress) -> [UInt8] {
        vault.digest("address \(address.text)", for: .throttle)
    }
    private func codes(_ address: EmailAddress) -> [UInt8] { vault.digest("codes \(address.text)", for: .throttle) }
    private func subject(_ network: ClientNetwork) -> [UInt8] {
        vault.digest("network \(network.text)", for: .throttle)
    }

    private static func count(_ subjects: [[UInt8]], _ free: [Int32], _ cap: [Int32], _ leak: [Int32]) -> SQL {
        "SELECT wait, failures FROM consilium.sign_in_attempt(\(subjects), \(free), \(cap), \(leak))"
    }

    private static func countDevice(_ token: [UInt8], _ addresses: [[UInt8]]) -> SQL {
        "SELECT consilium.device_attempt(\(token), \(addresses), \(deviceAttempts))"
    }

    private static func forgive(_ cleared: [[UInt8]], _ total: [UInt8]?, _ eased: [[UInt8]]) -> SQL {
        "SELECT consilium.sign_in_forgive(\(cleared), \(total), \(eased))"
    }
}
