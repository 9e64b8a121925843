/// The statements that one connection has prepared, at most `capacity`. A new one replaces the least recently used.
struct StatementCache {
    struct Entry {
        let name: String
        let types: [UInt32]
        var lastUse: UInt64
    }

    /// What to do before a statement can be executed.
    enum Plan {
        case ready(name: String)
        case prepare(name: String, dropping: String?)
    }

    let capacity: Int
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// Finds the statement, or gives it a name and removes another one if necessary.
    mutating func plan(_ sql: SQL) -> Plan {
        uses += 1
        var dropped: String?
        if let index = entries.index(forKey: sql.text) {
            let name = entries.values[index].name
            if entries.values[index].types.elementsEqual(sql.binds.lazy.map(\.oid)) {
                entries.values[index].lastUse = uses
                return .ready(name: name)
            }
            entries.remove(at: index)
            dropped = name
        } else if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries.removeValue(forKey: oldest.key)
            dropped = oldest.value.name
        }
        names += 1
        let name = "s\(names)"
        entries[sql.text] = Entry(name: name, types: sql.binds.map(\.oid), lastUse: uses)
        return .prepare(name: name, dropping: dropped)
    }

    /// Removes a statement that was not prepared, or whose plan the server refuses.
    mutating func forget(_ text: String) {
        entries.removeValue(forKey: text)
    }
}
