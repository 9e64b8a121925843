import Foundation
import Rig

/// A statement with its parameters, as PostgreSQL's log tells them.
struct SentStatement: Sendable {
    let sql: String
    /// As text; nil for NULL.
    let values: [String?]

    func calls(_ function: String) -> Bool { sql.contains("\(function)(") }
}

/// What the gateway sent for one unit of work: transactions in the order in which they began.
struct Recording: Sendable {
    let transactions: [[SentStatement]]

    /// The same work for anybody has the same shape.
    var shape: [[String]] { transactions.map { $0.map(\.sql) } }
}

/// Takes the statements of a unit of work out of PostgreSQL's own log.
struct Recorder {
    let system: SystemUnderLoad
    let workload: Workload

    /// What two people's work was: the first one's twice, so that what is new each time shows.
    struct RecordedUnits {
        let first, again, other: Recording
        /// The slots that were booked.
        let slots: (first: Int, again: Int, other: Int)
        /// Fetching a lease on the rate limit, which happens once for many requests.
        let lease: [SentStatement]?
    }

    /// Switches the log on for as long as this takes.
    func record() throws -> RecordedUnits {
        try system.rig.cluster.sql(
            """
            ALTER SYSTEM SET log_statement = 'all';
            ALTER SYSTEM SET log_parameter_max_length = -1;
            ALTER SYSTEM SET log_error_verbosity = 'default';
            SELECT pg_reload_conf();
            """)
        defer {
            _ = try? system.rig.cluster.sql(
                """
                ALTER SYSTEM RESET log_statement;
                ALTER SYSTEM RESET log_parameter_max_length;
                ALTER SYSTEM RESET log_error_verbosity;
                SELECT pg_reload_conf();
                """)
        }
        let wire = Wire(port: system.rig.ports[0])
        var lease: [SentStatement]?
        func unit(of index: Int) throws -> (Recording, Int) {
            let (transactions, slot) = try once(index, wire)
            lease = transactions.first { $0.contains { $0.calls("rate_take") } } ?? lease
            return (Recording(transactions: transactions.filter { !$0.contains { $0.calls("rate_take") } }), slot)
        }
        // Leases, keys and first notices come with the first unit; sessions of the log's setting, with the next.
        var (first, firstSlot) = try unit(of: 0)
        for _ in 0..<20 {
            let (again, againSlot) = try unit(of: 0)
            guard !again.transactions.isEmpty, first.shape == again.shape else {
                (first, firstSlot) = (again, againSlot)
                continue
            }
            for _ in 0..<20 {
                let (other, otherSlot) = try unit(of: 1)
                guard other.shape == first.shape else { continue }
                return RecordedUnits(
                    first: first, again: again, other: other, slots: (firstSlot, againSlot, otherSlot), lease: lease)
            }
        }
        throw RigFailure.waited("two equal recordings of \(workload.rawValue)")
    }

    /// Does one unit for one person and reads what came into the log meanwhile.
    private func once(_ index: Int, _ wire: Wire) throws -> ([[SentStatement]], Int) {
        let log = try FileHandle(forReadingFrom: URL(filePath: "\(system.rig.cluster.socket)/data/log/load.json"))
        defer { try? log.close() }
        try log.seekToEnd()
        let slot = try workload.run(for: index, of: system, over: wire)
        let mark = UUID().uuidString
        try system.rig.cluster.sql("SELECT '\(mark)'")
        var bytes = Data()
        try until("the log to be written") {
            bytes += try log.readToEnd() ?? Data()
            return bytes.range(of: Data(mark.utf8)) != nil
        }
        return (Self.transactions(bytes), slot ?? 0)
    }

    private struct Line: Decodable {
        let user: String?
        let pid: Int
        let message: String?
        let detail: String?
    }

    private static func transactions(_ log: Data) -> [[SentStatement]] {
        var done: [[SentStatement]] = []
        /// Where in `done` each backend's transaction is.
        var open: [Int: Int] = [:]
        for text in log.split(separator: UInt8(ascii: "\n")) {
            guard let line = try? JSONDecoder().decode(Line.self, from: text), line.user == "consilium_app",
                let message = line.message, message.hasPrefix("execute "), let colon = message.range(of: ": ")
            else { continue }
            let sql = String(message[colon.upperBound...])
            switch sql {
            case "BEGIN":
                open[line.pid] = done.count
                done.append([])
            case "COMMIT": open[line.pid] = nil
            default:
                // What runs outside of a transaction is the job notification.
                guard let index = open[line.pid] else { continue }
                done[index].append(SentStatement(sql: sql, values: parameters(line.detail ?? "")))
            }
        }
        return done
    }

    /// Reads `parameters: $1 = 'it''s', $2 = NULL`.
    private static func parameters(_ detail: String) -> [String?] {
        guard let start = detail.range(of: "arameters: ")?.upperBound else { return [] }
        var values: [String?] = []
        var rest = detail[start...]
        while let equals = rest.range(of: " = ")?.upperBound {
            rest = rest[equals...]
            guard rest.first == "'" else {
                values.append(nil)
                rest = rest.dropFirst(4)
                continue
            }
            rest.removeFirst()
            var value = ""
            while let quote = rest.firstIndex(of: "'") {
                value += rest[..<quote]
                rest = rest[rest.index(after: quote)...]
                guard rest.first == "'" else { break }
                value += "'"
                rest.removeFirst()
            }
            values.append(value)
        }
        return values
    }
}
