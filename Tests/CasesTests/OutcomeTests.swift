import Cases
import Clinic
import Postgres
import TestSupport
import Testing

@Suite("What followed is recorded", .database, .serialized, .timeLimit(.minutes(5)))
struct OutcomeTests {
    let fixture = CaseFixture()

    @Test("Who is undecided can say it again; an answer closes the case and leaves codes without a case")
    func closes() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let id = try await fixture.delivered(by: patient, specialist: specialist)
        let before = try await codes()
        let first = try await record(.undecided, of: id, by: patient)
        #expect(first.state == .followUp)
        #expect(try await codes() == before)
        let second = try await record(.partly, of: id, by: patient)
        #expect(second.state == .closed)
        #expect(second.text == "in our words")
        #expect(try await codes().count == before.count + 1)
        #expect(try await codes().contains("clarified changed partly 1"))
        await #expect(throws: CaseRefusal.wrongState(.closed)) {
            try await record(.yes, of: id, by: patient)
        }
    }

    @Test("A case that is closed without an answer is registered so")
    func silent() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let coordinator = try await fixture.person(.coordinator)
        let id = try await fixture.delivered(by: patient, specialist: specialist)
        try await fixture.act(coordinator) { tx in try await fixture.course.close(id, by: coordinator, in: tx) }
        #expect(try await fixture.state(of: id) == .closed)
        try await fixture.act(patient) { tx in try await fixture.course.close(id, by: patient, in: tx) }
        #expect(try await codes().contains("clarified changed unknown 1"))
    }

    private func record(_ followed: AdviceFollowed, of id: CaseID, by patient: Caller) async throws -> Outcome {
        try await fixture.act(patient) { tx in
            let draft = OutcomeDraft(adviceFollowed: followed, text: "in our words")
            return try await fixture.outcomes.record(draft, of: id, by: patient, in: tx)
        }
    }

    /// The registry's rows, each with the day of its month.
    private func codes() async throws -> [String] {
        try await fixture.owner { tx in
            try await tx.query(
                """
                SELECT concat_ws(' ', o.diagnosis, o.treatment, o.advice_followed, extract(day FROM o.month))
                FROM consilium.outcome_code o ORDER BY 1
                """
            ).map { try $0.decode(String.self) }
        }
    }
}
