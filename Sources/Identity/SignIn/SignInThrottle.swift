import Clinic
import Postgres
import Vault

/// Slows guessing down, whichever gateway is asked: an attempt is counted before it is judged, and forgiven when it was
/// right, so that guesses side by side count as well as guesses in a row.
struct SignInThrottle: Sendable {
    let database: Database
    let vault: Vault

    /// How often in a row may be wrong for nothing, the longest wait after that, and in what time as many as are free
    /// are forgotten.
    private struct Limit {
        let free: Int32
        let capSeconds: Int32
        let leakSeconds: Int32

        /// NIST SP 800-63B-4 §3.2.2 asks for at most 100 in a row; with a wait of 15 minutes a guesser has some 100 a day.
        static let address = Limit(free: 5, capSeconds: 900, leakSeconds: 86_400)
        /// Many people share a network.
        static let network = Limit(free: 100, capSeconds: 60, leakSeconds: 3600)
    }

    /// Counts an attempt at an address from a network, in a transaction of its own.
    /// - Throws: `IdentityRefusal.throttled`, and then counts nothing.
    func attempt(_ address: EmailAddress, network: ClientNetwork?) async throws {
        var subjects = [subject(address)]
        var limits = [Limit.address]
        if let network {
            subjects.append(subject(network))
            limits.append(.network)
        }
        let count = Self.count(
            subjects, limits.map(\.free), limits.map(\.capSeconds), limits.map(\.leakSeconds))
        let wait = try await database.withTransaction(as: .nobody) { tx in
            try await tx.last(count).first?.decode(Double.self) ?? 0
        }
        if wait > 0 { throw IdentityRefusal.throttled(retryAfter: max(1, Int(wait.rounded(.up)))) }
    }

    /// Forgives what is held against an address, and one attempt of the network.
    func forgive(_ address: EmailAddress?, network: ClientNetwork?) async throws {
        try await database.withTransaction(as: .nobody) { tx in
            try await forgive(address, network: network, in: tx)
        }
    }

    func forgive(_ address: EmailAddress?, network: ClientNetwork?, in tx: Transaction) async throws {
        try await tx.execute(Self.forgive(address.map(subject), network.map(subject)))
    }

    private func subject(_ address: EmailAddress) -> [UInt8] { vault.digest("address \(address.text)", for: .throttle) }
    private func subject(_ network: ClientNetwork) -> [UInt8] {
        vault.digest("network \(network.text)", for: .throttle)
    }

    private static func count(_ subjects: [[UInt8]], _ free: [Int32], _ cap: [Int32], _ leak: [Int32]) -> SQL {
        "SELECT consilium.sign_in_attempt(\(subjects), \(free), \(cap), \(leak))"
    }

    private static func forgive(_ address: [UInt8]?, _ network: [UInt8]?) -> SQL {
        "SELECT consilium.sign_in_forgive(\(address), \(network))"
    }
}

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
