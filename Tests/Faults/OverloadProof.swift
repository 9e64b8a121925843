import Foundation
import Glibc
import Rig
import Synchronization

/// P11: three times as many requests as can be answered. What cannot be answered is refused at once, and what can be is.
struct OverloadProof {
    let size: Size

    /// Seconds after which nobody waits for an answer any more; the small size does not judge times.
    private var patience: Int { size.of(60, 10) }

    func show(_ report: Report) throws {
        report.title(
            size.of("Many more clients at once than can be answered", "An open loop at three times the capacity"))
        // A short line, so that a few clients are too many for it; the large size has its default.
        let line = size.of(["CONSILIUM_GATEWAY_REQUESTS_WAITING": "8"], [:])
        try withGateway("overload", settings: line) { rig, gateway, patients in
            let load = Load(rig, patients, gateway)
            let calm = try peak(load)
            let flood = try load.run(
                rate: size.of(nil, 3 * calm.goodput), seconds: size.of(2, 60), clients: size.of(200, 300),
                patience: patience)
            report.check("it is ready as soon as it is over", "", rig.isReady(0))
            // The machine may give more or less a minute later: what it gives on both sides is what the flood had.
            let after = try peak(load)
            report.tell(
                String(
                    format: "peak %.0f a second before and %.0f after; asked for %.0f a second", calm.goodput,
                    after.goodput, flood.offered))
            let share = 2 * flood.goodput / (calm.goodput + after.goodput)
            let refusals = flood.refusals
            report.check(
                "what is not answered is refused with 503 or 429 and Retry-After",
                "\(refusals.count) refused, \(flood.late) late, odd: \(flood.odd)",
                refusals.count > 0 && flood.odd.isEmpty && flood.late * 100 <= flood.asked)
            let told = String(format: "%.0f%%, %.0f a second", share * 100, flood.goodput)
            let quick = String(
                format: "p50 %.1f ms, p99 %.1f ms, worst %.0f ms", refusals.percentile(50), refusals.percentile(99),
                refusals.worst)
            let growth = Double(flood.memory) / Double(calm.memory)
            let grown = String(format: "%.2f times %d MB", growth, calm.memory >> 20)
            if size == .full {
                report.check("goodput at least 80% of the peak", told, share >= 0.8)
                report.check("99 of 100 refusals come within 50 ms", quick, refusals.percentile(99) <= 50)
                report.check("memory at most 1.5 times", grown, growth <= 1.5)
            } else {
                report.tell("goodput \(told); refusals \(quick); memory \(grown)")
            }
        }
        guard size == .full else { return }
        let boundless = [
            "CONSILIUM_GATEWAY_REQUESTS_WAITING": "100000", "CONSILIUM_GATEWAY_REQUESTS_IN_FLIGHT": "100000",
            "CONSILIUM_GATEWAY_CONNECTIONS": "200000",
            "CONSILIUM_DATABASE_WAIT_MILLISECONDS": "60000", "CONSILIUM_GATEWAY_REQUEST_SECONDS": "600",
            "CONSILIUM_GATEWAY_LEAVE_SECONDS": "3600",
        ]
        try withGateway("overload-boundless", settings: boundless) { rig, gateway, patients in
            let load = Load(rig, patients, gateway)
            let calm = try peak(load)
            let flood = try load.run(rate: 3 * calm.goodput, seconds: 30, clients: 3000, patience: patience)
            let share = flood.goodput / calm.goodput
            report.check(
                "control: without bounds goodput collapses", String(format: "%.0f%% of the peak", share * 100),
                share < 0.8)
        }
    }

    /// The most that a gateway which is warm can do, whatever number of clients brings it out.
    private func peak(_ load: Load) throws -> Load.Outcome {
        var best = try load.run(seconds: size.of(1, 2), clients: size.of(8, 32), patience: 60)
        for clients in size.of([8], [16, 32, 64]) {
            let outcome = try load.run(seconds: size.of(1, 5), clients: clients, patience: 60)
            if outcome.goodput > best.goodput { best = outcome }
        }
        return best
    }

    private func withGateway(
        _ name: String, settings: [String: String], _ body: (Rig, Program, [Patient]) throws -> Void
    ) throws {
        var plan = Rig.Plan(name)
        plan.gateways = 1
        plan.settings = settings
        try Rig.with(plan) { rig in
            let gateway = try rig.startGateway(0)
            try body(rig, gateway, rig.patients())
            gateway.signal(SIGKILL)
        }
    }
}

/// Many clients that ask for the openings of a week, which costs the database something.
private struct Load {
    let port: Int
    let patients: [Patient]
    let gateway: Program
    let week: String

    init(_ rig: Rig, _ patients: [Patient], _ gateway: Program) {
        port = rig.ports[0]
        self.patients = patients
        self.gateway = gateway
        let (from, to) = (Date(timeIntervalSinceNow: 86_400), Date(timeIntervalSinceNow: 8 * 86_400))
        week = "&from=\(from.formatted(.iso8601))&to=\(to.formatted(.iso8601))"
    }

    struct Outcome: Sendable, LoadPopulation.Witness {
        let patience: Duration
        var seconds = 0.0
        var asked = 0
        /// Answered in time.
        var answered = 0
        /// Not answered in time.
        var late = 0
        var refusals = Latencies()
        var odd: [String] = []
        /// The most that the gateway ever had, in bytes.
        var memory = 0

        var goodput: Double { Double(answered) / seconds }
        var offered: Double { Double(asked) / seconds }

        mutating func sent() { asked += 1 }

        mutating func answered(_ reply: Reply, due: Duration, sent: Duration) {
            if reply.status == 200 {
                if due <= patience { answered += 1 } else { late += 1 }
            } else if [429, 503].contains(reply.status), reply.has("retry-after") {
                refusals.add(sent)
            } else {
                odd.append("\(reply.status) \(reply.problem ?? "")")
            }
        }

        mutating func gaveUp() { late += 1 }
    }

    /// - Parameter rate: requests due a second; `nil` lets each client ask again as soon as it was answered.
    func run(rate: Double? = nil, seconds: Double, clients: Int, patience: Int) throws -> Outcome {
        let isOver = Atomic(false)
        let memory = Mutex(0)
        let watching = Thread { [gateway] in
            while !isOver.load(ordering: .relaxed) {
                memory.withLock { $0 = max($0, gateway.memory) }
                usleep(50_000)
            }
        }
        watching.start()
        defer { isOver.store(true, ordering: .relaxed) }
        let asks = (0..<clients).map { number in
            let patient = patients[number % patients.count]
            return Ask("GET", "/v1/openings?case=\(patient.case)\(week)", token: patient.token)
        }
        var outcome = Outcome(patience: .seconds(patience))
        outcome.seconds = try LoadPopulation(port: port, asks: asks, patience: .seconds(patience))
            .run(rate: rate, seconds: seconds, &outcome)
        outcome.memory = memory.withLock { $0 }
        return outcome
    }
}
