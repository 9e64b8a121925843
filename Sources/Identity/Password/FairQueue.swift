/// A bounded queue in which those who wait take turns: of each key one element leaves, then of the next key.
struct FairQueue<Key: Hashable & Sendable, Element: Sendable>: Sendable {
    /// How many elements may wait, and of one key half as many, and one at least.
    let limit: Int
    private(set) var count = 0
    private var waiting: [Key: [Element]] = [:]
    /// The keys that wait, in the order of their turns.
    private var turns: [Key] = []

    init(limit: Int) { self.limit = max(0, limit) }

    /// What became of an element that came.
    enum Entry {
        case waits
        /// The queue was full, and who had most waiting gave up their last for this one.
        case displaced(Element)
        /// This key has as many waiting as it may.
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
        // Displacing is for who has clearly fewer: else two that are alike would displace each other.
        guard let most = waiting.max(by: { $0.value.count < $1.value.count }), most.value.count >= own + 2,
            let last = removeLast(of: most.key)
        else { return .full }
        append(element, of: key)
        return .displaced(last)
    }

    /// The first element of whose turn it is; who has more waits for the next turn behind the others.
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
