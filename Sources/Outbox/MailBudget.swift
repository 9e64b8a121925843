package import Clinic
package import Postgres
package import Vault

/// How many mails may go to an address that somebody merely typed: whoever reads there has asked for none of them.
///
/// Counted once for all gateways, in the buckets of `rate_take`, within the transaction that mails: what is rolled back was
/// not sent, and is not counted.
package struct MailBudget: Sendable {
    /// What a mail is for. Each has a budget of its own, so that none is spent by another.
    package enum Purpose: String, Sendable, CaseIterable {
        case signUp, reset, emailChange, device, invitation, clinician
    }

    /// A budget that is used up, for who may be told: they wrote the address themselves, and are signed in.
    package enum Spent: Error, Equatable {
        /// The address was written to often enough.
        case address(retryAfter: Int)
        /// The account has mailed others often enough, whoever they are.
        case account(retryAfter: Int)
    }

    /// So many at once, then one in so many seconds.
    private struct Limit {
        let capacity: Int32
        let seconds: Double

        /// An address, from one requester.
        static let requester = Limit(capacity: 3, seconds: 600)
        /// An address, from everybody.
        static let everybody = Limit(capacity: 10, seconds: 300)
        /// Whether an address has had nothing from a requester of late.
        static let first = Limit(capacity: 1, seconds: 6 * 3600)
        /// An address, from requesters who come late and for the first time, when everybody's is used up.
        static let newcomers = Limit(capacity: 20, seconds: 1800)
        /// An account, to whomever: 20 a day.
        static let account = Limit(capacity: 20, seconds: 86_400 / 20)
    }

    private let vault: Vault

    package init(vault: Vault) { self.vault = vault }

    /// Whether one more mail of a purpose may go to an address: three at once, then one in ten minutes for each requester;
    /// ten at once, then one in five minutes for all of them. Nobody is told, for that would tell who is written to.
    ///
    /// Strangers can use up what all have together, and the address's owner is no worse off for it: a requester's first mail
    /// in six hours is beyond what strangers took, and so are 20 such at once, then one in half an hour.
    /// - Parameter address: in the one form in which its spellings are compared.
    package func mayWrite(
        to address: String, for purpose: Purpose, by requester: Requester, in tx: Transaction
    ) async throws -> Bool {
        func take(_ name: String, _ limit: Limit) async throws -> Bool {
            try await wait("mail \(purpose.rawValue) \(address) \(name)", limit, in: tx) == nil
        }
        guard try await take(requester.text, .requester) else { return false }
        let isFirst = try await take("first \(requester.text)", .first)
        if try await take("all", .everybody) { return true }
        guard isFirst else { return false }
        return try await take("newcomers", .newcomers)
    }

    /// Counts a mail that an account has sent to somebody else.
    /// - Throws: `Spent.account`.
    package func spend(by account: AccountID, in tx: Transaction) async throws {
        if let seconds = try await wait("mail by \(account)", .account, in: tx) {
            throw Spent.account(retryAfter: seconds)
        }
    }

    /// Counts a mail that an account has sent to somebody else, and to this address.
    /// - Throws: `Spent`.
    package func spend(
        to address: String, for purpose: Purpose, by account: AccountID, in tx: Transaction
    ) async throws {
        guard try await mayWrite(to: address, for: purpose, by: .account(account), in: tx) else {
            throw Spent.address(retryAfter: Int(Limit.requester.seconds))
        }
        try await spend(by: account, in: tx)
    }

    /// Takes one from a bucket; returns after how many seconds there will be one when there was none.
    private func wait(_ name: String, _ limit: Limit, in tx: Transaction) async throws -> Int? {
        let bucket = vault.digest(name, for: .throttle)
        let row = try await tx.first(Self.take(bucket, limit.capacity, 1 / limit.seconds))
        guard let (granted, retryAfter) = try row?.decode(Int32.self, Double.self), granted < 1 else { return nil }
        return max(1, Int(retryAfter.rounded(.up)))
    }

    private static func take(_ bucket: [UInt8], _ capacity: Int32, _ perSecond: Double) -> SQL {
        "SELECT granted, retry_after FROM consilium.rate_take(\(bucket), 1, \(capacity), \(perSecond))"
    }
}
