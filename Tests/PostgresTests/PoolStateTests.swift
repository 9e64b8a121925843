import Testing

@testable import Postgres

@Suite("What a pool decides", .timeLimit(.minutes(5)))
struct PoolStateTests {
    private let start = ContinuousClock.now
    private func deadline(_ seconds: Int = 2) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// A pool with `count` idle connections, numbered from 1.
    private func pool(limit: Int, open count: Int) -> PoolState {
        var pool = PoolState(limit: limit)
        for waiter in 0..<count { _ = pool.enqueue(-1 - waiter, until: deadline(), at: start) }
        for member in 1...count { _ = pool.opened(member, at: start) }
        for member in 1...count { _ = pool.release(member, at: start) }
        return pool
    }

    @Test("The first who asks gets a connection opened")
    func opens() {
        var pool = PoolState(limit: 2)
        #expect(pool.takeIdle() == nil)
        #expect(pool.enqueue(1, until: deadline(), at: start) == [.open(member: 1)])
        #expect(pool.opened(1, at: start) == [.grant(member: 1, waiter: 1)])
    }

    @Test("No more are opened than the limit")
    func isBounded() {
        var pool = PoolState(limit: 2)
        let opened = (1...5).flatMap { pool.enqueue($0, until: deadline(), at: start) }
        #expect(opened == [.open(member: 1), .open(member: 2)])
        #expect(pool.size == 2)
    }

    @Test("Who came first is served first, and nobody overtakes")
    func isFair() {
        var pool = pool(limit: 1, open: 1)
        #expect(pool.takeIdle() == 1)
        for waiter in [7, 8] { #expect(pool.enqueue(waiter, until: deadline(), at: start) == []) }
        #expect(pool.takeIdle() == nil)
        #expect(pool.release(1, at: start) == [.grant(member: 1, waiter: 7)])
        #expect(pool.takeIdle() == nil)
        #expect(pool.release(1, at: start) == [.grant(member: 1, waiter: 8)])
        #expect(pool.release(1, at: start) == [])
        #expect(pool.takeIdle() == 1)
    }

    @Test("Who waited until the deadline is refused, and not before")
    func refusesTheLate() {
        var pool = pool(limit: 1, open: 1)
        #expect(pool.takeIdle() == 1)
        _ = pool.enqueue(7, until: deadline(1), at: start)
        _ = pool.enqueue(8, until: deadline(2), at: start)
        #expect(pool.tick(at: start + .milliseconds(999)) == [])
        #expect(pool.tick(at: deadline(1)) == [.refuse(waiter: 7, .busy)])
        #expect(pool.release(1, at: deadline(1)) == [.grant(member: 1, waiter: 8)])
    }

    @Test("Who has less time than those before them is refused at their own deadline, and the line keeps its order")
    func refusesTheHasty() {
        var pool = pool(limit: 1, open: 1)
        #expect(pool.takeIdle() == 1)
        for (waiter, seconds) in [(7, 3), (8, 1), (9, 2)] {
            _ = pool.enqueue(waiter, until: deadline(seconds), at: start)
        }
        #expect(pool.tick(at: deadline(1)) == [.refuse(waiter: 8, .busy)])
        #expect(pool.release(1, at: deadline(1)) == [.grant(member: 1, waiter: 7)])
        #expect(pool.tick(at: deadline(2)) == [.refuse(waiter: 9, .busy)])
    }

    @Test("A pool is filled once, whatever is open, and not again after its end")
    func fills() {
        var pool = pool(limit: 3, open: 1)
        #expect(pool.fill() == [.open(member: 2), .open(member: 3)])
        #expect(pool.isOpening)
        #expect(pool.fill() == [])
        #expect(pool.opened(2, at: start) == [])
        pool.failedToOpen(3, jitter: 1, at: start)
        #expect(!pool.isOpening)
        #expect(pool.fill() == [.open(member: 4)])
        _ = pool.shutDown()
        #expect(pool.fill() == [])
    }

    @Test("Who withdrew is neither served nor refused")
    func withdraws() {
        var pool = pool(limit: 1, open: 1)
        #expect(pool.takeIdle() == 1)
        _ = pool.enqueue(7, until: deadline(), at: start)
        let withdrawals = [pool.withdraw(7), pool.withdraw(7)]
        #expect(withdrawals == [true, false])
        #expect(pool.release(1, at: start) == [])
        #expect(pool.tick(at: deadline()) == [])
    }

    @Test("The pause between attempts grows to its bound, and one attempt at a time is made")
    func backsOff() {
        var pool = PoolState(limit: 4)
        var now = start
        var member = 1
        var pauses: [Duration] = []
        for waiter in 1...3 { _ = pool.enqueue(waiter, until: deadline(600), at: now) }
        for member in 1...3 { pool.failedToOpen(member, jitter: 1, at: now) }
        member = 3
        for _ in 0..<10 {
            let failed = now
            var actions: [PoolState.Action] = []
            while actions.isEmpty {
                now += .milliseconds(50)
                actions = pool.tick(at: now)
            }
            member += 1
            #expect(actions == [.open(member: member)])
            pauses.append(now - failed)
            pool.failedToOpen(member, jitter: 1, at: now)
        }
        #expect(pauses == pauses.sorted())
        #expect(pauses.last == PoolState.longestPause)
    }

    @Test("While the database cannot be reached, the late are told so")
    func tellsUnreachable() {
        var pool = PoolState(limit: 1)
        _ = pool.enqueue(1, until: deadline(), at: start)
        pool.failedToOpen(1, jitter: 0, at: start)
        #expect(pool.tick(at: deadline()).first == .refuse(waiter: 1, .unreachable))
    }

    @Test("A connection that breaks makes room for another, wherever it was")
    func replaces() {
        var pool = pool(limit: 1, open: 1)
        #expect(pool.lost(1, at: start) == [])
        #expect(pool.isEmpty)
        #expect(pool.enqueue(1, until: deadline(), at: start) == [.open(member: 2)])
        _ = pool.opened(2, at: start)
        _ = pool.enqueue(2, until: deadline(), at: start)
        #expect(pool.lost(2, at: start) == [.open(member: 3)])
        #expect(pool.release(2, at: start) == [], "a lost connection does not come back")
        #expect(pool.size == 1)
    }

    @Test("A pool that is shut down refuses those who wait and closes what comes back")
    func shutsDown() {
        var pool = pool(limit: 2, open: 2)
        #expect(pool.takeIdle() == 2)
        #expect(pool.shutDown() == [.close(member: 1)])
        #expect(pool.enqueue(1, until: deadline(), at: start) == [.refuse(waiter: 1, .unreachable)])
        #expect(pool.takeIdle() == nil)
        #expect(pool.release(2, at: start) == [.close(member: 2)])
        #expect(pool.isEmpty)
    }
}
