import Foundation
import Glibc
import Rig
import Synchronization

/// P2 and P11 with a standby: a gateway that reaches no primary says so and answers 503, a primary that freezes holds
/// nobody for longer than a request may take, and what was acknowledged is on the standby that takes over.
struct FailoverProof {
    let size: Size

    /// `gateway.requestSeconds`: its default, or little.
    private var requestSeconds: Int { size.of(4, 15) }
    private var clients: Int { size.of(12, 48) }

    /// The gateways, by what they are told.
    private enum Number {
        /// Both hosts, the standby first.
        static let both = 0
        static let standbyAlone = 1
        /// Both hosts, and minutes for a request: the control.
        static let patient = 2
    }

    func show(_ report: Report) throws {
        report.title("A standby: a gateway at it alone, a primary that freezes, \(clients) clients, a failover")
        var plan = size.plan("failover")
        (plan.gateways, plan.patients) = (3, clients)
        try Rig.with(plan) { rig in
            let patients = try rig.patients()
            let standby = try Cluster("failover-standby", standbyOf: rig.cluster)
            defer {
                try? standby.stop()
                try? standby.remove()
            }
            try rig.cluster.sql("ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf()")
            try start(rig, standby)
            try showStandbyAlone(rig, patients[0], report)
            let answers = Answers()
            try write(to: rig, patients, answers) {
                try until("acknowledged messages") { answers.acknowledged >= size.of(100, 5_000) }
                try showFreeze(rig, patients, answers, report)
                try showTakeover(rig, standby, answers, report)
            }
            try showNothingIsLost(standby, answers, report)
        }
    }

    private func start(_ rig: Rig, _ standby: Cluster) throws {
        let both = "host=\(standby.socket),\(rig.cluster.socket) dbname=consilium"
        _ = try rig.startGateway(
            Number.both,
            settings: [
                "CONSILIUM_DATABASE_CONNINFO": both, "CONSILIUM_GATEWAY_SYNCHRONOUS_STANDBY": "true",
                "CONSILIUM_GATEWAY_REQUEST_SECONDS": "\(requestSeconds)",
            ])
        _ = try rig.startGateway(
            Number.patient,
            settings: [
                "CONSILIUM_DATABASE_CONNINFO": both, "CONSILIUM_GATEWAY_REQUEST_SECONDS": "100",
                "CONSILIUM_GATEWAY_LEAVE_SECONDS": "120",
            ])
        _ = try rig.launch(
            "gateway", Number.standbyAlone,
            settings: ["CONSILIUM_DATABASE_CONNINFO": "host=\(standby.socket) dbname=consilium"])
    }

    private func showStandbyAlone(_ rig: Rig, _ patient: Patient, _ report: Report) throws {
        try until("the gateway at the standby to answer") { rig.readiness(Number.standbyAlone) != nil }
        let said = rig.readiness(Number.standbyAlone) ?? []
        report.check("at a standby alone it is not ready, and says why", "\(said)", said == ["database read-only"])
        let wire = Wire(port: rig.ports[Number.standbyAlone])
        let asks = [
            Ask("GET", "/v1/appointments", token: patient.token), Ask("GET", "/v1/me", token: patient.token),
            Ask("GET", "/v1/cases/\(patient.case)", token: patient.token),
            Ask(.message("Is there news?", from: patient), key: UUID().uuidString),
        ]
        let replies = try asks.map { try wire.send($0) }
        let odd = replies.filter { $0.status != 200 && $0.problem != "busy" }.map { "\($0.status) \($0.problem ?? "")" }
        let refused = replies.count { $0.problem == "busy" }
        report.check(
            "what it cannot do is busy, never 500", "\(refused) of \(replies.count), odd: \(odd)",
            odd.isEmpty && refused > 0)
    }

    /// Every client asks the one gateway and the control, while the primary is frozen and until each was answered.
    private func showFreeze(_ rig: Rig, _ patients: [Patient], _ answers: Answers, _ report: Report) throws {
        try rig.cluster.freeze()
        _ = answers.slowest
        let (end, control) = (ContinuousClock.now + .seconds(2 * requestSeconds), clients / 4)
        let longest = try ClientThreads.collect(clients + control) { number in
            let isControl = number >= clients
            let patient = patients[number % clients]
            let wire = Wire(port: rig.ports[isControl ? Number.patient : Number.both], patience: 120)
            var longest = 0.0
            repeat {
                let began = ContinuousClock.now
                let reply = try wire.send(Ask("GET", "/v1/cases/\(patient.case)", token: patient.token))
                longest = max(longest, (.now - began) / .seconds(1))
                guard reply.status == 503 else {
                    throw RigFailure.waited("503 of a frozen primary, and not \(reply.status)")
                }
            } while !isControl && .now < end
            return (isControl, longest)
        }
        let (reads, writes) = (longest.filter { !$0.0 }.map(\.1).max() ?? 0, answers.slowest)
        report.check(
            "no answer takes longer than \(requestSeconds) s while the primary is frozen",
            String(format: "reads %.1f s at worst, writes %.1f s", reads, writes),
            min(reads, writes) > 0 && max(reads, writes) <= Double(requestSeconds))
        let free = longest.filter(\.0).map(\.1).max() ?? 0
        report.check(
            "control: with minutes for a request one does", String(format: "%.1f s at worst", free),
            free > Double(requestSeconds))
        try rig.cluster.thaw()
        try until("the gateway to be ready again") { rig.isReady(Number.both) }
    }

    private func showTakeover(_ rig: Rig, _ standby: Cluster, _ answers: Answers, _ report: Report) throws {
        let before = answers.acknowledged
        try until("messages again") { answers.acknowledged > before + clients }
        try rig.cluster.crash()
        let began = ContinuousClock.now
        // Nobody waits for a standby of the new primary, which has none.
        try standby.sql("ALTER SYSTEM RESET synchronous_standby_names", database: "postgres")
        try standby.promote()
        let kept = answers.acknowledged
        try until("messages at the new primary") { answers.acknowledged > kept + clients }
        report.tell(String(format: "messages again %.1f s after the crash", (.now - began) / .seconds(1)))
        let said = rig.readiness(Number.both) ?? []
        report.check("a missing synchronous standby is told", "\(said)", said == ["no synchronous standby"])
        try until("the gateway at the promoted standby to be ready") { rig.isReady(Number.standbyAlone) }
    }

    private func showNothingIsLost(_ standby: Cluster, _ answers: Answers, _ report: Report) throws {
        let kept = try Set(standby.sql("SELECT id FROM consilium.message").compactMap(\.first))
        let lost = answers.ids.subtracting(kept)
        report.check(
            "what was acknowledged is on the new primary", "\(lost.count) lost of \(answers.acknowledged)", lost.isEmpty
        )
        report.check("what failed is 503, never 500", "odd: \(answers.odd)", answers.odd.isEmpty)
    }

    /// Messages by every patient, one after the other, for as long as `body` runs.
    private func write(
        to rig: Rig, _ patients: [Patient], _ answers: Answers, while body: @escaping () throws -> Void
    ) throws {
        let isOver = Atomic(false)
        let port = rig.ports[Number.both]
        let writers = Thread {
            try? ClientThreads.run(patients.count) { number in
                let wire = Wire(port: port, patience: 60)
                while !isOver.load(ordering: .relaxed) {
                    let ask = Ask(.message("Is there news?", from: patients[number]), key: UUID().uuidString)
                    let began = ContinuousClock.now
                    let reply = try? wire.send(ask)
                    answers.noteTime((.now - began) / .seconds(1))
                    answers.note(reply, of: patients[number])
                }
            }
            answers.writersEnded()
        }
        writers.start()
        defer { isOver.store(true, ordering: .relaxed) }
        try body()
        isOver.store(true, ordering: .relaxed)
        try until("the writers' end") { answers.isOver }
    }
}
