package import Clinic
package import Postgres
package import Vault

/// How many mails may go to an address that somebody typed, and whose owner may not have asked for any.
///
/// All gateways count together, in the buckets of `rate_take`, within the transaction that adds the mail: what is rolled
/// back is not counted.
package struct MailBudget: Sendable {
    /// What a mail is for. Each purpose has a budget of its own.
    package enum Purpose: String, Sendable, CaseIterable {
        case signUp, reset, emailChange, device, invitation, clinician
    }

    /// A budget that is used up. Only a signed-in person is told, about an address that they typed themselves.
    package enum Exhausted: Error, Equatable {
        /// The address has received enough mails.
        case address(retryAfter: Int)
        /// The account has sent enough mails to others.
        case account(retryAfter: Int)
    }

    /// So many at once, and then one every so many seconds.
    private struct Limit {
        let capacity: Int32
        let seconds: Double

        /// To one address, from one requester.
        static let requester = Limit(capacity: 3, seconds: 600)
        /// To one address, from everybody.
        static let everybody = Limit(capacity: 10, seconds: 300)
        /// The first mail to an address from a requester in a while.
        static let first = Limit(capacity: 1, seconds: 6 * 3600)
        /// To one address, first mails of further requesters when everybody's budget is used up.
        static let newcomers = Limit(capacity: 20, seconds: 1800)
        /// From one account, to anybody: 20 a day.
        static let account = Limit(capacity: 20, seconds: 86_400 / 20)
    }

    private let vault: Vault

    package init(vault: Vault) { self.vault = vault }

    /// Whether one more mail of a purpose may go to an address: three at once and then one every ten minutes for each
    /// requester; ten at once and then one every five minutes for all of them. A refusal is not shown to the requester,
    /// because it would reveal who receives mails.
    ///
    /// Strangers can use up the common budget. The address's owner still gets through: a requester's first mail in six hours
    /// has a budget of its own, 20 at once and then one every half an hour.
    /// - Parameter address: in normal form.
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
    /// - Throws: `Exhausted.account`.
    package func spend(by account: AccountID, in tx: Transaction) async throws {
        if let seconds = try await wait("mail by \(account)", .account, in: tx) {
            throw Exhausted.account(retryAfter: seconds)
        }
    }

    /// Counts a mail that an account has sent to somebody else, and to this address.
    /// - Throws: `Exhausted`.
    package func spend(
        to address: String, for purpose: Purpose, by account: AccountID, in tx: Transaction
    ) async throws {
        guard try await mayWrite(to: address, for: purpose, by: .account(account), in: tx) else {
            throw Exhausted.address(retryAfter: Int(Limit.requester.seconds))
        }
        try await spend(by: account, in: tx)
    }

    /// Takes one from a bucket; when it is empty, returns after how many seconds it will not be.
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
