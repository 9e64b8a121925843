import Clinic
import Postgres
import TypedText
import Vault

/// Slows guessing down, whichever gateway is asked: an attempt is counted before it is judged, and forgiven when it was
/// right, so that guesses side by side count as well as guesses in a row.
///
/// What makes somebody wait is counted by the pair of address and network, so that strangers elsewhere hold nobody up.
/// What is counted over all networks makes nobody wait: beyond 100 failures (NIST SP 800-63B-4 §3.2.2) a device that
/// the account does not know needs a further proof. A known device has attempts of its own.
///
/// Subjects are digested by the current look-up key alone. Another one starts the counts anew, and gateways of the old and
/// of the new key count apart: each rotation is worth one more count of each subject to a guesser, and no more.
struct SignInThrottle: Sendable {
    let database: Database
    let vault: Vault

    /// How often in a row may be wrong for nothing, the longest wait after that, and in what time as many as are free
    /// are forgotten.
    private struct Limit {
        let free: Int32
        let capSeconds: Int32
        let leakSeconds: Int32

        /// An address from one network; with a wait of 15 minutes a guesser has some 100 a day.
        static let pair = Limit(free: 5, capSeconds: 900, leakSeconds: 86_400)
        /// Many people share a network.
        static let network = Limit(free: 100, capSeconds: 60, leakSeconds: 3600)
        /// An address, or the codes of one, over all networks: nobody waits for it.
        static let everywhere = Limit(free: 100, capSeconds: 0, leakSeconds: 30 * 86_400)
    }

    /// How often a known device may be wrong in a row, before it counts as unknown.
    private static let deviceAttempts: Int32 = 20

    /// An attempt that may be judged.
    struct Attempt: Sendable {
        let address: EmailAddress
        let network: ClientNetwork
        /// The known device that it came from.
        let device: DeviceID?
        /// Whether the right password is not enough: it was guessed at too often, and the device is unknown.
        let isGuarded: Bool

        var requester: Requester { device.map(Requester.device) ?? .network(network) }
    }

    /// Counts an attempt at an address, in transactions of their own.
    /// - Parameter device: the token that an earlier sign-in gave to the device.
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

    /// Counts a code that is shown with the right password from an unknown device. True when so many were wrong, over
    /// all networks, that a code is not enough.
    func attemptCode(at address: EmailAddress) async throws -> Bool {
        try await count([(codes(address), .everywhere)])[0] > Double(Limit.everywhere.free)
    }

    /// The password was right and a code is missing: that is no guess of a network that many share. The pair of address
    /// and network stays counted until the code was right, too.
    func ease(_ attempt: Attempt) async throws {
        if attempt.device == nil { try await forgive([], total: nil, eased: [subject(attempt.network)]) }
    }

    /// After a sign-in: what this network was wrong about the address is forgotten, also over all networks, and one
    /// attempt less counts against the network and the codes. What others guessed elsewhere stays.
    func forgive(_ attempt: Attempt, in tx: Transaction) async throws {
        guard attempt.device == nil else { return }
        try await tx.execute(
            Self.forgive(
                [pair(attempt.address, attempt.network)], everywhere(attempt.address),
                [subject(attempt.network), codes(attempt.address)]))
    }

    /// After a new password: what was guessed at the old one says nothing any more.
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
