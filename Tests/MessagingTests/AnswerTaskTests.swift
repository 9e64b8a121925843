import Clinic
import FoundationEssentials
import Messaging
import Outbox
import Postgres
import TestSupport
import Testing

@Suite("A message that no specialist is told of", .database)
struct AnswerTaskTests {
    private let owner = TestDatabase.current.owner

    /// A case that was submitted and has come to a state, without a specialist.
    private func circle(_ state: CaseState, submitted: Bool = true) async throws -> Circle {
        let circle = try await Circle.make()
        let id = try await Seed.openCase(of: circle.patient.account, Circle.vault, state: state)
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                """
                UPDATE clinical_case SET submitted_at = CASE WHEN \(submitted) THEN now() END,
                    ended_at = CASE WHEN \(state.isEnded) THEN now() END
                WHERE id = \(id)
                """)
        }
        return Circle(
            messenger: circle.messenger, patient: circle.patient, specialist: circle.specialist, caseID: id)
    }

    /// The states of the tasks to answer in a case.
    private func tasks(of circle: Circle) async throws -> [String] {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT state FROM task WHERE case_id = \(circle.caseID) AND kind = 'answer_message' ORDER BY created_at
                """
            ).map { try $0.decode(String.self) }
        }
    }

    private func coordinator() async throws -> Caller {
        Seed.caller(try await Seed.account(Circle.vault, roles: [.coordinator]), roles: [.coordinator])
    }

    @Test(
        "is a task of the coordinators, one a case, until one of them writes",
        arguments: [CaseState.submitted, .collecting, .ready, .offered, .withdrawn, .unable])
    func asks(state: CaseState) async throws {
        let circle = try await circle(state)
        let coordinator = try await coordinator()
        try await circle.post("Is anybody there?", by: circle.patient)
        try await circle.post("Hello?", by: circle.patient)
        #expect(try await tasks(of: circle) == ["open"])
        #expect(try await circle.page(by: coordinator).messages.map(\.text) == ["Is anybody there?", "Hello?"])
        try await circle.post("I am.", by: coordinator)
        #expect(try await tasks(of: circle) == ["done"])
        #expect(try await circle.notices(for: circle.patient) == 1)
        try await circle.post("Thank you.", by: circle.patient)
        #expect(try await tasks(of: circle) == ["done", "open"])
    }

    @Test("waits for a coordinator who comes later, also when the case is over")
    func waits() async throws {
        let circle = try await circle(.withdrawn)
        try await circle.post("Is anybody there?", by: circle.patient)
        let later = try await coordinator()
        #expect(try await circle.page(by: later).messages.count == 1)
        // Control: a case that is over and in which nobody waits is not theirs.
        let quiet = try await self.circle(.withdrawn)
        await #expect(throws: MessagingRefusal.notFound) { try await quiet.page(by: later) }
    }

    @Test(
        "is one that is kept from a blinded specialist, until somebody writes who may read it; what they are told of is none"
    )
    func withheld() async throws {
        let circle = try await Circle.make(blinded: true)
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute("UPDATE clinical_case SET submitted_at = now() WHERE id = \(circle.caseID)")
        }
        try await circle.post("My pain is worse.", by: circle.patient)
        #expect(try await tasks(of: circle) == [])
        try await circle.post("The first doctor said lymphoma.", by: circle.patient, revealsPrior: true)
        #expect(try await tasks(of: circle) == ["open"])
        try await circle.post("Since when?", by: circle.specialist)
        #expect(try await tasks(of: circle) == ["open"])
        let coordinator = try await coordinator()
        _ = try await circle.run(coordinator) {
            try await circle.messenger.post(
                MessageDraft(text: "Has anybody called?", thread: .staff), to: circle.caseID, by: coordinator, in: $0)
        }
        #expect(try await tasks(of: circle) == ["open"], "another thread answers nothing")
        try await circle.post("We have seen it.", by: coordinator)
        #expect(try await tasks(of: circle) == ["done"])
    }

    @Test("is one that a specialist leaves unread")
    func leftUnread() async throws {
        let (read, unread) = (try await Circle.make(), try await Circle.make())
        for circle in [read, unread] {
            try await owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute("UPDATE clinical_case SET submitted_at = now() WHERE id = \(circle.caseID)")
            }
            try await circle.post("May I travel?", by: circle.patient)
            #expect(try await tasks(of: circle) == [])
        }
        _ = try await read.mark(1, by: read.specialist)
        for circle in [read, unread] {
            try await owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute(
                    """
                    UPDATE case_part SET until = clock_timestamp()
                    WHERE case_id = \(circle.caseID) AND account_id = \(circle.specialist.account)
                    """)
            }
        }
        #expect(try await tasks(of: read) == [])
        #expect(try await tasks(of: unread) == ["open"])
    }

    @Test("is one though the patient reads what their caregiver writes")
    func caregiver() async throws {
        let circle = try await circle(.collecting)
        let caregiver = Seed.caller(try await Seed.account(Circle.vault, roles: [.caregiver]), roles: [.caregiver])
        try await Seed.part(.caregiver, of: caregiver.account, in: circle.caseID)
        try await circle.post("What else do you need?", by: caregiver)
        #expect(try await circle.notices(for: circle.patient) == 1)
        #expect(try await tasks(of: circle) == ["open"])
    }

    @Test("into a draft waits for its submission")
    func draft() async throws {
        let circle = try await circle(.draft, submitted: false)
        try await circle.post("How long does this take?", by: circle.patient)
        #expect(try await tasks(of: circle) == [])
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                "UPDATE clinical_case SET state = 'submitted', submitted_at = now() WHERE id = \(circle.caseID)")
        }
        #expect(try await tasks(of: circle) == ["open"])
        let silent = try await self.circle(.draft, submitted: false)
        try await owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                "UPDATE clinical_case SET state = 'submitted', submitted_at = now() WHERE id = \(silent.caseID)")
        }
        #expect(try await tasks(of: silent) == [])
    }

    @Test("is not taken where nobody of the programme will ever know of the case")
    func unsubmitted() async throws {
        let circle = try await circle(.withdrawn, submitted: false)
        await #expect(throws: MessagingRefusal.caseEnded) { try await circle.post("Hello?", by: circle.patient) }
    }
}
