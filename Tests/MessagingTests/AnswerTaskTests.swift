import Clinic
import FoundationEssentials
import Messaging
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("A message that no specialist is told of", .database, .timeLimit(.minutes(5)))
struct AnswerTaskTests {
    private let owner = TestDatabase.current.owner

    /// A case that was submitted and has come to a state, without a specialist.
    private func fixture(_ state: CaseState, submitted: Bool = true) async throws -> ThreadFixture {
        let fixture = try await ThreadFixture.make()
        let id = try await Seed.openCase(of: fixture.patient.account, ThreadFixture.vault, state: state)
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                """
                UPDATE clinical_case SET submitted_at = CASE WHEN \(submitted) THEN now() END,
                    ended_at = CASE WHEN \(state.isEnded) THEN now() END
                WHERE id = \(id)
                """)
        }
        return ThreadFixture(
            messenger: fixture.messenger, patient: fixture.patient, specialist: fixture.specialist, caseID: id)
    }

    /// The states of the tasks to answer in a case.
    private func tasks(of fixture: ThreadFixture) async throws -> [String] {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT state FROM task WHERE case_id = \(fixture.caseID) AND kind = 'answer_message' ORDER BY created_at
                """
            ).map { try $0.decode(String.self) }
        }
    }

    private func coordinator() async throws -> Caller {
        Seed.caller(try await Seed.account(ThreadFixture.vault, roles: [.coordinator]), roles: [.coordinator])
    }

    @Test(
        "is a task of the coordinators, one a case, until one of them writes",
        arguments: [CaseState.submitted, .collecting, .ready, .offered, .withdrawn, .unable])
    func asks(state: CaseState) async throws {
        let fixture = try await fixture(state)
        let coordinator = try await coordinator()
        try await fixture.post("Is anybody there?", by: fixture.patient)
        try await fixture.post("Hello?", by: fixture.patient)
        #expect(try await tasks(of: fixture) == ["open"])
        #expect(try await fixture.page(by: coordinator).messages.map(\.text) == ["Is anybody there?", "Hello?"])
        try await fixture.post("I am.", by: coordinator)
        #expect(try await tasks(of: fixture) == ["done"])
        #expect(try await fixture.notices(for: fixture.patient) == 1)
        try await fixture.post("Thank you.", by: fixture.patient)
        #expect(try await tasks(of: fixture) == ["done", "open"])
    }

    @Test("waits for a coordinator who comes later, also when the case is over")
    func waits() async throws {
        let fixture = try await fixture(.withdrawn)
        try await fixture.post("Is anybody there?", by: fixture.patient)
        let later = try await coordinator()
        #expect(try await fixture.page(by: later).messages.count == 1)
        // Control: a case that is over and in which nobody waits is not theirs.
        let quiet = try await self.fixture(.withdrawn)
        await #expect(throws: MessagingRefusal.notFound) { try await quiet.page(by: later) }
    }

    @Test(
        "is one that is kept from a blinded specialist, until somebody writes who may read it; what they are told of is none"
    )
    func withheld() async throws {
        let fixture = try await ThreadFixture.make(blinded: true)
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute("UPDATE clinical_case SET submitted_at = now() WHERE id = \(fixture.caseID)")
        }
        try await fixture.post("My pain is worse.", by: fixture.patient)
        #expect(try await tasks(of: fixture) == [])
        try await fixture.post("The first doctor said lymphoma.", by: fixture.patient, revealsPrior: true)
        #expect(try await tasks(of: fixture) == ["open"])
        try await fixture.post("Since when?", by: fixture.specialist)
        #expect(try await tasks(of: fixture) == ["open"])
        let coordinator = try await coordinator()
        _ = try await fixture.run(coordinator) {
            try await fixture.messenger.post(
                MessageDraft(text: "Has anybody called?", thread: .staff), to: fixture.caseID, by: coordinator, in: $0)
        }
        #expect(try await tasks(of: fixture) == ["open"], "another thread answers nothing")
        try await fixture.post("We have seen it.", by: coordinator)
        #expect(try await tasks(of: fixture) == ["done"])
    }

    @Test("is one that a specialist leaves unread")
    func leftUnread() async throws {
        let (read, unread) = (try await ThreadFixture.make(), try await ThreadFixture.make())
        for fixture in [read, unread] {
            try await owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute("UPDATE clinical_case SET submitted_at = now() WHERE id = \(fixture.caseID)")
            }
            try await fixture.post("May I travel?", by: fixture.patient)
            #expect(try await tasks(of: fixture) == [])
        }
        _ = try await read.mark(1, by: read.specialist)
        for fixture in [read, unread] {
            try await owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute(
                    """
                    UPDATE case_part SET until = clock_timestamp()
                    WHERE case_id = \(fixture.caseID) AND account_id = \(fixture.specialist.account)
                    """)
            }
        }
        #expect(try await tasks(of: read) == [])
        #expect(try await tasks(of: unread) == ["open"])
    }

    @Test("is one though the patient reads what their caregiver writes")
    func caregiver() async throws {
        let fixture = try await fixture(.collecting)
        let caregiver = Seed.caller(
            try await Seed.account(ThreadFixture.vault, roles: [.caregiver]), roles: [.caregiver])
        try await Seed.part(.caregiver, of: caregiver.account, in: fixture.caseID)
        try await fixture.post("What else do you need?", by: caregiver)
        #expect(try await fixture.notices(for: fixture.patient) == 1)
        #expect(try await tasks(of: fixture) == ["open"])
    }

    @Test("into a draft waits for its submission")
    func draft() async throws {
        let fixture = try await fixture(.draft, submitted: false)
        try await fixture.post("How long does this take?", by: fixture.patient)
        #expect(try await tasks(of: fixture) == [])
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                "UPDATE clinical_case SET state = 'submitted', submitted_at = now() WHERE id = \(fixture.caseID)")
        }
        #expect(try await tasks(of: fixture) == ["open"])
        let silent = try await self.fixture(.draft, submitted: false)
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                "UPDATE clinical_case SET state = 'submitted', submitted_at = now() WHERE id = \(silent.caseID)")
        }
        #expect(try await tasks(of: silent) == [])
    }

    @Test("is not taken where nobody of the programme will ever know of the case")
    func unsubmitted() async throws {
        let fixture = try await fixture(.withdrawn, submitted: false)
        await #expect(throws: MessagingRefusal.caseEnded) { try await fixture.post("Hello?", by: fixture.patient) }
    }
}
