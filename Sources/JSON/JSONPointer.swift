/// Where in a JSON text a value stands (RFC 6901), such as `/licences/1/state`.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The reference tokens from the root, unescaped.
    package private(set) var tokens: [String] = []

    package init(_ tokens: [String] = []) { self.tokens = tokens }

    package mutating func push(_ token: String) { tokens.append(token) }
    package mutating func pop() { tokens.removeLast() }

    /// The pointer of a member or element below this one.
    package func appending(_ token: String) -> JSONPointer { JSONPointer(tokens + [token]) }

    /// Whether the other stands below this one, or is the same.
    package func covers(_ other: JSONPointer) -> Bool { other.tokens.starts(with: tokens) }

    /// Names that nobody gave a field may be as long as a body: of each the first 64 characters are told.
    package var description: String {
        tokens.map { "/" + String($0.unicodeScalars.prefix(64)).replacing("~", with: "~0").replacing("/", with: "~1") }
            .joined()
    }
}
