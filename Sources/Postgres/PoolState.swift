/// The decisions of a pool, without its connections and tasks: who gets which connection, when to open one, whom to
/// refuse. Nothing here waits, connects or reads a clock.
struct PoolState {
    /// What is to be done now.
    enum Action: Equatable {
        /// Give connection `member` to a waiter.
        case grant(member: Int, waiter: Int)
        case refuse(waiter: Int, DatabaseUnavailable)
        /// Open a connection under this number.
        case open(member: Int)
        case close(member: Int)
    }

    private struct Waiter {
        let id: Int
        let deadline: ContinuousClock.Instant
    }

    /// The longest pause between two attempts to connect.
    static let longestPause = Duration.seconds(5)
    /// The pause before a failed connection is tried again, while a pool is filled.
    static let pauseBetweenFillings = Duration.milliseconds(200)

    let limit: Int
    private var idle: [Int] = []
    private var leased: Set<Int> = []
    private var opening: Set<Int> = []
    private var waiters: [Waiter] = []
    private var lastMember = 0
    /// Attempts to connect that failed since the last one that did not.
    private var failures = 0
    private var nextAttempt: ContinuousClock.Instant?
    private(set) var isShutDown = false

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// Connections that exist or are being opened.
    var size: Int { idle.count + leased.count + opening.count }
    /// Connections that somebody has borrowed.
    var busy: Int { leased.count }
    var waiting: Int { waiters.count }
    var isEmpty: Bool { size == 0 }

    /// Takes an idle connection, if one is free and nobody waits. The one used last is the warmest.
    mutating func takeIdle() -> Int? {
        guard !isShutDown, waiters.isEmpty, let member = idle.popLast() else { return nil }
        leased.insert(member)
        return member
    }

    /// A task wants a connection.
    mutating func enqueue(
        _ waiter: Int, until deadline: ContinuousClock.Instant, at now: ContinuousClock.Instant
    ) -> [Action] {
        guard !isShutDown else { return [.refuse(waiter: waiter, .unreachable)] }
        waiters.append(Waiter(id: waiter, deadline: deadline))
        return serve(at: now)
    }

    /// The waiting task was cancelled. `false` when it no longer waits.
    mutating func withdraw(_ waiter: Int) -> Bool {
        guard let index = waiters.firstIndex(where: { $0.id == waiter }) else { return false }
        waiters.remove(at: index)
        return true
    }

    mutating func release(_ member: Int, at now: ContinuousClock.Instant) -> [Action] {
        guard leased.remove(member) != nil else { return [] }
        if isShutDown { return [.close(member: member)] }
        idle.append(member)
        return waiters.isEmpty ? [] : serve(at: now)
    }

    mutating func opened(_ member: Int, at now: ContinuousClock.Instant) -> [Action] {
        guard opening.remove(member) != nil else { return [.close(member: member)] }
        failures = 0
        nextAttempt = nil
        if isShutDown { return [.close(member: member)] }
        idle.append(member)
        return serve(at: now)
    }

    /// Opens as many connections as there may be.
    mutating func fill() -> [Action] {
        guard !isShutDown else { return [] }
        return open(limit - size)
    }

    /// Whether a connection is being opened.
    var isOpening: Bool { !opening.isEmpty }

    private mutating func open(_ count: Int) -> [Action] {
        (0..<max(0, count)).map { _ in
            lastMember += 1
            opening.insert(lastMember)
            return .open(member: lastMember)
        }
    }

    /// A connection could not be made. The pause before the next attempt doubles with each failure.
    /// - Parameter jitter: between 0 and 1; spreads the attempts of many processes.
    mutating func failedToOpen(_ member: Int, jitter: Double, at now: ContinuousClock.Instant) {
        guard opening.remove(member) != nil else { return }
        failures += 1
        let pause = min(Self.longestPause, .milliseconds(50 << min(failures, 10)))
        nextAttempt = now + pause * (0.5 + jitter / 2)
    }

    /// A connection broke or was closed, whatever it was doing.
    mutating func lost(_ member: Int, at now: ContinuousClock.Instant) -> [Action] {
        if let index = idle.firstIndex(of: member) { idle.remove(at: index) }
        leased.remove(member)
        return serve(at: now)
    }

    /// Refuses whoever waited for too long, and tries again to connect when the pause is over.
    mutating func tick(at now: ContinuousClock.Instant) -> [Action] {
        guard !waiters.isEmpty else { return [] }
        let late = waiters.filter { $0.deadline <= now }
        if !late.isEmpty { waiters.removeAll { $0.deadline <= now } }
        let reason = failures > 0 && leased.isEmpty ? DatabaseUnavailable.unreachable : .busy
        return late.map { .refuse(waiter: $0.id, reason) } + serve(at: now)
    }

    /// Refuses everybody, and closes the idle connections now and the others when they are released.
    mutating func shutDown() -> [Action] {
        isShutDown = true
        defer {
            waiters.removeAll()
            idle.removeAll()
        }
        return waiters.map { .refuse(waiter: $0.id, .unreachable) } + idle.map { .close(member: $0) }
    }

    /// Grants idle connections in the order of the waiters, and opens connections for the others, as far as the limit
    /// allows.
    private mutating func serve(at now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        while !waiters.isEmpty, let member = idle.popLast() {
            leased.insert(member)
            actions.append(.grant(member: member, waiter: waiters.removeFirst().id))
        }
        guard !isShutDown, nextAttempt.map({ $0 <= now }) ?? true else { return actions }
        // While the database does not answer, one attempt at a time is enough to find out when it does.
        let wanted = failures > 0 ? min(1, waiters.count) : waiters.count
        return actions + open(min(wanted - opening.count, limit - size))
    }
}
