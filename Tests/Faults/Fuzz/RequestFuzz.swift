import Foundation
import Gateway
import Glibc
import HTTPServer
import JSON
import Rig
import ServiceAPI

/// A gateway that is sent what nobody should send, over the wire and by people of every role: each operation of its own
/// document, one part of the request being another than it should.
final class RequestFuzz: @unchecked Sendable {
    // Threads read what is set before they start.
    enum Part: String, CaseIterable, Sendable { case query, path, header, body, upload }

    /// What makes a gateway wait no longer than it must for what never comes, and refuse nobody for asking often.
    static let settings = [
        "CONSILIUM_GATEWAY_BODY_SECONDS": "1", "CONSILIUM_GATEWAY_HEAD_SECONDS": "1",
        "CONSILIUM_GATEWAY_PUBLIC_REQUESTS_PER_MINUTE": "1000000",
    ]

    private let rig: Rig
    private let seed: UInt64
    private var gateway: Program
    private var maker: RequestMaker
    private let people: [String]

    /// Connections at once.
    private static let clients = 6

    init(_ rig: Rig, seed: UInt64) throws {
        self.rig = rig
        self.seed = seed
        gateway = try rig.startGateway(0)
        let wire = Wire(port: rig.ports[0])
        let patients = try rig.patients()
        // One of them has every role of the staff.
        try rig.cluster.sql(
            """
            INSERT INTO consilium.account_role (account_id, role)
            SELECT '\(patients[1].account)', r FROM unnest(ARRAY['coordinator', 'operator', 'caregiver']) r
            """)
        people = [patients[0].account, patients[1].account, patients[0].specialist]
        let document = try JSONParser.parse(Array(try wire.send(Ask("GET", "/openapi.json")).body)).value
        maker = RequestMaker(
            document, case: patients[0].case, specialist: patients[0].specialist,
            ids: try rig.cluster.sql(
                """
                SELECT id FROM consilium.appointment UNION SELECT id FROM consilium.clinical_case
                UNION SELECT id FROM consilium.account UNION SELECT id FROM consilium.record
                """
            ).compactMap(\.first))
        maker.tokens = try rig.sessions(of: people)
        try makeRecord(of: patients[0], over: wire)
    }

    /// A record that files can be added to.
    private func makeRecord(of patient: Patient, over wire: Wire) throws {
        let request = RequestMaker.Request(
            route: "POST /v1/cases/{id}/records",
            bytes: Ask(
                "POST", "/v1/cases/\(patient.case)/records", token: patient.token,
                json: #"{"kind":"pathology_report","title":"Biopsy"}"#
            ).bytes)
        try wire.connect()
        try wire.write(request.bytes)
        let reply = try wire.read()
        guard reply.status == 201 else { throw RigFailure.command("add a record", output: reply.text) }
        maker.learn(from: reply, to: request)
    }

    /// What came of one part.
    struct Tally: Sendable {
        var sent = 0
        var unanswered = 0
        var statuses: [Int: Int] = [:]
        /// By route: a request that was answered 500, and how many were.
        var faults: [String: (count: Int, sample: String)] = [:]
        /// The request that the gateway was gone after.
        var fatal: String?

        static func + (left: Tally, right: Tally) -> Tally {
            var sum = left
            sum.sent += right.sent
            sum.unanswered += right.unanswered
            sum.statuses.merge(right.statuses, uniquingKeysWith: +)
            sum.faults.merge(right.faults) { ($0.count + $1.count, $0.sample) }
            sum.fatal = [left.fatal, right.fatal].compactMap(\.self).joined(separator: "\n")
            if sum.fatal?.isEmpty == true { sum.fatal = nil }
            return sum
        }

        var told: String {
            let list = statuses.sorted { $0.value > $1.value }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
            return "\(sent) requests: \(list), \(unanswered) × none"
        }
    }

    /// Sends requests of which one part is another than it should be.
    func run(_ part: Part, seconds: Double) throws -> Tally {
        let (port, seed, gateway) = (rig.ports[0], seed, gateway)
        let makers = try (0..<Self.clients).map { _ in
            var maker = maker
            maker.tokens = try rig.sessions(of: people)
            return maker
        }
        let tallies = try ClientThreads.collect(Self.clients) { client in
            var (maker, tally, refused) = (makers[client], Tally(), 0)
            let wire = Wire(port: port, patience: 3)
            let end = ContinuousClock.now + .seconds(seconds)
            while .now < end, gateway.isRunning {
                var generator = SeededGenerator(
                    seed: (seed &* 1009 &+ UInt64(client)) &* 7_368_787 &+ UInt64(tally.sent))
                let request = maker.request(part, &generator)
                tally.sent += 1
                let before = tally.statuses[401, default: 0]
                try Self.send(request, part, over: wire, to: gateway, &maker, &tally)
                // Some request may have ended a session, as it should, and a proof of the password ages.
                refused += tally.statuses[401, default: 0] - before
                if refused > 20 || tally.sent % 2000 == 0 {
                    maker.tokens = try self.rig.sessions(of: self.people)
                    refused = 0
                }
            }
            if !gateway.isRunning, tally.fatal == nil { tally.fatal = maker.last?.text }
            return tally
        }
        return tallies.reduce(Tally(), +)
    }

    /// Starts another gateway where some request has ended it.
    func reviveGateway() throws {
        if !gateway.isRunning { gateway = try rig.startGateway(0) }
    }

    func judge(_ tally: Tally, of part: Part, _ report: Report) {
        report.check("\(part.rawValue) of requests ends no process", tally.told, gateway.isRunning)
        if !gateway.isRunning {
            report.tell("seed \(seed), one of these:\n\(tally.fatal ?? "")\n\(gateway.said.suffix(2000))")
        }
        report.check(
            "\(part.rawValue) of requests is never answered by 500", "\(tally.faults.count) routes",
            tally.faults.isEmpty)
        for (route, fault) in tally.faults.sorted(by: { $0.key < $1.key }) {
            report.tell("\(fault.count) times \(route), as\n\(fault.sample)")
        }
    }

    private static func send(
        _ request: RequestMaker.Request, _ part: Part, over wire: Wire, to gateway: Program,
        _ maker: inout RequestMaker,
        _ tally: inout Tally
    ) throws {
        maker.last = request
        do {
            try wire.connect()
            try wire.write(request.bytes)
            let reply = try wire.read()
            tally.statuses[reply.status, default: 0] += 1
            maker.learn(from: reply, to: request)
            if reply.status == 500 {
                let sample = "\(request.text)\n\(reply.text)\n\(gateway.said.suffix(600))"
                tally.faults[request.route] = (1 + (tally.faults[request.route]?.count ?? 0), sample)
            }
            // A stream, or what has no body to be read to its end.
            if !reply.has("content-length"), reply.status != 204 { wire.hangUp() }
            // Where the body may be another length than the declared one, what is left is no request.
            if part == .header || part == .upload { wire.hangUp() }
        } catch is Wire.Failure {
            wire.hangUp()
            tally.unanswered += 1
        }
    }
}
