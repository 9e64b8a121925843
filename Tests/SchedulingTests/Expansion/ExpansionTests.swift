import Clinic
import Foundation
import Postgres
import Rig
import TestSupport
import Testing

@testable import ICalendar
@testable import Scheduling

/// Hours held against another expander, in dates and in instants: through saving and the look that booking takes on one
/// side, through python-dateutil and the system's zoneinfo on the other. `CONSILIUM_RULE_SETS` says how many rule sets,
/// `CONSILIUM_RULE_SEED` which.
@Suite("Hours mean what another expander says", .database, .timeLimit(.minutes(5)))
struct ExpansionTests {
    private static let count = setting("CONSILIUM_RULE_SETS") ?? 30
    private static let seed = setting("CONSILIUM_RULE_SEED") ?? 1
    private static let years = 2026...2028
    /// So many at once, one start of the other expander each.
    private static let batch = 50

    private static func setting(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    @Test("in every date and every instant, for random rules in every zone through both clock changes of 2026–2028")
    func differential() async throws {
        let zones = try await zones()
        let fixture = try await SchedulingFixture.make(hours: [])
        let kinds = try await kinds()
        let (first, last) = (date("\(Self.years.lowerBound)-01-01"), date("\(Self.years.upperBound)-12-31"))
        var random = RandomRules(
            generator: SeededGenerator(seed: UInt64(Self.seed)), first: first, last: last, kinds: kinds.map(\.id))
        // Every zone comes before any comes again.
        let order = zones.shuffled(using: &random.generator)
        var (hours, starts, differing) = (0, 0, 0)
        for begin in stride(from: 0, to: Self.count, by: Self.batch) {
            let questions = (begin..<min(begin + Self.batch, Self.count)).map { index in
                let zone = order[index % order.count]
                return Expander.Question(
                    availability: random.availability(in: zone.name), first: first, last: last, visitTypes: kinds,
                    looked: zone.changes.isEmpty ? ["2026-03-29", "2027-11-07"] : zone.changes)
            }
            for (question, theirs) in zip(questions, try Expander.ask(questions)) {
                let ours = try await answer(to: question, of: fixture.specialist.account)
                differing += ours == theirs ? 0 : 1
                #expect(ours == theirs, "\(Self.difference(ours, theirs, question))")
                hours += theirs.count { $0 == "-" } / 2
                starts += theirs.split(separator: ";").filter { !$0.contains("-") }.reduce(0) { $0 + $1.count / 11 }
            }
        }
        print(
            "\(Self.count) rule sets in \(min(Self.count, order.count)) zones, seed \(Self.seed): \(hours) hours and "
                + "about \(starts) starts around clock changes, \(differing) rule sets differ")
        #expect(hours > Self.count * 30)
    }

    // BYWEEKNO is not among them: libical reads beyond its own memory over it.
    @Test(
        "Control: shapes that are refused are expanded wrongly beneath, and the other expander sees it",
        arguments: [
            "FREQ=WEEKLY;INTERVAL=2;WKST=SA;BYDAY=WE,TH,FR,MO", "FREQ=WEEKLY;INTERVAL=5;BYDAY=SU",
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2", "FREQ=DAILY;BYMONTHDAY=-1",
        ])
    func control(rule: String) throws {
        let last = date("2028-12-31")
        let new = date("2026-01-01")
        let starts = (0..<73).compactMap { new.adding(days: 5 * $0) }
        let theirs = try Expander.ask(starts.map { Expander.RuleQuestion(rule: rule, start: $0, last: last) })
        let differing = zip(starts, theirs).filter { start, dates in
            guard var iterator = RecurrenceIterator(rule, from: start, through: last) else { return true }
            var ours: [String] = []
            while let date = iterator.next(), date <= last { ours.append(date.rawValue) }
            return ours.joined(separator: " ") != dates
        }
        #expect(!differing.isEmpty)
        // On some first date at least it is not let through.
        #expect(starts.contains { start in (try? Recurrence(RecurrenceRule(rule), from: start)) == nil })
    }

    /// The zones that both sides know, which are all that a specialist can have.
    private func zones() async throws -> [(name: String, changes: [String])] {
        let known = Set(
            try await ask(
                """
                SELECT name FROM pg_timezone_names WHERE is_zone(name) AND name !~ '^(posix|right)/'
                """))
        let zones = try Expander.zones(Self.years.lowerBound, Self.years.upperBound).filter { known.contains($0.name) }
        #expect(zones.count == known.count && zones.count > 500)
        return zones
    }

    private func kinds() async throws -> [Expander.Kind] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT id::text, duration_minutes, granularity_minutes FROM visit_type
                WHERE current AND id IN ('consult-30', 'consult-45', 'consult-60') ORDER BY id
                """
            ).map { row in
                let (id, minutes, granularity) = try row.decode(String.self, Int.self, Int.self)
                return Expander.Kind(id: id, minutes: minutes, granularity: granularity)
            }
        }
    }

    /// Saves the rules, and reads what booking would look at, in the words of the other expander.
    private func answer(to question: Expander.Question, of specialist: AccountID) async throws -> String {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                "UPDATE specialist SET time_zone = \(question.availability.timeZone) WHERE id = \(specialist)")
            try await question.availability.write(of: specialist, alsoOver: question.first...question.last, in: tx)
            let parts = question.visitTypes.map { kind in
                (
                    tx.enqueue(Self.hours(of: specialist, kind.id, question.first, question.last)),
                    tx.enqueue(Self.starts(of: specialist, kind.id, question.looked))
                )
            }
            var answers: [String] = []
            for (hours, starts) in parts {
                answers.append(try await hours.first()?.decode(String.self) ?? "")
                answers.append(try await starts.first()?.decode(String.self) ?? "")
            }
            return answers.joined(separator: ";")
        }
    }

    private static func hours(of specialist: AccountID, _ kind: String, _ first: CivilDate, _ last: CivilDate) -> SQL {
        """
        SELECT coalesce(string_agg(concat_ws('/', h.on_date, h.starts, h.ends,
            extract(epoch FROM instant_of(h.on_date + make_interval(mins => h.starts), s.time_zone))::bigint,
            extract(epoch FROM instant_of(h.on_date + make_interval(mins => h.ends), s.time_zone))::bigint),
            ' ' ORDER BY h.on_date, h.starts), '')
        FROM specialist s, LATERAL hours_of(s.id, \(kind), \(first)::text::date, \(last)::text::date) h
        WHERE s.id = \(specialist)
        """
    }

    private static func starts(of specialist: AccountID, _ kind: String, _ looked: [String]) -> SQL {
        """
        SELECT coalesce(string_agg(at::text, ' ' ORDER BY at), '') FROM (
            SELECT DISTINCT extract(epoch FROM at)::bigint AS at
            FROM specialist s, visit_type v, unnest(\(looked)) d,
                LATERAL candidate_starts(s.id, v, instant_of(d::date - interval '1 day', s.time_zone),
                    instant_of(d::date + interval '2 days', s.time_zone)) g,
                generate_series(g.starts_at, g.last_at, make_interval(mins => v.granularity_minutes)) at
            WHERE s.id = \(specialist) AND v.id = \(kind) AND v.current) s
        """
    }

    private func ask(_ sql: SQL) async throws -> [String] {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(sql).map { try $0.decode(String.self) }
        }
    }

    /// The first few that only one side has, with the rules that they come from.
    private static func difference(_ ours: String, _ theirs: String, _ question: Expander.Question) -> String {
        let sides = [ours, theirs].map { $0.split(separator: ";", omittingEmptySubsequences: false) }
        for (index, (mine, other)) in zip(sides[0], sides[1]).enumerated() where mine != other {
            let (mine, other) = (Set(mine.split(separator: " ")), Set(other.split(separator: " ")))
            return """
                part \(index): only ours \(mine.subtracting(other).sorted().prefix(5)), only theirs \
                \(other.subtracting(mine).sorted().prefix(5)), of \(question.availability)
                """
        }
        return "another number of parts"
    }
}
