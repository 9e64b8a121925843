import Foundation
import Glibc
import Rig
import Synchronization

/// P11 and the threads' promise: idle streams refuse nobody anything, and subscribers see each message once and in order
/// though gateways are killed.
struct StreamsProof {
    let seed: UInt64
    let size: Size

    func show(_ report: Report) throws {
        for count in size.of([60], [2000, 3000]) { try showIdle(count, report) }
        try showKills(report)
    }

    // MARK: Idle streams

    private func showIdle(_ count: Int, _ report: Report) throws {
        report.title("\(count) idle streams at one gateway")
        var plan = size.plan("streams-\(count)")
        (plan.gateways, plan.patients) = (1, count / 10 + 1)
        // Fewer requests than streams; the large size has the defaults, but for the streams.
        plan.settings = size.of(
            [
                "CONSILIUM_GATEWAY_STREAMS": "\(count)", "CONSILIUM_GATEWAY_REQUESTS_IN_FLIGHT": "20",
                "CONSILIUM_GATEWAY_REQUESTS_WAITING": "8",
            ],
            count == 2000 ? [:] : ["CONSILIUM_GATEWAY_STREAMS": "\(count)"])
        try Rig.with(plan) { rig in
            let gateway = try rig.startGateway(0)
            let patients = try rig.patients()
            let (readers, asking) = (Array(patients.dropLast()), patients[patients.count - 1])
            let streams = StreamReaders(ports: rig.ports, seed: seed)
            try streams.open((0..<count).map { readers[$0 % readers.count] })
            // PostgreSQL counts what an idle session did ten seconds late.
            serve(streams, seconds: size.of(1, 12))
            let quiet = size.of(5, 30)
            let (committed, time) = (try commits(rig), gateway.processorTime)
            serve(streams, seconds: quiet)
            let cost = (try commits(rig) - committed, gateway.processorTime - time)
            report.tell(
                String(
                    format: "while nobody asks %.1f commits a second, %.1f%% of a core in the gateway, %d MB",
                    Double(cost.0) / Double(quiet), cost.1 / Double(quiet) * 100, gateway.memory >> 20))
            report.tell("while they opened, \(streams.refusals) were told to come back")
            let idle = try requests(rig, asking, seconds: size.of(7, 60)) {
                streams.serve(milliseconds: 5)
                return false
            }
            report.check(
                "no other request is refused",
                "\(idle.answered) answered, \(idle.refused.count) not: \(Set(idle.refused))",
                idle.refused.isEmpty && idle.answered > 0)
            report.check("all of them are open", "\(streams.open) of \(count)", streams.open == count)
            try showFull(rig, asking, report)
            try showNews(rig, readers, streams, report)
            try showHerd(rig, readers, asking, count, report)
            gateway.signal(SIGKILL)
        }
    }

    private func serve(_ streams: StreamReaders, seconds: Int) {
        let end = ContinuousClock.now + .seconds(seconds)
        while .now < end { streams.serve(milliseconds: 5) }
    }

    private func showFull(_ rig: Rig, _ patient: Patient, _ report: Report) throws {
        let more = EventReader(port: rig.ports[0], patient: patient)
        try more.ask()
        try until("an answer to one stream more") {
            _ = more.take()
            return more.state != .asking && more.state != .open
        }
        report.check("one more is told to come back", "\(more.state)", more.state == .refused(200))
        try until("readiness to say that streams are full") { !rig.isReady(0) }
        let rest = try Wire(port: rig.opsPorts[0]).send(Ask("GET", "/health/ready?exclude=streams")).status
        report.check("readiness says so, and that requests are answered", "\(rest)", rest == 200)
    }

    /// Each thread gets a message.
    private func showNews(_ rig: Rig, _ patients: [Patient], _ streams: StreamReaders, _ report: Report) throws {
        let wire = Wire(port: rig.ports[0])
        for patient in patients {
            let reply = try wire.send(Ask(.message("Good morning.", from: patient), key: UUID().uuidString))
            guard reply.status == 201 else { throw RigFailure.waited("a message to be posted, not \(reply.status)") }
            streams.serve(milliseconds: 0)
        }
        let posted = ContinuousClock.now
        try until("all to be told") {
            streams.serve(milliseconds: 5)
            return streams.readers.allSatisfy { !$0.told.isEmpty }
        }
        report.check(
            "a message in each thread is told to each of its readers once",
            String(format: "%.2f s after the last", (.now - posted) / .seconds(1)),
            streams.readers.allSatisfy { $0.told == [1] })
    }

    /// The control: as many readers who look by themselves, all together every few seconds, each in a request and a
    /// transaction of its own.
    private func showHerd(
        _ rig: Rig, _ readers: [Patient], _ asking: Patient, _ count: Int, _ report: Report
    ) throws {
        let asks = (0..<count).map { number in
            let reader = readers[number % readers.count]
            return Ask("GET", "/v1/cases/\(reader.case)/messages?after=1", token: reader.token)
        }
        let isOver = Atomic(false)
        let refused = Mutex(0)
        try ClientThreads.run(2) { number in
            if number == 0 {
                defer { isOver.store(true, ordering: .relaxed) }
                // Until somebody else was in the way, which takes luck on a machine that is quick.
                for _ in 0..<200 where refused.withLock({ $0 == 0 }) {
                    var herd = Herd()
                    _ = try LoadPopulation(port: rig.ports[0], asks: asks, patience: .seconds(60)).run(
                        rate: 1_000_000, seconds: Double(count) / 1_000_000, &herd)
                }
            } else {
                while !isOver.load(ordering: .relaxed) {
                    let seen = try requests(rig, asking, seconds: 1) { isOver.load(ordering: .relaxed) }
                    refused.withLock { $0 += seen.refused.count }
                }
            }
        }
        let told = refused.withLock { $0 }
        report.check("control: as many who look by themselves refuse others", "\(told) refused", told > 0)
    }

    private struct Herd: LoadPopulation.Witness {
        mutating func sent() {}
        mutating func answered(_ reply: Reply, due: Duration, sent: Duration) {}
        mutating func gaveUp() {}
    }

    private struct Requests: Sendable {
        var answered = 0
        var refused: [Int] = []
    }

    /// What a polite client is answered for so many seconds, or until it is over, on two connections by turns.
    private func requests(
        _ rig: Rig, _ patient: Patient, seconds: Int, until isOver: () throws -> Bool
    ) throws -> Requests {
        let wires = [Wire(port: rig.ports[0]), Wire(port: rig.ports[0])]
        let began = ContinuousClock.now
        var (sum, number) = (Requests(), 0)
        while ContinuousClock.now < began + .seconds(seconds), try !isOver() {
            let ask = Ask("GET", ["/v1/appointments", "/v1/cases/\(patient.case)"][number % 2], token: patient.token)
            let reply = try wires[number % 2].send(ask)
            if reply.status == 200 { sum.answered += 1 } else { sum.refused.append(reply.status) }
            number += 1
            usleep(5_000)
        }
        return sum
    }

    private func commits(_ rig: Rig) throws -> Int {
        try rig.cluster.count("SELECT xact_commit FROM pg_stat_database WHERE datname = 'consilium'")
    }

    // MARK: Killed gateways

    private var subscribers: Int { size.of(24, 200) }
    private var kills: Int { size.of(2, 10) }
    private var wanted: Int { size.of(10, 60) }

    private func showKills(_ report: Report) throws {
        report.title("\(subscribers) subscribers, \(kills) times kill -9 of a gateway")
        var plan = size.plan("streams-kills")
        plan.patients = subscribers / 8
        try Rig.with(plan) { rig in
            let patients = try rig.patients()
            let gateways = Mutex(try rig.startGateways())
            let streams = StreamReaders(ports: rig.ports, seed: seed)
            try streams.open((0..<subscribers).map { patients[$0 % patients.count] })
            // One a thread who comes back without saying where they were.
            let forgetful = StreamReaders(ports: rig.ports, seed: seed &+ 1)
            try forgetful.open(patients, remember: false)
            let posted = Atomic(0)
            let isOver = Atomic(false)
            var generator = SeededGenerator(seed: seed)
            let victims = (0..<kills).map { _ in Int.random(in: 0..<rig.plan.gateways, using: &generator) }
            let threads = Box((streams, forgetful))
            try ClientThreads.run(3) { [wanted, kills] number in
                switch number {
                case 0:
                    let client = StubbornClient(ports: rig.ports)
                    for message in 1...wanted {
                        for patient in patients {
                            let reply = try client.send(.message("Number \(message)", from: patient))
                            guard reply.status == 201 else { throw RigFailure.waited("201, not \(reply.status)") }
                            posted.add(1, ordering: .relaxed)
                        }
                    }
                    isOver.store(true, ordering: .relaxed)
                case 1:
                    let share = wanted * patients.count / (kills + 1)
                    for (round, victim) in victims.enumerated() {
                        try until("messages to be posted", patience: .seconds(300)) {
                            posted.load(ordering: .relaxed) >= share * (round + 1)
                        }
                        try gateways.withLock { try $0[victim].murder() }
                        let next = try rig.startGateway(victim)
                        gateways.withLock { $0[victim] = next }
                    }
                default:
                    let (streams, forgetful) = threads.value
                    try until("all to be told", patience: .seconds(600)) {
                        streams.serve(milliseconds: 2)
                        forgetful.serve(milliseconds: 2)
                        return isOver.load(ordering: .relaxed) && streams.readers.allSatisfy { $0.told.last == wanted }
                    }
                }
            }
            let all = Array(1...wanted)
            let right = streams.readers.count { $0.told == all }
            let returns = streams.readers.reduce(0) { $0 + $1.returns }
            report.check(
                "each sees each message once, in order",
                "\(right) of \(subscribers), who came back \(returns) times", right == subscribers && returns > 0)
            let doubled = forgetful.readers.count { Set($0.told).count < $0.told.count }
            report.check("control: who does not say where they were sees some twice", "\(doubled) did", doubled > 0)
        }
    }

    /// Hands what one thread uses alone to that thread.
    private final class Box<Value>: @unchecked Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }
}
