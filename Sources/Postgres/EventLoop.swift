import CEpoll
import Synchronization

/// What the event loop drives: a connection, or a pool's clock.
protocol EventSource: AnyObject, Sendable {
    /// The socket became readable or writable.
    func ready(readable: Bool, writable: Bool)
    /// Called every `EventLoop.tick`.
    func tick(at now: ContinuousClock.Instant)
}

/// One thread that waits on the sockets of all connections of this process, and resumes the tasks that wait for answers.
final class EventLoop: Sendable {
    static let shared = EventLoop()

    /// How often deadlines are looked at, in milliseconds.
    static let tick = 50

    private struct Sources {
        var byID: [UInt64: any EventSource] = [:]
        var lastID: UInt64 = 0
    }

    private let epoll: Int32
    private let wakeup: Int32
    private let sources = Mutex(Sources())

    private init() {
        epoll = cepoll_create()
        wakeup = cepoll_eventfd()
        precondition(epoll >= 0 && wakeup >= 0, "the system gives no epoll")
        cepoll_add(epoll, wakeup, 0)
        BlockingThread("events").start { self.run() }
    }

    /// Adds a source, with its socket if it has one, and returns the id by which to remove it.
    func add(_ source: any EventSource, socket: Int32?) -> UInt64 {
        let id = sources.withLock { sources in
            sources.lastID += 1
            sources.byID[sources.lastID] = source
            return sources.lastID
        }
        if let socket { cepoll_add(epoll, socket, id) }
        cepoll_wake(wakeup)
        return id
    }

    /// Starts or stops watching whether `socket` can be written to.
    func watch(_ id: UInt64, socket: Int32, writable: Bool) {
        cepoll_modify(epoll, socket, id, writable ? 1 : 0)
    }

    /// Removes a source; it gets no event from now on.
    func remove(_ id: UInt64, socket: Int32?) {
        sources.withLock { _ = $0.byID.removeValue(forKey: id) }
        if let socket { cepoll_remove(epoll, socket) }
    }

    private func run() {
        // Allocated once and never freed. The next wait would copy an array whose slice was read, and in a loop that never
        // ends the compiler (6.3) does not free the copy: a kilobyte each time.
        let events = UnsafeMutableBufferPointer<cepoll_event>.allocate(capacity: 64)
        events.initialize(repeating: cepoll_event())
        var nextTick = ContinuousClock.now
        while true {
            let isIdle = sources.withLock { $0.byID.isEmpty }
            let count = cepoll_wait(epoll, events.baseAddress, isIdle ? -1 : Int32(Self.tick))
            precondition(count >= 0, "epoll_wait failed")
            for event in events[..<Int(count)] {
                guard event.id != 0 else {
                    cepoll_clear_wake(wakeup)
                    continue
                }
                let source = sources.withLock { $0.byID[event.id] }
                source?.ready(readable: event.readable != 0, writable: event.writable != 0)
            }
            let now = ContinuousClock.now
            if now >= nextTick {
                nextTick = now + .milliseconds(Self.tick)
                for source in sources.withLock({ Array($0.byID.values) }) { source.tick(at: now) }
            }
        }
    }
}
