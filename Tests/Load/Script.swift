import Foundation
import Rig

/// The recorded statements of a unit of work as a script of `pgbench`, for any of the people and any number of times.
///
/// What belongs to a person becomes a variable that is loaded every `block` units; what was new each time is made from
/// the unit's number; the rest stays as it was sent. Whatever had to be chosen was chosen in `pgbench`'s favour: a
/// transaction is one pipeline, without a round trip for the looks between its statements; sealed bodies, payloads and
/// tokens are made once; ids rise steadily; the job notifications are left out.
struct Script {
    /// Units that a connection does for one of its two people before it turns to the other.
    static let block = 32

    let text: String
    /// Statements of a unit, without those that begin and end transactions.
    let statements: Double
    private let units: Recorder.RecordedUnits
    private let system: SystemUnderLoad
    private let isBooking: Bool
    /// What is new each time, by its recorded value.
    private var fresh: [String: Int] = [:]
    /// The last column that the first `RETURNING` named whose number later statements take.
    private var returned: String?

    init(
        _ units: Recorder.RecordedUnits, _ habits: LoadProfile, _ workload: Workload, of system: SystemUnderLoad,
        connections: Int
    ) throws {
        self.units = units
        self.system = system
        isBooking = workload == .booking
        var writer = (lines: [String](), statements: 0.0)
        var maker = Self(units: units, system: system, isBooking: isBooking)
        func add(_ lines: [String], of transaction: [SentStatement], every units: Double = 1) {
            let rounded = max(1, Int(units.rounded()))
            writer.statements += Double(transaction.count) / Double(rounded)
            guard rounded > 1 else {
                writer.lines += lines
                return
            }
            writer.lines += ["\\if (:n + :client_id) % \(rounded) = 0"] + lines + ["\\endif"]
        }
        if let lease = units.lease, habits.unitsPerLease > 0 {
            add(maker.lease(lease), of: lease, every: habits.unitsPerLease)
        }
        for (index, transaction) in units.first.transactions.enumerated() {
            let isAudit = transaction.contains { $0.calls("audit_reads") }
            add(try maker.lines(of: index), of: transaction, every: isAudit ? habits.unitsPerAudit : 1)
        }
        text = (Self.head(of: system, connections: connections) + writer.lines).joined(separator: "\n") + "\n"
        statements = writer.statements
    }

    private init(units: Recorder.RecordedUnits, system: SystemUnderLoad, isBooking: Bool) {
        self.units = units
        self.system = system
        self.isBooking = isBooking
        text = ""
        statements = 0
    }

    /// Numbers the unit, and loads its person when a block begins.
    private static func head(of system: SystemUnderLoad, connections: Int) -> [String] {
        [
            "\\set n :n + 1",
            "\\set u :base + :client_id * 1000000 + :n",
            "\\set person :client_id + \(connections) * (:n / \(block) % 2)",
            "\\if :n % \(block) = 0",
            "SELECT * FROM load.person WHERE nth = :person \\gset",
            "\\endif",
            "\\set slot :slot0 + \(block) * (:n / \(2 * block)) + :n % \(block)",
            "\\set at \(system.origin) + 3600 * :slot",
        ]
    }

    /// Whether a variable is to be loaded.
    func uses(_ variable: String) -> Bool { text.contains(":\(variable)") }

    private mutating func lines(of index: Int) throws -> [String] {
        let (first, again, other) = (
            units.first.transactions[index], units.again.transactions[index], units.other.transactions[index]
        )
        var lines = ["\\startpipeline", "BEGIN;"]
        for number in first.indices {
            let isAudit = first[number].calls("audit_reads")
            let values = try first[number].values.indices.map { place in
                try expression(
                    for: [first, again, other].map { $0[number].values[place] }, isGrouped: isAudit,
                    in: first[number].sql)
            }
            let sql = PgbenchSQL.text(first[number].sql, values: values)
            if returned == nil, let column = Self.returnedColumn(first[number].sql),
                Self.uses(column, after: number, of: first, again)
            {
                returned = column
                lines += ["\\endpipeline", "\(sql) \\gset", "\\startpipeline"]
            } else {
                lines.append("\(sql);")
            }
        }
        return lines + ["COMMIT;", "\\endpipeline"]
    }

    /// A lease belongs to one account's bucket.
    private func lease(_ transaction: [SentStatement]) -> [String] {
        let statements = transaction.map { statement in
            let values = statement.values.enumerated().map { place, value in
                place == 0 ? "decode(md5(:account), 'hex')" : PgbenchSQL.literal(value)
            }
            return PgbenchSQL.text(statement.sql, values: values) + ";"
        }
        return ["\\startpipeline", "BEGIN;"] + statements + ["COMMIT;", "\\endpipeline"]
    }

    /// What stands for a parameter, from what it was for one person, for the same again, and for another.
    private mutating func expression(for values: [String?], isGrouped: Bool, in sql: String) throws -> String {
        guard let first = values[0], let again = values[1], let other = values[2] else { return "NULL" }
        let people = (system.people[0].columns, system.people[1].columns)
        for (mine, theirs) in zip(people.0, people.1) {
            if (first, again, other) == (mine.value, mine.value, theirs.value) {
                return ":\(mine.name)\(PgbenchSQL.cast(of: first))"
            }
            if isGrouped, (first, other) == ("{\(mine.value)}", "{\(theirs.value)}") {
                return ":group_\(mine.name)\(PgbenchSQL.cast(of: first))"
            }
        }
        if isGrouped {
            return ":group_\(first.dropFirst().dropLast().filter { $0.isLetter || $0.isNumber })"
        }
        if isBooking, first != again, let offset = offset(of: first, units.slots.first),
            offset == self.offset(of: again, units.slots.again), offset == self.offset(of: other, units.slots.other)
        {
            return offset == 0
                ? "to_timestamp(:at::bigint)"
                : "(to_timestamp(:at::bigint) + interval '\(offset) microseconds')"
        }
        if first == again {
            // From where somebody asks is noted with no write of these, and no session of these has ended: any will do.
            let anyWillDo = ["'consilium.source'", "consilium.session_has_ended("].contains { sql.contains($0) }
            guard first == other || PgbenchSQL.cast(of: first) != "::uuid" || anyWillDo else {
                throw RigFailure.command("recording", output: "whose is \(first) in \(sql)?")
            }
            return PgbenchSQL.literal(first)
        }
        return freshExpression(first)
    }

    private mutating func freshExpression(_ value: String) -> String {
        let number = fresh[value, default: fresh.count + 1]
        fresh[value] = number
        let hex = "lpad(to_hex(:u::bigint), "
        switch PgbenchSQL.cast(of: value) {
        case "::uuid": return "('\(String(format: "%08x", number))-0000-4000-8000-' || \(hex)12, '0'))::uuid"
        case "::bytea" where value.count == 66: return "decode(\(hex)64, '0'), 'hex')"
        case "" where value.count == 64 && value.allSatisfy(\.isHexDigit): return "\(hex)64, '0')"
        case "" where Int(value) != nil && returned != nil: return ":\(returned ?? "")"
        default: return PgbenchSQL.literal(value)
        }
    }

    /// Microseconds from a slot's start to an instant within a month of it.
    private func offset(of value: String, _ slot: Int) -> Int? {
        guard let instant = PgbenchSQL.microseconds(value) else { return nil }
        let offset = instant - (system.origin + slot * 3600) * 1_000_000
        return abs(offset) < 31 * 86_400_000_000 ? offset : nil
    }

    private static func returnedColumn(_ sql: String) -> String? {
        let words = sql.split(whereSeparator: \.isWhitespace)
        guard let place = words.lastIndex(of: "RETURNING") else { return nil }
        let names = words[(place + 1)...].joined(separator: " ").components(separatedBy: ", ")
        guard names.allSatisfy({ $0.allSatisfy { $0.isLetter || $0 == "_" } }) else { return nil }
        return names.last
    }

    /// Whether a later statement takes a number that was new each time.
    private static func uses(
        _ column: String, after number: Int, of first: [SentStatement], _ again: [SentStatement]
    ) -> Bool {
        zip(first, again).dropFirst(number + 1).contains { mine, theirs in
            zip(mine.values, theirs.values).contains { $0 != $1 && $0.flatMap(Int.init) != nil }
        }
    }
}
