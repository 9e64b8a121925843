import Foundation
import Glibc
import Rig
import Synchronization

/// Gateways that are told to leave, one at a time, and come back.
final class Gateways: Sendable {
    let balancer: Balancer
    private let rig: Rig
    private let patient: Patient
    private let programs: Mutex<[Program]>

    init(_ rig: Rig, _ patient: Patient, _ balancer: Balancer) throws {
        self.rig = rig
        self.patient = patient
        self.balancer = balancer
        programs = Mutex(try rig.startGateways())
    }

    /// How one left.
    struct Leave: Sendable {
        /// Whether a request whose body was half sent before the signal, and the rest after the listener had closed,
        /// was done and answered.
        var isParcelAnswered: Bool
        /// Whether readiness said 503 while a fresh connection was still served.
        var isReadyFirst: Bool
        var seconds: Double
        var code: Int32
    }

    /// Sends the signal to a gateway that is in the rotation, waits for its end, and starts it again.
    func stop(_ number: Int, by signal: Int32) throws -> Leave {
        for gateway in 0..<rig.plan.gateways { try balancer.waitFor(gateway) }
        let program = programs.withLock { $0[number] }
        let parcel = Wire(port: rig.ports[number])
        let ask = Ask(.message("It takes a while until all of this has come.", from: patient), key: UUID().uuidString)
        try parcel.connect()
        try parcel.write(Array(ask.bytes.dropLast(20)))
        let began = ContinuousClock.now
        program.signal(signal)
        var isReadyFirst = false
        if signal == SIGTERM {
            try until("gateway \(number) to say that it drains") { try isDraining(number) }
            isReadyFirst = isServing(number)
            try until("gateway \(number) to close its port") { !isServing(number) }
        }
        var isParcelAnswered = false
        if (try? parcel.write(Array(ask.bytes.suffix(20)))) != nil, let reply = try? parcel.read() {
            isParcelAnswered = reply.status == 201
        }
        let code = try program.wait()
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let next = try rig.startGateway(number)
        programs.withLock { $0[number] = next }
        return Leave(isParcelAnswered: isParcelAnswered, isReadyFirst: isReadyFirst, seconds: seconds, code: code)
    }

    /// Whether readiness answers, and with 503.
    private func isDraining(_ number: Int) throws -> Bool {
        try Wire(port: rig.opsPorts[number]).send(Ask("GET", "/health/ready")).status == 503
    }

    /// Whether a fresh connection gets an answer.
    private func isServing(_ number: Int) -> Bool {
        (try? Wire(port: rig.ports[number]).send(Ask("GET", "/openapi.json")).status) == 200
    }
}

/// How processes left, as it is noted.
final class Leaves: Sendable {
    private let lists = Mutex<([Gateways.Leave], [Workers.Leave])>(([], []))

    func add(_ leave: Gateways.Leave) { lists.withLock { $0.0.append(leave) } }
    func add(_ leave: Workers.Leave) { lists.withLock { $0.1.append(leave) } }

    var gateways: [Gateways.Leave] { lists.withLock { $0.0 } }
    var workers: [Workers.Leave] { lists.withLock { $0.1 } }
}
