import Clinic
import ICalendar
import Postgres

extension BusyTimes {
    /// What matters: from yesterday on, for as long as busy times are kept, in Unix seconds.
    static func window(in tx: Transaction) async throws -> Range<Int> {
        let now = try await tx.first("SELECT extract(epoch FROM clock_timestamp())::bigint")?.decode(Int.self) ?? 0
        return (now - 86_400)..<(now + LinkedCalendar.days * 86_400)
    }

    /// Reads a foreign calendar by the system's tzdata and the specialist's own clock.
    /// - Throws: `CalendarFault.tooMuch`.
    static func read(
        _ calendar: ForeignCalendar, of specialist: AccountID, in window: Range<Int>, _ tx: Transaction
    ) async throws -> BusyTimes {
        let names = Array(try WallClock.zoneNames(of: calendar))
        let known = try await tx.query("SELECT n FROM unnest(\(names)) n WHERE consilium.is_zone(n)")
            .map { try $0.decode(String.self) }
        var clock = WallClock(calendar, known: Set(known), through: window.upperBound)
        while true {
            let busy = try BusyTimes(calendar, by: &clock, in: window)
            let questions = try clock.takeQuestions()
            guard !questions.isEmpty else { return busy }
            let answers = try await tx.query(ImportSQL.answers(to: questions, of: specialist))
                .map { try $0.decode(Int.self, Bool.self) }
            // Whose account is gone has no clock.
            guard answers.count == questions.count else { return busy }
            for (question, (at, exists)) in zip(questions, answers) {
                clock.learn(question, WallClock.Answer(at: at, exists: exists))
            }
        }
    }
}
