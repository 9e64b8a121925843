import Clinic
import FoundationEssentials
import Messaging
import Postgres
import TestSupport
import Testing

@Suite("A thread", .database, .timeLimit(.minutes(5)))
struct ThreadTests {
    @Test("numbers what 20 people post at once from 1 on without a gap")
    func gapless() async throws {
        let fixture = try await ThreadFixture.make()
        try await withThrowingTaskGroup { group in
            for number in 1...20 {
                let author = number.isMultiple(of: 2) ? fixture.patient : fixture.specialist
                group.addTask { _ = try await fixture.post("message \(number)", by: author) }
            }
            try await group.waitForAll()
        }
        let page = try await fixture.page(by: fixture.patient)
        #expect(page.messages.map(\.seq) == Array(1...20) && page.lastSeq == 20)
        #expect(Set(page.messages.compactMap(\.text)) == Set((1...20).map { "message \($0)" }))
        #expect(page.unread == 10 && !page.notice.isEmpty)
    }

    @Test(
        "shows a blinded specialist the number of what reveals the earlier opinion, and opens it with their first read")
    func blinded() async throws {
        let fixture = try await ThreadFixture.make(blinded: true)
        try await fixture.post("my pain is worse", by: fixture.patient)
        try await fixture.post("the first doctor said lymphoma", by: fixture.patient, revealsPrior: true)
        try await fixture.post("thank you", by: fixture.specialist)
        let blinded = try await fixture.page(by: fixture.specialist)
        #expect(blinded.messages.map(\.seq) == [1, 2, 3])
        #expect(blinded.messages[1] == ThreadEntry(seq: 2, withheld: true))
        #expect(blinded.messages.map(\.text) == ["my pain is worse", nil, "thank you"] && blinded.unread == 1)
        #expect(try await fixture.page(by: fixture.patient).messages.allSatisfy { !$0.withheld })
        #expect(try await fixture.search("lymphoma", by: fixture.specialist).isEmpty)

        try await fixture.signFirstRead()
        let open = try await fixture.page(by: fixture.specialist)
        #expect(open.messages.map(\.withheld) == [false, false, false, false])
        #expect(open.messages[1].text == "the first doctor said lymphoma")
        #expect(open.messages[3].kind == .revealed && open.messages[3].opens == [2])
        #expect(try await fixture.search("LYMPHOMA", by: fixture.specialist).map(\.seq) == [2])
        // The stretching of Arabic, of which the fold leaves nothing.
        #expect(try await fixture.search("\u{640}", by: fixture.specialist).isEmpty)
    }

    @Test("takes what a treating clinician writes to reveal the earlier opinion, unless they say otherwise")
    func defaults() async throws {
        let fixture = try await ThreadFixture.make(blinded: true)
        let clinician = Seed.caller(
            try await Seed.consultingClinician(ThreadFixture.vault, in: fixture.caseID, of: fixture.patient.account))
        #expect(try await fixture.post("as I wrote", by: clinician).revealsPrior == true)
        #expect(try await fixture.post("weight 71 kg", by: clinician, revealsPrior: false).revealsPrior == false)
        #expect(try await fixture.page(by: fixture.specialist).messages.map(\.withheld) == [true, false])
    }

    @Test("is sealed at rest, and hidden from everybody without a part")
    func rowSecurity() async throws {
        let fixture = try await ThreadFixture.make()
        let stranger = try await ThreadFixture.make()
        try await fixture.post("canary-in-the-thread", by: fixture.patient)
        let plain = try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.query("SELECT FROM message WHERE position('canary'::bytea IN body) > 0").count
        }
        #expect(plain == 0)
        await #expect(throws: MessagingRefusal.notFound) { try await fixture.page(by: stranger.patient) }
        await #expect(throws: MessagingRefusal.notFound) { try await fixture.post("hello", by: stranger.patient) }
        await #expect(throws: MessagingRefusal.notFound) { try await fixture.mark(0, by: stranger.patient) }
        let rows = try await fixture.run(stranger.patient) {
            try await $0.query("SELECT FROM message WHERE case_id = \(fixture.caseID)").count
        }
        #expect(rows == 0)
    }

    @Test("among staff is nothing that the patient sees")
    func staff() async throws {
        let fixture = try await ThreadFixture.make()
        let draft = MessageDraft(text: "needs a re-read", thread: .staff)
        _ = try await fixture.run(fixture.specialist) {
            try await fixture.messenger.post(draft, to: fixture.caseID, by: fixture.specialist, in: $0)
        }
        #expect(try await fixture.page(by: fixture.patient).messages.isEmpty)
        await #expect(throws: MessagingRefusal.notFound) {
            try await fixture.run(fixture.patient) {
                try await fixture.messenger.page(.staff, of: fixture.caseID, by: fixture.patient, in: $0)
            }
        }
    }

    @Test("has marks that go forward only, and not beyond its end")
    func marks() async throws {
        let fixture = try await ThreadFixture.make()
        for number in 1...3 { try await fixture.post("\(number)", by: fixture.patient) }
        #expect(try await fixture.mark(2, by: fixture.specialist).seq == 2)
        #expect(try await fixture.mark(1, by: fixture.specialist).seq == 2)
        #expect(try await fixture.page(by: fixture.specialist).unread == 1)
        #expect(try await fixture.page(by: fixture.patient).marks.map(\.seq) == [2])
        for seq in [-1, 4] {
            await #expect(throws: FieldRefusal.self) { try await fixture.mark(seq, by: fixture.specialist) }
            #expect(try await fixture.page(by: fixture.patient).marks.map(\.seq) == [2], "\(seq)")
        }
        #expect(try await fixture.mark(3, by: fixture.specialist).seq == 3)
        #expect(try await fixture.page(by: fixture.specialist).unread == 0)
    }

    @Test("tells the others once, until they have read or ten minutes have passed")
    func notices() async throws {
        let fixture = try await ThreadFixture.make()
        try await fixture.post("one", by: fixture.patient)
        try await fixture.post("two", by: fixture.patient)
        #expect(try await fixture.notices(for: fixture.specialist) == 1)
        #expect(try await fixture.notices(for: fixture.patient) == 0)
        _ = try await fixture.mark(2, by: fixture.specialist)
        try await fixture.post("three", by: fixture.patient)
        #expect(try await fixture.notices(for: fixture.specialist) == 2)
    }

    @Test("refuses a text by its rule", arguments: ["", " \n", String(repeating: "a", count: 8001), "bell \u{7}"])
    func refusals(text: String) async throws {
        let fixture = try await ThreadFixture.make()
        await #expect(throws: FieldRefusal.self) { try await fixture.post(text, by: fixture.patient) }
        #expect(try await fixture.page(by: fixture.patient).lastSeq == 0)
    }
}

extension ThreadFixture {
    func search(_ text: String, by caller: Caller) async throws -> [ThreadEntry] {
        try await run(caller) { try await messenger.search(text, of: caseID, by: caller, in: $0) }
    }
}
