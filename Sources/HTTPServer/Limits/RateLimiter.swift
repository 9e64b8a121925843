import Clinic
import Crypto
import FoundationEssentials
import Postgres

/// How often accounts and addresses may ask, counted once for all gateways in PostgreSQL. A gateway takes tokens in
/// small batches and spends them from memory, so that most requests ask no database. When the database is away the
/// limit is not enforced: the request will find that out itself.
actor RateLimiter {
    enum Key: Hashable, Sendable {
        case account(AccountID)
        case address(String)
        /// The public routes, by address.
        case publicRoute(String)
    }

    private struct Lease {
        var tokens: Int
        var until: ContinuousClock.Instant
        /// Seconds to wait, when there were none.
        var refusedFor: Double?
    }

    /// Tokens not spent by then are lost, which errs on the strict side.
    private static let leaseTime: Duration = .seconds(10)
    private static let leaseCount = 100_000

    private let settings: GatewaySettings
    private let database: Database
    private var leases: [Key: Lease] = [:]
    private var renewals: [Key: Task<Lease?, Never>] = [:]

    init(_ settings: GatewaySettings, _ database: Database) {
        self.settings = settings
        self.database = database
    }

    /// Takes one token.
    /// - Throws: `Problem` `too-many-requests` with the seconds to wait.
    func takeOne(of key: Key) async throws {
        while true {
            if var lease = leases[key], lease.until > .now {
                if let seconds = lease.refusedFor {
                    throw Problem(.tooManyRequests, retryAfter: max(1, Int(seconds.rounded(.up))))
                }
                if lease.tokens > 0 {
                    lease.tokens -= 1
                    leases[key] = lease
                    return
                }
            }
            if await !renew(key) { return }
        }
    }

    /// Fetches a lease; all who wait for the same key share one round trip. False when the database did not answer.
    private func renew(_ key: Key) async -> Bool {
        let task: Task<Lease?, Never>
        if let running = renewals[key] {
            task = running
        } else {
            let (bucket, rate, database) = (Self.bucket(key), rate(of: key), database)
            task = Task { await Self.lease(bucket, rate, database) }
            renewals[key] = task
        }
        let lease = await task.value
        // Whoever comes back first stores it for all.
        if renewals[key] == task {
            renewals[key] = nil
            if leases.count > Self.leaseCount { leases = leases.filter { $0.value.until > .now } }
            leases[key] = lease
        }
        return lease != nil
    }

    private func rate(of key: Key) -> GatewaySettings.Rate {
        switch key {
        case .account: settings.accountRate
        case .address: settings.addressRate
        case .publicRoute: settings.publicRate
        }
    }

    /// The bucket's name: a digest, because an address is personal.
    private static func bucket(_ key: Key) -> [UInt8] {
        let bytes: [UInt8] =
            switch key {
            case .account(let id): [1] + Array(id.description.utf8)
            case .address(let address): [2] + ClientNetwork(address: address).bytes
            case .publicRoute(let address): [3] + ClientNetwork(address: address).bytes
            }
        return Array(SHA256.hash(data: bytes).prefix(16))
    }

    private static func lease(
        _ bucket: [UInt8], _ rate: GatewaySettings.Rate, _ database: Database
    ) async -> Lease? {
        let wanted = max(1, rate.capacity / 10)
        do {
            let row = try await database.withTransaction(as: .nobody) { tx in
                try await tx.last(take(wanted, of: bucket, rate)).first
            }
            guard let row else { return nil }
            let (granted, retryAfter) = try row.decode(Int32.self, Double.self)
            if granted > 0 { return Lease(tokens: Int(granted), until: .now + leaseTime, refusedFor: nil) }
            return Lease(
                tokens: 0, until: .now + .seconds(min(retryAfter, 1)), refusedFor: retryAfter)
        } catch {
            return nil
        }
    }

    /// What a limit's lease asks, of a bucket that nobody has. A new connection runs it before it is used.
    static var warmUp: [SQL] { [take(1, of: Array(UUID().uuidString.utf8), .account(perMinute: 1))] }

    private static func take(_ wanted: Int, of bucket: [UInt8], _ rate: GatewaySettings.Rate) -> SQL {
        """
        SELECT granted, retry_after
        FROM consilium.rate_take(\(bucket), \(Int32(wanted)), \(Int32(rate.capacity)), \(rate.perSecond))
        """
    }
}
