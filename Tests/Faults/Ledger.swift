import Foundation
import Rig

/// What clients were told is done.
struct Ledger: Sendable {
    /// By id, in which case and under which number.
    var messages: [String: Store.Place] = [:]
    var holds: Set<String> = []
    var appointments: Set<String> = []
    /// Of the appointments, those that were called off.
    var cancelled: Set<String> = []
    /// Ids that were given out twice.
    var repeated = 0
    var retries = 0
    var replays = 0
    /// Answers that nobody should have got.
    var odd: [String] = []

    /// Writes that were acknowledged.
    var count: Int { messages.count + holds.count + appointments.count + cancelled.count }

    mutating func add(_ other: Ledger) {
        messages.merge(other.messages) { first, _ in
            repeated += 1
            return first
        }
        repeated += holds.intersection(other.holds).count + appointments.intersection(other.appointments).count
        holds.formUnion(other.holds)
        appointments.formUnion(other.appointments)
        cancelled.formUnion(other.cancelled)
        repeated += other.repeated
        retries += other.retries
        replays += other.replays
        odd += other.odd
    }

    /// Acknowledged writes that the store does not show.
    func lost(in store: Store) -> Int {
        messages.count { store.messages[$0.key] != $0.value }
            + holds.count { !store.holds.contains($0) }
            + appointments.count { store.appointments[$0] == nil }
            + cancelled.count { store.appointments[$0] != "cancelled" }
    }

    /// Writes in the store that were never acknowledged, though every client waited for its answer: each is a second
    /// execution of one that was.
    func doubled(in store: Store, since before: Store) -> Int {
        store.messages.keys.count { messages[$0] == nil && before.messages[$0] == nil }
            + store.holds.subtracting(holds).subtracting(before.holds).count
            + store.appointments.keys.count { !appointments.contains($0) && before.appointments[$0] == nil }
    }
}

/// What PostgreSQL holds, read past the service.
struct Store: Sendable {
    struct Place: Sendable, Equatable {
        let `case`: String
        let seq: Int
    }

    var messages: [String: Place] = [:]
    var holds: Set<String> = []
    /// The state of each, by id.
    var appointments: [String: String] = [:]

    /// A store in which nothing was written.
    init() {}

    init(_ cluster: Cluster) throws {
        for row in try cluster.sql("SELECT id, case_id, seq FROM consilium.message") {
            messages[row[0]] = Place(case: row[1], seq: Int(row[2]) ?? 0)
        }
        holds = Set(try cluster.sql("SELECT id FROM consilium.hold").map { $0[0] })
        for row in try cluster.sql("SELECT id, state FROM consilium.appointment") { appointments[row[0]] = row[1] }
    }

    /// Threads whose messages are not numbered 1, 2, … to the thread's last number.
    static func gaps(_ cluster: Cluster) throws -> Int {
        try cluster.count(
            """
            SELECT count(*) FROM (
                SELECT FROM consilium.thread t LEFT JOIN consilium.message m ON m.thread_id = t.id
                GROUP BY t.id, t.last_seq
                HAVING count(m.seq) <> t.last_seq OR coalesce(min(m.seq), 1) <> 1 OR coalesce(max(m.seq), 0) <> t.last_seq
            ) gapped
            """)
    }

    /// Keys with a kept reply.
    static func keys(_ cluster: Cluster) throws -> Int {
        try cluster.count("SELECT count(*) FROM consilium.idempotency_key WHERE status IS NOT NULL")
    }
}
