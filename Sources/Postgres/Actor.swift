package import FoundationEssentials

/// For whom a transaction works: the account that row-level security sees as `consilium.actor`.
package struct Actor: Sendable, Hashable {
    /// The account's id; `nil` for nobody.
    package let id: UUID?

    package init(_ id: UUID) { self.id = id }

    private init() { id = nil }

    /// No account: what needs none goes through the definer functions.
    package static let nobody = Actor()
}
