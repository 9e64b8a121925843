import Foundation
import Glibc
import Rig
import Synchronization

/// P11 against rudeness: clients that send a head or a body a byte at a time, or ask and do not read.
struct SlowProof {
    let seed: UInt64
    let size: Size

    private enum Rudeness: CaseIterable { case head, body, read }
    private var most: Int { size.of(60, 200) }
    /// Seconds after which each must have been cut; the small size has shorter deadlines, all else being the same.
    private var patience: Double { Double(size.of(15, 30)) }
    private var deadlines: [String: String] {
        size == .full
            ? [:]
            : [
                "CONSILIUM_GATEWAY_HEAD_SECONDS": "2", "CONSILIUM_GATEWAY_BODY_SECONDS": "2",
                "CONSILIUM_GATEWAY_WRITE_SECONDS": "2",
            ]
    }

    func show(_ report: Report) throws {
        report.title("\(most) slow clients: head, body, read")
        var plan = Rig.Plan("slow")
        plan.gateways = 1
        plan.patients = 8
        plan.settings = deadlines
        try Rig.with(plan) { rig in
            let gateway = try rig.startGateway(0)
            let patients = try rig.patients()
            let before = try served(rig, patients, for: 2)
            let began = ContinuousClock.now
            let cuts = Mutex<[Rudeness: [Double]]>([:])
            let during = Mutex((answered: 0, refused: 0))
            try Crew.run(most + 1) { number in
                if number == most {
                    let seen = try served(rig, patients, for: patience)
                    during.withLock { $0 = seen }
                    return
                }
                let kind = Rudeness.allCases[number % Rudeness.allCases.count]
                try rude(kind, port: rig.ports[0], patients[number % patients.count])
                let seconds = (ContinuousClock.now - began) / .seconds(1)
                cuts.withLock { $0[kind, default: []].append(seconds) }
            }
            let (calm, busy) = (Double(before.answered) / 2, Double(during.withLock { $0.answered }) / patience)
            let refused = during.withLock { $0.refused }
            report.tell(String(format: "%.0f requests a second before, %.0f beside them", calm, busy))
            report.check("the service stays available", "\(refused) requests refused", refused == 0)
            for kind in Rudeness.allCases {
                let seconds = cuts.withLock { $0[kind] ?? [] }
                let told = String(format: "%d, the last after %.1f s", seconds.count, seconds.max() ?? 0)
                report.check(
                    "each slow \(kind) is cut within \(Int(patience)) s", told, (seconds.max() ?? 99) <= patience)
            }
            gateway.signal(SIGTERM)
            try gateway.wait()
        }
        try withoutDeadlines(report)
    }

    /// Requests that two polite clients get answered in so many seconds.
    private func served(_ rig: Rig, _ patients: [Patient], for seconds: Double) throws -> (answered: Int, refused: Int)
    {
        let end = ContinuousClock.now + .seconds(seconds)
        let counts = try Crew.collect(2) { number in
            let wire = Wire(port: rig.ports[0])
            var (answered, refused) = (0, 0)
            while .now < end {
                let reply = try wire.send(Ask("GET", "/v1/appointments", token: patients[number].token))
                if reply.status == 200 { answered += 1 } else { refused += 1 }
            }
            return (answered, refused)
        }
        return (counts.map(\.0).reduce(0, +), counts.map(\.1).reduce(0, +))
    }

    /// Returns when the gateway has cut the connection, or after twice the time it should take.
    private func rude(_ kind: Rudeness, port: Int, _ patient: Patient) throws {
        let wire = Wire(port: port, patience: 1)
        try wire.connect()
        let end = ContinuousClock.now + .seconds(2 * patience)
        switch kind {
        case .head: try wire.write(Array("GET /v1/me HTTP/1.1\r\nX-Slow: ".utf8))
        case .body:
            let ask = Ask("POST", "/v1/holds", token: patient.token, json: String(repeating: " ", count: 1000))
            try wire.write(ask.bytes.dropLast(999))
        case .read:
            // More than all the buffers on the way hold.
            wire.readNothing()
            let ask = Ask("GET", "/openapi.json")
            for _ in 0..<100 { try wire.write(ask.bytes) }
        }
        while .now < end {
            if kind == .read {
                guard wire.isOpen else { return }
                usleep(100_000)
            } else {
                do {
                    try wire.write([UInt8(ascii: " ")])
                    // A reply, such as 408, comes before the end of the connection.
                    _ = try wire.read()
                    return
                } catch Wire.Failure.timedOut {
                    continue
                } catch {
                    return
                }
            }
        }
    }

    /// The control: with a deadline of ten minutes nobody cuts a slow body.
    private func withoutDeadlines(_ report: Report) throws {
        var plan = Rig.Plan("slow-patient")
        plan.gateways = 1
        plan.patients = 2
        plan.settings = ["CONSILIUM_GATEWAY_BODY_SECONDS": "600", "CONSILIUM_GATEWAY_LEAVE_SECONDS": "3600"]
        try Rig.with(plan) { rig in
            _ = try rig.startGateway(0)
            let patient = try rig.patients()[0]
            let wire = Wire(port: rig.ports[0], patience: size.of(4, 12))
            try wire.connect()
            let ask = Ask("POST", "/v1/holds", token: patient.token, json: String(repeating: " ", count: 1000))
            try wire.write(ask.bytes.dropLast(999))
            var isCut = true
            do { _ = try wire.read() } catch Wire.Failure.timedOut { isCut = false }
            report.check("control: without the deadline a slow body stays", isCut ? "cut" : "still open", !isCut)
        }
    }
}
