import CEpoll
import Rig

/// Many clients that one thread serves: each has a connection of its own, and one request under way at most. Threads
/// that wait for an answer each would cost the machine more than the refusals that they are to be told.
struct LoadPopulation {
    /// What becomes of each request.
    protocol Witness {
        mutating func sent()
        /// - Parameters:
        ///   - due: how long ago the request was due.
        ///   - sent: how long ago it was sent.
        mutating func answered(_ reply: Reply, due: Duration, sent: Duration)
        /// It was not answered within the patience, or the connection broke.
        mutating func gaveUp()
    }

    let port: Int
    /// What each asks.
    let asks: [Ask]
    /// How long each waits for an answer.
    let patience: Duration

    /// Lets everybody ask until the time is over and each was answered.
    /// - Parameter rate: requests due a second, each the next free client's; `nil` lets each ask again as soon as it was
    ///   answered.
    /// - Returns: how many seconds it took.
    func run(rate: Double?, seconds: Double, _ witness: inout some Witness) throws -> Double {
        let epoll = cepoll_create()
        precondition(epoll >= 0, "the system gives no epoll")
        defer { close(epoll) }
        let clients = asks.map { Client(ask: $0, wire: Wire(port: port)) }
        var idle = Array(clients.indices)
        let began = ContinuousClock.now
        var number = 0
        let events = UnsafeMutableBufferPointer<cepoll_event>.allocate(capacity: 64)
        defer { events.deallocate() }
        events.initialize(repeating: cepoll_event())
        var nextLook = began
        while true {
            let now = ContinuousClock.now
            let isOver = rate.map { Double(number) >= $0 * seconds } ?? (now >= began + .seconds(seconds))
            if isOver, idle.count == clients.count { return (now - began) / .seconds(1) }
            var due = rate.map { began + .seconds(Double(number) / $0) } ?? now
            while !isOver, due <= now, let index = idle.popLast() {
                number += 1
                witness.sent()
                if clients[index].send(due: due, epoll, index) == false {
                    witness.gaveUp()
                    idle.append(index)
                }
                guard let rate else { continue }
                guard Double(number) < rate * seconds else { break }
                due = began + .seconds(Double(number) / rate)
            }
            let pause = isOver || idle.isEmpty ? 10 : max(1, min(10, Int32((due - .now) / .milliseconds(1))))
            let count = cepoll_wait(epoll, events.baseAddress, pause)
            precondition(count >= 0, "epoll_wait failed")
            for event in events[..<Int(count)] {
                let client = clients[Int(event.id)]
                guard client.isWaiting else { continue }
                do {
                    guard let reply = try client.wire.take() else { continue }
                    let now = ContinuousClock.now
                    witness.answered(reply, due: now - client.due, sent: now - client.sent)
                } catch {
                    client.wire.hangUp()
                    witness.gaveUp()
                }
                client.isWaiting = false
                idle.append(Int(event.id))
            }
            if nextLook <= now {
                nextLook = now + .milliseconds(100)
                for (index, client) in clients.enumerated() where client.isWaiting && client.sent + patience < now {
                    client.wire.hangUp()
                    witness.gaveUp()
                    client.isWaiting = false
                    idle.append(index)
                }
            }
        }
    }

    private final class Client {
        let ask: Ask
        let wire: Wire
        var isWaiting = false
        var due = ContinuousClock.now
        var sent = ContinuousClock.now

        init(ask: Ask, wire: Wire) { (self.ask, self.wire) = (ask, wire) }

        /// - Returns: whether it is on its way.
        func send(due: ContinuousClock.Instant, _ epoll: Int32, _ index: Int) -> Bool {
            (self.due, sent) = (due, .now)
            do {
                if wire.socket < 0 {
                    try wire.connect()
                    cepoll_add(epoll, wire.socket, UInt64(index))
                }
                try wire.write(ask.bytes)
                isWaiting = true
            } catch {
                wire.hangUp()
            }
            return isWaiting
        }
    }
}
