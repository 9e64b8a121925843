import Testing

@testable import Postgres

@Suite("Prepared statements of a connection", .timeLimit(.minutes(5)))
struct StatementCacheTests {
    @Test("A statement is prepared once, whatever its values")
    func reuses() {
        var cache = StatementCache(capacity: 2)
        guard case .prepare(let name, nil) = cache.plan("SELECT \(1)") else { return #expect(Bool(false)) }
        guard case .ready(name) = cache.plan("SELECT \(2)") else { return #expect(Bool(false)) }
    }

    @Test("The one that was unused for longest makes room")
    func evicts() {
        var cache = StatementCache(capacity: 2)
        guard case .prepare = cache.plan("SELECT 1"), case .prepare(let second, nil) = cache.plan("SELECT 2"),
            case .ready = cache.plan("SELECT 1")
        else { return #expect(Bool(false)) }
        guard case .prepare(_, second?) = cache.plan("SELECT 3") else { return #expect(Bool(false)) }
        #expect(cache.count == 2)
    }

    @Test("The same text with other types is another statement")
    func distinguishesTypes() {
        var cache = StatementCache(capacity: 2)
        guard case .prepare(let first, nil) = cache.plan("SELECT \(1)") else { return #expect(Bool(false)) }
        guard case .prepare(_, first?) = cache.plan("SELECT \(true)") else { return #expect(Bool(false)) }
        #expect(cache.count == 1)
    }

    @Test("A statement whose preparation failed is prepared anew, under another name")
    func forgets() {
        var cache = StatementCache(capacity: 2)
        guard case .prepare(let first, nil) = cache.plan("SELECT 1") else { return #expect(Bool(false)) }
        cache.forget("SELECT 1")
        guard case .prepare(let second, nil) = cache.plan("SELECT 1") else { return #expect(Bool(false)) }
        #expect(first != second)
    }
}
