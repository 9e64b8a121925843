import Foundation
import Rig
import Synchronization

/// Eight writers at their work through two gateways, while somebody kills what they rely on.
final class FailureRun: Sendable {
    /// What is killed.
    enum Victim: Sendable, Hashable {
        case postgres
        case gateway(Int)
    }

    static let writers = 8
    private let rig: Rig
    private let patients: [Patient]
    private let gateways: Mutex<[Program]>
    private let acknowledged = Atomic(0)
    private let isOver = Atomic(false)

    init(_ rig: Rig) throws {
        self.rig = rig
        patients = try rig.patients()
        gateways = Mutex(try rig.startGateways())
    }

    /// Lets the writers write until `harm` has returned and each has the answer to its last write.
    func write(
        seed: UInt64, key: StubbornClient.Key = .withTheWrite, while harm: @escaping @Sendable () throws -> Void
    ) throws -> Ledger {
        isOver.store(false, ordering: .relaxed)
        let ledgers = try ClientThreads.collect(Self.writers + 1) { [self] number in
            guard number < Self.writers else {
                defer { isOver.store(true, ordering: .relaxed) }
                try harm()
                return Ledger()
            }
            // Two writers share a thread, so that they compete for its numbers.
            let writer = Writer(
                patient: patients[number], correspondent: patients[number & ~1], slot: number, ports: rig.ports,
                key: key, generator: SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number)))
            while !isOver.load(ordering: .relaxed) {
                acknowledged.add(try writer.write(), ordering: .relaxed)
            }
            return writer.closed
        }
        var sum = Ledger()
        for ledger in ledgers { sum.add(ledger) }
        return sum
    }

    /// How many writes were acknowledged since the run was made.
    var total: Int { acknowledged.load(ordering: .relaxed) }

    /// Waits until so many have been.
    func wait(until count: Int) throws {
        try until("\(count) acknowledged writes", patience: .seconds(300)) { total >= count }
    }

    /// Kills one and starts it again.
    /// - Returns: how long it took from the new start until the service says that it is ready; and of that, how long
    ///   what was killed took by itself.
    @discardableResult
    func strike(_ victim: Victim) throws -> (ready: Duration, own: Duration) {
        switch victim {
        case .postgres:
            try rig.cluster.crash()
            let began = ContinuousClock.now
            try rig.cluster.start()
            let started = ContinuousClock.now
            for number in 0..<rig.plan.gateways {
                try until("gateway \(number) to be ready again") { rig.isReady(number) }
            }
            return (.now - began, started - began)
        case .gateway(let number):
            try gateways.withLock { try $0[number].murder() }
            let began = ContinuousClock.now
            let gateway = try rig.startGateway(number)
            gateways.withLock { $0[number] = gateway }
            return (.now - began, .now - began)
        }
    }
}
