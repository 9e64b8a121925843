import Clinic
import Synchronization

/// How much of one kind may be under way at once: in all, of one client network, and of one account. A permit counts
/// until it is given back.
final class ConcurrencyLimiter: Sendable {
    struct Limits: Sendable {
        let total: Int
        /// Of one IPv4 address, or one /64 of IPv6.
        let perNetwork: Int
        var perAccount = Int.max
    }

    /// What is used up.
    enum Full: String, Error, CaseIterable {
        case total, network, account
    }

    /// A place taken; it is free again when it was released, or nobody holds it any more.
    final class Permit: Sendable {
        private let limiter: ConcurrencyLimiter
        private let network: [UInt8]
        private let account: AccountID?
        private let isReleased = Atomic(false)

        fileprivate init(_ limiter: ConcurrencyLimiter, _ network: [UInt8], _ account: AccountID?) {
            (self.limiter, self.network, self.account) = (limiter, network, account)
        }

        deinit { release() }

        func release() {
            guard isReleased.exchange(true, ordering: .relaxed) == false else { return }
            limiter.free(network, account)
        }
    }

    private struct State {
        var count = 0
        var networks: [[UInt8]: Int] = [:]
        var accounts: [AccountID: Int] = [:]
        /// Since when hardly anything was free.
        var fullSince: ContinuousClock.Instant?
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(_ limits: Limits) { self.limits = limits }

    /// How many permits are out.
    var count: Int { state.withLock { $0.count } }

    /// Whether it has been full for so long. A place that is free for a moment, until the next takes it, changes nothing:
    /// a sixteenth must be free.
    func isFull(for duration: Duration) -> Bool {
        state.withLock { $0.fullSince.map { .now - $0 >= duration } ?? false }
    }

    /// - Parameter network: the bytes of a `ClientNetwork`; nil to count it in all only.
    /// - Throws: `Full`.
    func take(network: [UInt8]?, account: AccountID? = nil) throws(Full) -> Permit {
        let full: Full? = state.withLock { state in
            guard state.count < limits.total else { return .total }
            if let account, state.accounts[account, default: 0] >= limits.perAccount { return .account }
            if let network, state.networks[network, default: 0] >= limits.perNetwork { return .network }
            state.count += 1
            if let account { state.accounts[account, default: 0] += 1 }
            if let network { state.networks[network, default: 0] += 1 }
            if state.count == limits.total, state.fullSince == nil { state.fullSince = .now }
            return nil
        }
        if let full { throw full }
        return Permit(self, network ?? [], account)
    }

    private func free(_ network: [UInt8], _ account: AccountID?) {
        state.withLock { state in
            state.count -= 1
            Self.countOut(network, of: &state.networks)
            if let account { Self.countOut(account, of: &state.accounts) }
            if state.count <= limits.total * 15 / 16 { state.fullSince = nil }
        }
    }

    private static func countOut<Key: Hashable>(_ key: Key, of counts: inout [Key: Int]) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
