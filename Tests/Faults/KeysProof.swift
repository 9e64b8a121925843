import Foundation
import Rig

/// P3: a key stands for one write of one account.
struct KeysProof {
    let size: Size

    private static let clients = 50
    private var rounds: Int { size.of(1, 20) }

    func show(_ report: Report) throws {
        report.title("Keys: \(rounds) times \(Self.clients) clients with one key at once, for each of four writes")
        var plan = size.plan("keys")
        plan.patients = 8
        try Rig.with(plan) { rig in
            let gateways = try rig.startGateways()
            let patients = try rig.patients()
            var told = try showOneExecution(rig, patients, report)
            told += try showOtherBody(rig, patients, report)
            for gateway in gateways { try gateway.murder() }
            try rig.cluster.crash()
            try rig.cluster.start()
            _ = try rig.startGateways()
            try showReplayAfterCrash(rig, told, report)
            try showOtherAccount(rig, patients, told, report)
        }
    }

    /// A write with its key, and the one answer that it ever has.
    private struct AnsweredWrite: Sendable {
        let write: Write
        let key: String
        let body: ArraySlice<UInt8>
        let status: Int
    }

    // MARK: At once

    private func showOneExecution(_ rig: Rig, _ patients: [Patient], _ report: Report) throws -> [AnsweredWrite] {
        var (told, fresh, replayed, different) = ([AnsweredWrite](), 0, 0, 0)
        let grid = Grid(now: Date())
        func atOnce(_ write: Write) throws -> Made {
            let key = UUID().uuidString
            let replies = try together(rig, key) { _ in write }
            fresh += replies.count { $0.status < 300 && $0.headers["idempotency-replayed"] == nil }
            replayed += replies.count { $0.status < 300 && $0.headers["idempotency-replayed"] == "true" }
            different += Set(replies.map(\.body)).count - 1
            told.append(AnsweredWrite(write: write, key: key, body: replies[0].body, status: replies[0].status))
            return try replies[0].decode(Made.self)
        }
        for round in 0..<rounds {
            let patient = patients[round % patients.count]
            _ = try atOnce(.message("Message \(round)", from: patient))
            let hold = try atOnce(.hold(for: patient, at: grid.instant(4)))
            let consult = try atOnce(.booking(of: hold, by: patient))
            _ = try atOnce(.cancellation(of: consult, by: patient))
        }
        let store = try Store(rig.cluster)
        report.check(
            "of \(Self.clients) at once one is executed", "\(fresh) executed for \(told.count) keys",
            fresh == told.count)
        report.check(
            "the others get its answer", "\(replayed) replays, \(different) different answers",
            replayed == told.count * (Self.clients - 1) && different == 0)
        report.check(
            "the store has one of each",
            "\(store.messages.count) messages, \(store.holds.count) holds, \(store.appointments.count) bookings",
            [store.messages.count, store.holds.count, store.appointments.count].allSatisfy { $0 == rounds })
        return told
    }

    /// One key, and two bodies at once: whichever comes first owns it.
    private func showOtherBody(_ rig: Rig, _ patients: [Patient], _ report: Report) throws -> [AnsweredWrite] {
        var (told, refused, mixed) = ([AnsweredWrite](), 0, 0)
        let before = try Store(rig.cluster).messages.count
        for round in 0..<rounds {
            let patient = patients[round % patients.count]
            let key = UUID().uuidString
            let bodies = ["One", "Other"].map { Write.message("\($0) \(round)", from: patient) }
            let replies = try together(rig, key) { bodies[$0 / 2 % 2] }
            refused += replies.count { $0.status == 422 && $0.problem == "key-reused" }
            let done = replies.enumerated().filter { $0.element.status == 201 }
            if Set(done.map { $0.offset / 2 % 2 }).count != 1 || Set(done.map(\.element.body)).count != 1 { mixed += 1 }
            guard let first = done.first else { continue }
            told.append(
                AnsweredWrite(write: bodies[first.offset / 2 % 2], key: key, body: first.element.body, status: 201))
        }
        let written = try Store(rig.cluster).messages.count - before
        report.check(
            "the key with another body is 422", "\(refused) of \(rounds * Self.clients), \(written) executed",
            refused >= rounds * (Self.clients / 2 - 1) && mixed == 0 && written == rounds)
        return told
    }

    /// Sends one request by each client, through both gateways, at one moment. Who hears 503 asks again.
    private func together(
        _ rig: Rig, _ key: String, _ write: @escaping @Sendable (Int) -> Write
    ) throws -> [Reply] {
        let start = Barrier(Self.clients)
        return try ClientThreads.collect(Self.clients) { number in
            let wire = Wire(port: rig.ports[number % rig.ports.count])
            try wire.connect()
            let ask = Ask(write(number), key: key)
            try start.wait()
            let end = ContinuousClock.now + .seconds(60)
            var reply = try wire.send(ask)
            while reply.status == 503, .now < end {
                usleep(100_000)
                reply = try wire.send(ask)
            }
            return reply
        }
    }

    // MARK: Later

    private func showReplayAfterCrash(_ rig: Rig, _ told: [AnsweredWrite], _ report: Report) throws {
        let wires = rig.ports.map { Wire(port: $0) }
        let same = try told.enumerated().count { index, told in
            let reply = try wires[index % wires.count].send(Ask(told.write, key: told.key))
            return reply.headers["idempotency-replayed"] == "true" && reply.status == told.status
                && reply.body == told.body
        }
        report.check(
            "after a crash of everything the answer is the same", "\(same) of \(told.count)", same == told.count)
    }

    /// A stranger takes the patient's very keys, for the very same requests; the patient and the case's specialist take them for
    /// messages that are theirs to write.
    private func showOtherAccount(_ rig: Rig, _ patients: [Patient], _ told: [AnsweredWrite], _ report: Report) throws {
        let wire = Wire(port: rig.ports[0])
        let specialists = Array(Set(patients.map(\.specialist)))
        let tokens = Dictionary(uniqueKeysWithValues: zip(specialists, try rig.sessions(of: specialists)))
        var (leaked, refused, own, wanted) = (0, 0, 0, 0)
        for told in told {
            guard let patient = patients.first(where: { $0.token == told.write.token }),
                let stranger = patients.first(where: { $0.specialist != patient.specialist }),
                let specialist = tokens[patient.specialist]
            else { continue }
            func ask(_ path: String, _ token: String) throws -> Reply {
                let reply = try wire.send(Ask("POST", path, token: token, key: told.key, json: told.write.json))
                if reply.headers["idempotency-replayed"] != nil || reply.body == told.body { leaked += 1 }
                return reply
            }
            if try ask(told.write.path, stranger.token).status == 404 { refused += 1 }
            guard told.write.path.hasSuffix("/messages") else { continue }
            wanted += 2
            let replies = [
                try ask(told.write.path, specialist), try ask("/v1/cases/\(stranger.case)/messages", stranger.token),
            ]
            own += replies.count { $0.status == 201 }
        }
        report.check(
            "a stranger with the key and the request is refused", "\(refused) of \(told.count)", refused == told.count)
        report.check("another account's key is one's own", "\(own) of \(wanted) executed", own == wanted)
        report.check("nobody gets another's answer", "\(leaked)", leaked == 0)
    }
}
