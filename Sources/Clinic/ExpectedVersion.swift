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

    /// Whether the change is meant for a thing that is not there yet.
    package var holdsForNone: Bool {
        switch self {
        case .any, .among: false
        case .besides(_, let orNone): orNone
        case .absent: true
        }
    }

    /// - Parameter current: the version that there is; nil where there is none, and the change cannot make the thing.
    /// - Throws: `VersionRefusal.changedMeanwhile` where the change is meant for another version.
    package func check(_ current: Int?) throws(VersionRefusal) {
        guard let current, holds(for: current) else { throw .changedMeanwhile }
    }

    /// As ``check(_:)``, for what only somebody who has seen it may sign or overwrite.
    /// - Throws: also `VersionRefusal.needed` where no version is named.
    package func checkSeen(_ current: Int) throws(VersionRefusal) {
        try check(current)
        guard namesVersions else { throw .needed }
    }

    /// Whether the versions are named that the change is meant for.
    package var namesVersions: Bool { if case .among = self { true } else { false } }
}

extension ExpectedVersion? {
    /// As ``ExpectedVersion/checkSeen(_:)``, for a change that also makes the thing, for which no version need be named.
    /// - Parameter current: the version that there is; nil where there is none.
    package func checkSeen(orMade current: Int?) throws(VersionRefusal) {
        guard let current else {
            guard self?.holdsForNone ?? true else { throw .changedMeanwhile }
            return
        }
        guard let self else { throw .needed }
        try self.checkSeen(current)
    }
}

extension ExpectedVersion: ExpressibleByIntegerLiteral {
    package init(integerLiteral version: Int) { self.init(version) }
}

/// Why a change is refused for the version that it names.
package enum VersionRefusal: Error, Hashable, Sendable {
    /// It is no longer the current one.
    case changedMeanwhile
    /// The change must name the version that its author has seen.
    case needed
}
