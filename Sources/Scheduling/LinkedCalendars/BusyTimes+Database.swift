import Clinic
import ICalendar
import Postgres

extension BusyTimes {
    /// The time that matters: from yesterday on, for as long as busy times are kept, in Unix seconds.
    static func window(in tx: Transaction) async throws -> Range<Int> {
        let now = try await tx.first("SELECT extract(epoch FROM clock_timestamp())::bigint")?.decode(Int.self) ?? 0
        return (now - 86_400)..<(now + LinkedCalendar.days * 86_400)
    }

    /// Answers raise further questions, a few times over. A calendar that needs more rounds was made to need them, and one
    /// whose rules take more steps over all rounds likewise.
    private static let mostRounds = 40
    private static let mostStepsOfAll = 4 * mostSteps

    /// Reads a foreign calendar by the system's tzdata and the specialist's own clock. That may take seconds: it is computed
    /// on a thread of its own, and no transaction stays open between the questions to the database.
    /// - Parameter window: nil for the time that matters now.
    /// - Throws: `CalendarFault.tooMuch`.
    static func read(
        _ calendar: ForeignCalendar, of specialist: AccountID, in window: Range<Int>? = nil, through database: Database
    ) async throws -> BusyTimes {
        let thread = BlockingThread("calendar")
        let names = try await thread.run { Array(try ZoneResolver.zoneNames(of: calendar)) }
        let (now, known) = try await database.withTransaction(as: .nobody) { tx in
            let known = try await tx.query("SELECT n FROM unnest(\(names)) n WHERE consilium.is_zone(n)")
                .map { try $0.decode(String.self) }
            return (try await Self.window(in: tx), Set(known))
        }
        let window = window ?? now
        var (clock, steps) = (ZoneResolver(calendar, known: known, through: window.upperBound), 0)
        for _ in 0..<mostRounds {
            let round = try await thread.run { [clock] in try Round(calendar, clock, in: window) }
            (clock, steps) = (round.clock, steps + round.busy.steps)
            guard !round.questions.isEmpty else { return round.busy }
            guard steps <= mostStepsOfAll else { throw CalendarFault.tooMuch }
            let answers = try await database.withTransaction(as: .nobody) { tx in
                try await tx.query(ImportSQL.answers(to: round.questions, of: specialist))
                    .map { try $0.decode(Int.self, Bool.self) }
            }
            // A specialist whose account is gone has no clock.
            guard answers.count == round.questions.count else { return round.busy }
            for (question, (at, exists)) in zip(round.questions, answers) {
                clock.learn(question, ZoneResolver.Answer(at: at, exists: exists))
            }
        }
        throw CalendarFault.tooMuch
    }

    /// One reading of a calendar, with the questions that it raised.
    private struct Round: Sendable {
        let busy: BusyTimes
        let clock: ZoneResolver
        let questions: [ZoneResolver.Question]

        init(_ calendar: ForeignCalendar, _ before: ZoneResolver, in window: Range<Int>) throws(CalendarFault) {
            var clock = before
            busy = try BusyTimes(calendar, by: &clock, in: window)
            questions = try clock.takeQuestions()
            self.clock = clock
        }
    }
}
