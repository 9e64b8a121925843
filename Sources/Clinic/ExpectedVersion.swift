/// Of which versions of a thing a change is meant: what `If-Match` and `If-None-Match` name (RFC 9110 §13.1.1, §13.1.2).
package enum ExpectedVersion: Sendable, Hashable {
    /// Whichever there is.
    case any
    /// One of these; none of them matches where the tags that were sent are no versions.
    case among(Set<Int>)
    /// Any but these; or none at all, if that may be.
    case besides(Set<Int>, orNone: Bool)
    /// None: the change makes the thing.
    case absent

    /// This version alone.
    package init(_ version: Int) { self = .among([version]) }

    /// Whether the change is meant for the version that there is.
    package func holds(for current: Int) -> Bool {
        switch self {
        case .any: true
        case .among(let versions): versions.contains(current)
        case .besides(let versions, _): !versions.contains(current)
        case .absent: false
        }
    }

    /// Whether the versions are named that the change is meant for: what somebody signs they have seen.
    package var namesVersions: Bool { if case .among = self { true } else { false } }

    /// Whether the change is meant for a thing that is not there yet.
    package var holdsForNone: Bool {
        switch self {
        case .any, .among: false
        case .besides(_, let orNone): orNone
        case .absent: true
        }
    }
}

extension ExpectedVersion: ExpressibleByIntegerLiteral {
    package init(integerLiteral version: Int) { self.init(version) }
}
