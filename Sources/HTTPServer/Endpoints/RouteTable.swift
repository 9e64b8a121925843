import HTTPTypes

/// Finds the endpoint of a path. Fixed segments win over parameters, longer endings over shorter ones.
struct RouteTable: Sendable {
    /// What a path leads to.
    enum Match: Sendable {
        case endpoint(Endpoint, index: Int, parameters: [String: String])
        /// The path exists, the method does not.
        case otherMethods([HTTPRequest.Method])
        case nothing

        /// Whether an event stream would answer.
        var isStream: Bool {
            if case .endpoint(let endpoint, _, _) = self { endpoint.bodyMode == .stream } else { false }
        }
    }

    /// Two endpoints claim the same method and path.
    struct Ambiguous: Error, CustomStringConvertible {
        let route: String
        var description: String { "two endpoints answer \(route)" }
    }

    private struct Branch: Sendable {
        let name: String
        let suffix: String
        var node: Node
    }

    private struct Node: Sendable {
        var literals: [String: Node] = [:]
        var branches: [Branch] = []
        var endpoints: [HTTPRequest.Method: Int] = [:]
    }

    private let endpoints: [Endpoint]
    private var root = Node()

    init(_ endpoints: [Endpoint]) throws {
        self.endpoints = endpoints
        for (index, endpoint) in endpoints.enumerated() {
            try Self.insert(index, endpoint, endpoint.template.segments[...], into: &root)
        }
    }

    private static func insert(
        _ index: Int, _ endpoint: Endpoint, _ segments: ArraySlice<PathTemplate.Segment>, into node: inout Node
    ) throws {
        guard let segment = segments.first else {
            guard node.endpoints.updateValue(index, forKey: endpoint.method) == nil else {
                throw Ambiguous(route: "\(endpoint.method.rawValue) \(endpoint.template.text)")
            }
            return
        }
        switch segment {
        case .literal(let text):
            try insert(index, endpoint, segments.dropFirst(), into: &node.literals[text, default: Node()])
        case .parameter(let name, let suffix):
            var at = node.branches.firstIndex { $0.name == name && $0.suffix == suffix }
            if at == nil {
                let place = node.branches.firstIndex { $0.suffix.count < suffix.count } ?? node.branches.endIndex
                node.branches.insert(Branch(name: name, suffix: suffix, node: Node()), at: place)
                at = place
            }
            if let at { try insert(index, endpoint, segments.dropFirst(), into: &node.branches[at].node) }
        }
    }

    /// - Parameter path: the path as it came, still percent-encoded.
    func match(_ method: HTTPRequest.Method, _ path: some StringProtocol) -> Match {
        guard path.hasPrefix("/") else { return .nothing }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        var segments: [String] = []
        for part in parts {
            guard let decoded = percentDecoded(part) else { return .nothing }
            segments.append(decoded)
        }
        var allowed: Set<HTTPRequest.Method> = []
        if let found = find(method, segments[...], in: root, parameters: [:], allowed: &allowed) { return found }
        if allowed.isEmpty { return .nothing }
        if allowed.contains(.get) { allowed.insert(.head) }
        return .otherMethods(allowed.sorted { $0.rawValue < $1.rawValue })
    }

    private func find(
        _ method: HTTPRequest.Method, _ segments: ArraySlice<String>, in node: Node, parameters: [String: String],
        allowed: inout Set<HTTPRequest.Method>
    ) -> Match? {
        guard let segment = segments.first else {
            if let index = node.endpoints[method] ?? (method == .head ? node.endpoints[.get] : nil) {
                return .endpoint(endpoints[index], index: index, parameters: parameters)
            }
            allowed.formUnion(node.endpoints.keys)
            return nil
        }
        if let next = node.literals[segment],
            let found = find(method, segments.dropFirst(), in: next, parameters: parameters, allowed: &allowed)
        {
            return found
        }
        for branch in node.branches where segment.count > branch.suffix.count && segment.hasSuffix(branch.suffix) {
            var filled = parameters
            filled[branch.name] = String(segment.dropLast(branch.suffix.count))
            if let found = find(method, segments.dropFirst(), in: branch.node, parameters: filled, allowed: &allowed) {
                return found
            }
        }
        return nil
    }
}
