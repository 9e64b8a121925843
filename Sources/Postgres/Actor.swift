package import FoundationEssentials

/// For whom a transaction works: the account that row-level security sees as `consilium.actor`.
package struct Actor: Sendable, Hashable {
    /// The account's id; `nil` for nobody.
    package let id: UUID?
    /// From where it acts, as the audit log keeps it (`consilium.source`); `nil` where nobody asks.
    package let source: UUID?

    package init(_ id: UUID, source: UUID? = nil) {
        self.id = id
        self.source = source
    }

    private init() { (id, source) = (nil, nil) }

    /// No account: what needs none goes through the definer functions.
    package static let nobody = Actor()
}
