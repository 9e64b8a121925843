/// Of which versions of a thing a change is meant: what `If-Match` names (RFC 9110 §13.1.1).
package enum ExpectedVersion: Sendable, Hashable {
    /// Whichever there is.
    case any
    /// One of these; none of them matches where the tags that were sent are no versions.
    case among(Set<Int>)

    /// This version alone.
    package init(_ version: Int) { self = .among([version]) }

    /// Whether the change is meant for the version that there is.
    package func holds(for current: Int) -> Bool {
        switch self {
        case .any: true
        case .among(let versions): versions.contains(current)
        }
    }
}

extension ExpectedVersion: ExpressibleByIntegerLiteral {
    package init(integerLiteral version: Int) { self.init(version) }
}
