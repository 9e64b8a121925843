import Foundation
import Glibc
import Rig
import Synchronization

/// P11 against rudeness: clients that send a head or a body a byte at a time, or ask and do not read.
struct SlowProof {
    let size: Size

    private static let kinds = Rudeness.allCases.count
    private var most: Int { size.of(60, 200) }

    /// Seconds that the gateway bears it: the settings' defaults, or in the small size little, all else being the same.
    private func deadline(_ kind: Rudeness) -> Int {
        switch kind {
        case .head: size.of(2, 15)
        case .body: size.of(2, 10)
        case .read: size.of(2, 20)
        }
    }

    private static func settings(seconds: (Rudeness) -> Int) -> [String: String] {
        [
            "CONSILIUM_GATEWAY_HEAD_SECONDS": "\(seconds(.head))",
            "CONSILIUM_GATEWAY_BODY_SECONDS": "\(seconds(.body))",
            "CONSILIUM_GATEWAY_WRITE_SECONDS": "\(seconds(.read))",
            // Which must suffice for all of them.
            "CONSILIUM_GATEWAY_LEAVE_SECONDS": "3600",
        ]
    }

    func show(_ report: Report) throws {
        report.title("\(most) slow clients: head, body, read")
        var plan = size.plan("slow")
        plan.patients = 8
        try Rig.with(plan) { rig in
            _ = try rig.startGateway(0, settings: Self.settings(seconds: deadline))
            // For the control, which goes on beside it.
            _ = try rig.startGateway(1, settings: Self.settings { _ in 600 })
            let patients = try rig.patients()
            let end = ContinuousClock.now + .seconds(1)
            let before = try served(rig, patients) { .now < end }
            let (cuts, borne) = (Cuts(most), Cuts(Self.kinds))
            let during = Mutex(Served())
            try ClientThreads.run(most + Self.kinds + 1) { number in
                let kind = Rudeness.allCases[number % Self.kinds]
                switch number {
                case 0..<most:
                    // Twice what is judged.
                    let end = ContinuousClock.now + .seconds(60)
                    let patient = patients[number % patients.count]
                    cuts.note(try? kind.last(rig.ports[0], patient) { .now < end }, of: kind)
                case most..<most + Self.kinds:
                    borne.note(try kind.last(rig.ports[1], patients[0]) { !cuts.areAll }, of: kind)
                default:
                    let seen = try served(rig, patients) { !cuts.areAll }
                    during.withLock { $0 = seen }
                }
            }
            show(before, during.withLock { $0 }, report)
            for kind in Rudeness.allCases { show(kind, cuts.of(kind), borne.of(kind), report) }
        }
    }

    private func show(_ before: Served, _ during: Served, _ report: Report) {
        report.tell(String(format: "%.0f requests a second before, %.0f beside them", before.rate, during.rate))
        report.check(
            "the service stays available", "\(during.answered) requests answered, \(during.refused) refused",
            during.answered > 0 && during.refused == 0)
    }

    private func show(_ kind: Rudeness, _ cuts: [Double?], _ borne: [Double?], _ report: Report) {
        let seconds = cuts.compactMap(\.self)
        let (first, last) = (seconds.min() ?? 0, seconds.max() ?? 0)
        let told = String(format: "%d of %d, after %.1f s to %.1f s", seconds.count, cuts.count, first, last)
        report.check(
            "each slow \(kind) is cut, and not before \(deadline(kind)) s", told,
            !cuts.isEmpty && seconds.count == cuts.count && first >= Double(deadline(kind)))
        if size == .full { report.check("within 30 s", String(format: "%.1f s", last), last <= 30) }
        let isOpen = borne.contains(where: { $0 == nil })
        report.check("control: without the deadline it stays", isOpen ? "still open" : "cut", isOpen)
    }

    private struct Served: Sendable {
        var answered = 0
        var refused = 0
        var seconds = 0.0

        var rate: Double { Double(answered) / seconds }
    }

    /// What two polite clients get answered for as long as it goes on.
    private func served(
        _ rig: Rig, _ patients: [Patient], while goesOn: @escaping @Sendable () -> Bool
    ) throws -> Served {
        let began = ContinuousClock.now
        let parts = try ClientThreads.collect(2) { number in
            let wire = Wire(port: rig.ports[0])
            var part = Served()
            while goesOn() {
                let reply = try wire.send(Ask("GET", "/v1/appointments", token: patients[number].token))
                if reply.status == 200 { part.answered += 1 } else { part.refused += 1 }
            }
            return part
        }
        return Served(
            answered: parts.map(\.answered).reduce(0, +), refused: parts.map(\.refused).reduce(0, +),
            seconds: (.now - began) / .seconds(1))
    }
}

/// What a client takes its time with.
private enum Rudeness: CaseIterable {
    case head, body, read

    /// Is rude for as long as it goes on, or until the gateway cuts the connection: by closing it, or, where there is
    /// a request to answer, with 408.
    /// - Returns: after how many seconds it did; nil when it did not.
    func last(_ port: Int, _ patient: Patient, while goesOn: () -> Bool) throws -> Double? {
        let wire = Wire(port: port, patience: 1)
        let began = ContinuousClock.now
        try wire.connect()
        switch self {
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
        while goesOn() {
            if try isCut(wire) { return (.now - began) / .seconds(1) }
        }
        return nil
    }

    private func isCut(_ wire: Wire) throws -> Bool {
        guard self != .read else {
            usleep(100_000)
            return !wire.isOpen
        }
        do {
            try wire.write([UInt8(ascii: " ")])
            let reply = try wire.read()
            guard self == .body, reply.status == 408 else {
                throw RigFailure.waited("408 to a slow \(self), and not \(reply.status)")
            }
            return true
        } catch Wire.Failure.timedOut {
            return false
        } catch Wire.Failure.broken {
            return true
        }
    }
}

/// When each client was cut, or that it was not.
private final class Cuts: Sendable {
    private let wanted: Int
    private let ends = Mutex<[(Rudeness, Double?)]>([])

    init(_ wanted: Int) { self.wanted = wanted }

    func note(_ seconds: Double?, of kind: Rudeness) { ends.withLock { $0.append((kind, seconds)) } }

    /// Whether none is left.
    var areAll: Bool { ends.withLock { $0.count == wanted } }

    func of(_ kind: Rudeness) -> [Double?] { ends.withLock { $0.filter { $0.0 == kind }.map(\.1) } }
}
