package import Clinic
import FoundationEssentials
import ICalendar
package import Postgres

extension Availability {
    /// The rows of rules and overrides, computed before any lock is taken.
    struct Plan: Sendable {
        fileprivate let sets: [UUID]
        fileprivate let rules: [[UUID]]
        fileprivate let dates: RuleDates
        fileprivate let until: CivilDate
    }

    /// Checks the rules and overrides and expands the rules' dates up to the horizon.
    /// - Parameter time: further dates that are wanted for the rest of the transaction.
    /// - Throws: `FieldRefusal` naming the place and its rule.
    func plan(alsoOver time: ClosedRange<CivilDate>? = nil, in tx: Transaction) async throws -> Plan {
        let recurrences = try recurrences()
        try await checkVisitTypes(in: tx)
        let kept = try await AvailabilityHorizon.window(in: tx)
        let rules = recurrences.map { $0.map { _ in UUID() } }
        return Plan(
            sets: ruleSets.map { _ in UUID() }, rules: rules,
            dates: try RuleDates(
                zip(rules.joined(), recurrences.joined()), over: [kept] + (time.map { [$0] } ?? [])),
            until: kept.upperBound)
    }

    /// Replaces a specialist's rules and overrides, with the dates of the rules up to the horizon. The caller has locked
    /// their calendar.
    /// - Parameter time: further dates that are wanted for the rest of the transaction.
    /// - Throws: `FieldRefusal` naming the place and its rule.
    package func write(
        of specialist: AccountID, alsoOver time: ClosedRange<CivilDate>? = nil, in tx: Transaction
    ) async throws {
        try await write(try await plan(alsoOver: time, in: tx), of: specialist, in: tx)
    }

    /// The same, from a plan.
    func write(_ plan: Plan, of specialist: AccountID, in tx: Transaction) async throws {
        _ = tx.enqueue("DELETE FROM consilium.availability_date WHERE specialist_id = \(specialist)")
        _ = tx.enqueue("DELETE FROM consilium.availability_rule WHERE specialist_id = \(specialist)")
        _ = tx.enqueue("DELETE FROM consilium.availability_set WHERE specialist_id = \(specialist)")
        _ = tx.enqueue("DELETE FROM consilium.availability_override WHERE specialist_id = \(specialist)")
        _ = tx.enqueue(AvailabilitySQL.insert(ruleSets, plan.sets, of: specialist))
        _ = tx.enqueue(AvailabilitySQL.insert(ruleSets.map(\.rules), plan.rules, plan.sets, of: specialist))
        _ = tx.enqueue(AvailabilitySQL.insert(overrides, of: specialist))
        _ = tx.enqueue(plan.dates.insertion)
        try await tx.execute(AvailabilitySQL.keep(until: plan.until, of: specialist))
    }

    private func checkVisitTypes(in tx: Transaction) async throws {
        let named =
            ruleSets.enumerated().map { ("/ruleSets/\($0)", $1.visitTypes) }
            + overrides.enumerated().map { ("/overrides/\($0)", $1.visitTypes) }
        guard named.contains(where: { $0.1 != nil }) else { return }
        let known = Set(
            try await tx.query("SELECT id::text FROM consilium.visit_type WHERE current").map {
                try $0.decode(String.self)
            })
        for (place, types) in named {
            for (index, type) in (types ?? []).enumerated() where !known.contains(type) {
                throw FieldRefusal(
                    "\(place)/visitTypes/\(index)", rule: "choice", "must be a visit type that can be booked")
            }
        }
    }
}

/// The dates of rules, as rows.
struct RuleDates: Sendable {
    private var rules: [UUID] = []
    private var dates: [CivilDate] = []

    init(_ recurrences: some Sequence<(UUID, Recurrence)>, over times: [ClosedRange<CivilDate>]) throws {
        // Several hours of one day mostly have the same recurrence.
        var expanded: [Recurrence: Set<CivilDate>] = [:]
        for (id, recurrence) in recurrences {
            do throws(RecurrenceRefusal) {
                var all = expanded[recurrence] ?? []
                if expanded[recurrence] == nil {
                    for time in times { all.formUnion(try recurrence.dates(in: time)) }
                    expanded[recurrence] = all
                }
                rules += Array(repeating: id, count: all.count)
                dates += all
            } catch {
                throw error.at("/ruleSets")
            }
        }
    }

    var insertion: SQL {
        """
        INSERT INTO consilium.availability_date (specialist_id, on_date, rule_id, opens, closes, visit_types)
        SELECT r.specialist_id, d.on_date::date, r.id, extract(epoch FROM r.starts) / 60,
            extract(epoch FROM r.ends) / 60, s.visit_types
        FROM unnest(\(rules), \(dates)) d (rule_id, on_date)
            JOIN consilium.availability_rule r ON r.id = d.rule_id
            JOIN consilium.availability_set s ON s.id = r.set_id
        WHERE s.effective @> d.on_date::date
        """
    }
}

enum AvailabilitySQL {
    static func sets(of specialist: AccountID) -> SQL {
        """
        SELECT id, lower(effective), upper(effective) - 1, visit_types::text[] FROM consilium.availability_set
        WHERE specialist_id = \(specialist) ORDER BY place, id
        """
    }

    static func rules(of specialist: AccountID) -> SQL {
        """
        SELECT id, set_id, rrule::text, start_date, left(starts::text, 5) AS starts, left(ends::text, 5) AS ends,
            exdates::text[], rdates::text[]
        FROM consilium.availability_rule WHERE specialist_id = \(specialist) ORDER BY place, id
        """
    }

    static func overrides(of specialist: AccountID) -> SQL {
        """
        SELECT on_date, mode::text, visit_types::text[],
            coalesce(array_agg(\(fragment: clock("opens")) ORDER BY opens) FILTER (WHERE opens IS NOT NULL), '{}'),
            coalesce(array_agg(\(fragment: clock("closes")) ORDER BY opens) FILTER (WHERE opens IS NOT NULL), '{}')
        FROM consilium.availability_override WHERE specialist_id = \(specialist)
        GROUP BY place, on_date, mode, visit_types ORDER BY place
        """
    }

    /// Minutes since midnight as `09:30`, or `24:00`.
    static func clock(_ minutes: SQL) -> SQL { "to_char(make_interval(mins => \(fragment: minutes)), 'HH24:MI')" }

    static func insert(_ sets: [RuleSet], _ ids: [UUID], of specialist: AccountID) -> SQL {
        """
        INSERT INTO consilium.availability_set (id, specialist_id, place, effective, visit_types)
        SELECT s.id, \(specialist), s.place, daterange(nullif(s.first, '')::date, nullif(s.last, '')::date, '[]'),
            string_to_array(nullif(s.types, ''), ',')
        FROM unnest(\(ids), \(sets.map { $0.effectiveFrom?.rawValue ?? "" }),
            \(sets.map { $0.effectiveUntil?.rawValue ?? "" }), \(sets.map { listed($0.visitTypes) }))
            WITH ORDINALITY s (id, first, last, types, place)
        """
    }

    static func insert(
        _ rules: [[HoursRule]], _ ids: [[UUID]], _ sets: [UUID], of specialist: AccountID
    ) -> SQL {
        let owners = zip(rules, sets).flatMap { Array(repeating: $1, count: $0.count) }
        let rules = Array(rules.joined())
        return """
            INSERT INTO consilium.availability_rule (id, specialist_id, set_id, place, rrule, start_date, starts, ends,
                exdates, rdates)
            SELECT r.id, \(specialist), r.set_id, r.place, nullif(r.rrule, ''), r.start_date::date, r.starts::time,
                r.ends::time, string_to_array(r.exdates, ',')::date[], string_to_array(r.rdates, ',')::date[]
            FROM unnest(\(Array(ids.joined())), \(owners), \(rules.map { $0.rrule?.uppercased() ?? "" }),
                \(rules.map(\.startDate)), \(rules.map(\.starts)), \(rules.map(\.ends)),
                \(rules.map { listed($0.exdates?.map(\.rawValue)) }), \(rules.map { listed($0.rdates?.map(\.rawValue)) }))
                WITH ORDINALITY r (id, set_id, rrule, start_date, starts, ends, exdates, rdates, place)
            """
    }

    /// A day off is one row without hours.
    static func insert(_ overrides: [HoursOverride], of specialist: AccountID) -> SQL {
        let rows = overrides.enumerated().flatMap { place, override in
            (override.hours.isEmpty ? [HoursOfDay(starts: "", ends: "")] : override.hours)
                .map { (Int32(clamping: place), override, $0) }
        }
        return """
            INSERT INTO consilium.availability_override (specialist_id, place, on_date, mode, visit_types, opens, closes)
            SELECT \(specialist), o.place, o.on_date::date, o.mode, string_to_array(nullif(o.types, ''), ','),
                extract(epoch FROM nullif(o.starts, '')::time) / 60, extract(epoch FROM nullif(o.ends, '')::time) / 60
            FROM unnest(\(rows.map(\.0)), \(rows.map(\.1.date)), \(rows.map(\.1.mode.rawValue)),
                \(rows.map { listed($0.1.visitTypes) }), \(rows.map(\.2.starts)), \(rows.map(\.2.ends)))
                o (place, on_date, mode, types, starts, ends)
            """
    }

    static func keep(until: CivilDate, of specialist: AccountID) -> SQL {
        """
        INSERT INTO consilium.availability_horizon (specialist_id, until) VALUES (\(specialist), \(until)::text::date)
        ON CONFLICT (specialist_id) DO UPDATE SET until = excluded.until
        """
    }

    private static func listed(_ words: [String]?) -> String { (words ?? []).joined(separator: ",") }
}
