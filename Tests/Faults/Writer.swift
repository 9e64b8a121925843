import Foundation
import Rig

/// A patient who writes messages, and now and then books a consult and calls it off; one request at a time.
final class Writer {
    private let patient: Patient
    private let correspondent: Patient
    private let startsAt: String
    private let client: StubbornClient
    private var generator: SeededGenerator
    private var ledger = Ledger()
    private var number = 0

    /// - Parameters:
    ///   - patient: who books.
    ///   - correspondent: who writes the messages; two writers may be one person at two machines.
    ///   - slot: an hour that no other writer wants.
    init(
        patient: Patient, correspondent: Patient, slot: Int, ports: [Int], key: StubbornClient.Key,
        generator: SeededGenerator
    ) {
        self.patient = patient
        self.correspondent = correspondent
        self.generator = generator
        startsAt = Grid(now: Date()).instant(slot * 4)
        client = StubbornClient(ports: ports, key: key, turn: slot)
    }

    /// What was acknowledged, once no more is written.
    var closed: Ledger {
        var ledger = ledger
        ledger.retries = client.retries
        ledger.replays = client.replays
        ledger.odd += client.faults
        return ledger
    }

    /// - Returns: how many writes were acknowledged.
    func write() throws -> Int {
        let before = ledger.count
        if Int.random(in: 0..<20, using: &generator) == 0 { try consult() } else { try message() }
        return ledger.count - before
    }

    private func message() throws {
        number += 1
        guard let made = try send(.message("Message \(number)", from: correspondent)) else { return }
        let place = Store.Place(case: correspondent.case, seq: made.seq ?? 0)
        if ledger.messages.updateValue(place, forKey: made.id) != nil { ledger.repeated += 1 }
    }

    /// Holds, books and calls off.
    private func consult() throws {
        guard let hold = try send(.hold(for: patient, at: startsAt)) else { return }
        if !ledger.holds.insert(hold.id).inserted { ledger.repeated += 1 }
        guard let consult = try send(.booking(of: hold, by: patient)) else { return }
        if !ledger.appointments.insert(consult.id).inserted { ledger.repeated += 1 }
        if try send(.cancellation(of: consult, by: patient)) != nil {
            ledger.cancelled.insert(consult.id)
        }
    }

    /// Nil when it was refused.
    private func send(_ write: Write) throws -> Made? {
        let reply = try client.send(write)
        guard (200..<300).contains(reply.status) else {
            ledger.odd.append("\(reply.status) \(reply.problem ?? "")")
            return nil
        }
        return try reply.decode(Made.self)
    }
}
