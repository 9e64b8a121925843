/// A bounded queue in which keys take turns: one element of each key leaves, then one of the next.
struct FairQueue<Key: Hashable & Sendable, Element: Sendable>: Sendable {
    /// How many elements may wait; half as many of one key, and at least one.
    let limit: Int
    private(set) var count = 0
    private var waiting: [Key: [Element]] = [:]
    /// The waiting keys, in the order of their turns.
    private var turns: [Key] = []

    init(limit: Int) { self.limit = max(0, limit) }

    /// What happened to an added element.
    enum Entry {
        case waits
        /// The queue was full, and the key with the most waiting elements gave up its last one.
        case displaced(Element)
        /// This key has as many waiting elements as it may.
        case overShare
        case full
    }

    mutating func add(_ element: Element, of key: Key) -> Entry {
        let own = waiting[key]?.count ?? 0
        guard own < max(1, limit / 2) else { return .overShare }
        guard count >= limit else {
            append(element, of: key)
            return .waits
        }
        // Only a key with clearly fewer elements displaces: else two equal keys would displace each other.
        guard let most = waiting.max(by: { $0.value.count < $1.value.count }), most.value.count >= own + 2,
            let last = removeLast(of: most.key)
        else { return .full }
        append(element, of: key)
        return .displaced(last)
    }

    /// The first element of the key whose turn it is. If the key has more, it waits for its next turn after the others.
    mutating func removeNext() -> Element? {
        guard let key = turns.first, var elements = waiting[key], !elements.isEmpty else { return nil }
        turns.removeFirst()
        let element = elements.removeFirst()
        count -= 1
        waiting[key] = elements.isEmpty ? nil : elements
        if !elements.isEmpty { turns.append(key) }
        return element
    }

    private mutating func append(_ element: Element, of key: Key) {
        if waiting[key] == nil { turns.append(key) }
        waiting[key, default: []].append(element)
        count += 1
    }

    private mutating func removeLast(of key: Key) -> Element? {
        guard let element = waiting[key]?.popLast() else { return nil }
        count -= 1
        if waiting[key]?.isEmpty == true {
            waiting[key] = nil
            turns.removeAll { $0 == key }
        }
        return element
    }
}
