import Clinic
import FoundationEssentials
import Messaging
import Postgres
import TestSupport
import Testing

@Suite("A thread", .database)
struct ThreadTests {
    @Test("numbers what 20 people post at once from 1 on without a gap")
    func gapless() async throws {
        let circle = try await Circle.make()
        try await withThrowingTaskGroup { group in
            for number in 1...20 {
                let author = number.isMultiple(of: 2) ? circle.patient : circle.specialist
                group.addTask { _ = try await circle.post("message \(number)", by: author) }
            }
            try await group.waitForAll()
        }
        let page = try await circle.page(by: circle.patient)
        #expect(page.messages.map(\.seq) == Array(1...20) && page.lastSeq == 20)
        #expect(Set(page.messages.compactMap(\.text)) == Set((1...20).map { "message \($0)" }))
        #expect(page.unread == 10 && !page.notice.isEmpty)
    }

    @Test("shows a blinded specialist the number of what reveals the earlier opinion, and opens it with her first read")
    func blinded() async throws {
        let circle = try await Circle.make(blinded: true)
        try await circle.post("my pain is worse", by: circle.patient)
        try await circle.post("the first doctor said lymphoma", by: circle.patient, revealsPrior: true)
        try await circle.post("thank you", by: circle.specialist)
        let blinded = try await circle.page(by: circle.specialist)
        #expect(blinded.messages.map(\.seq) == [1, 2, 3])
        #expect(blinded.messages[1] == ThreadEntry(seq: 2, withheld: true))
        #expect(blinded.messages.map(\.text) == ["my pain is worse", nil, "thank you"] && blinded.unread == 1)
        #expect(try await circle.page(by: circle.patient).messages.allSatisfy { !$0.withheld })
        #expect(try await circle.search("lymphoma", by: circle.specialist).isEmpty)

        try await circle.signFirstRead()
        let open = try await circle.page(by: circle.specialist)
        #expect(open.messages.map(\.withheld) == [false, false, false, false])
        #expect(open.messages[1].text == "the first doctor said lymphoma")
        #expect(open.messages[3].kind == .revealed && open.messages[3].opens == [2])
        #expect(try await circle.search("LYMPHOMA", by: circle.specialist).map(\.seq) == [2])
        // The stretching of Arabic, of which the fold leaves nothing.
        #expect(try await circle.search("\u{640}", by: circle.specialist).isEmpty)
    }

    @Test("takes what a treating clinician writes to reveal the earlier opinion, unless she says otherwise")
    func defaults() async throws {
        let circle = try await Circle.make(blinded: true)
        let clinician = Seed.caller(
            try await Seed.consultingClinician(Circle.vault, in: circle.caseID, of: circle.patient.account))
        #expect(try await circle.post("as I wrote", by: clinician).revealsPrior == true)
        #expect(try await circle.post("weight 71 kg", by: clinician, revealsPrior: false).revealsPrior == false)
        #expect(try await circle.page(by: circle.specialist).messages.map(\.withheld) == [true, false])
    }

    @Test("is sealed at rest, and hidden from everybody without a part")
    func walls() async throws {
        let circle = try await Circle.make()
        let stranger = try await Circle.make()
        try await circle.post("canary-in-the-thread", by: circle.patient)
        let plain = try await TestDatabase.current.owner.withTransaction(as: .nobody) {
            try await $0.query("SELECT FROM message WHERE position('canary'::bytea IN body) > 0").count
        }
        #expect(plain == 0)
        await #expect(throws: MessagingRefusal.notFound) { try await circle.page(by: stranger.patient) }
        await #expect(throws: MessagingRefusal.notFound) { try await circle.post("hello", by: stranger.patient) }
        await #expect(throws: MessagingRefusal.notFound) { try await circle.mark(0, by: stranger.patient) }
        let rows = try await circle.run(stranger.patient) {
            try await $0.query("SELECT FROM message WHERE case_id = \(circle.caseID)").count
        }
        #expect(rows == 0)
    }

    @Test("among staff is nothing that the patient sees")
    func staff() async throws {
        let circle = try await Circle.make()
        let draft = MessageDraft(text: "needs a re-read", thread: .staff)
        _ = try await circle.run(circle.specialist) {
            try await circle.messenger.post(draft, to: circle.caseID, by: circle.specialist, in: $0)
        }
        #expect(try await circle.page(by: circle.patient).messages.isEmpty)
        await #expect(throws: MessagingRefusal.notFound) {
            try await circle.run(circle.patient) {
                try await circle.messenger.page(.staff, of: circle.caseID, by: circle.patient, in: $0)
            }
        }
    }

    @Test("has marks that go forward only, and not beyond its end")
    func marks() async throws {
        let circle = try await Circle.make()
        for number in 1...3 { try await circle.post("\(number)", by: circle.patient) }
        #expect(try await circle.mark(2, by: circle.specialist).seq == 2)
        #expect(try await circle.mark(1, by: circle.specialist).seq == 2)
        #expect(try await circle.page(by: circle.specialist).unread == 1)
        #expect(try await circle.page(by: circle.patient).marks.map(\.seq) == [2])
        for seq in [-1, 4] {
            await #expect(throws: FieldRefusal.self) { try await circle.mark(seq, by: circle.specialist) }
        }
    }

    @Test("tells the others once, until they have read or ten minutes have passed")
    func notices() async throws {
        let circle = try await Circle.make()
        try await circle.post("one", by: circle.patient)
        try await circle.post("two", by: circle.patient)
        #expect(try await circle.notices(for: circle.specialist) == 1)
        #expect(try await circle.notices(for: circle.patient) == 0)
        _ = try await circle.mark(2, by: circle.specialist)
        try await circle.post("three", by: circle.patient)
        #expect(try await circle.notices(for: circle.specialist) == 2)
    }

    @Test("refuses a text by its rule", arguments: ["", " \n", String(repeating: "a", count: 8001), "bell \u{7}"])
    func refusals(text: String) async throws {
        let circle = try await Circle.make()
        await #expect(throws: FieldRefusal.self) { try await circle.post(text, by: circle.patient) }
        #expect(try await circle.page(by: circle.patient).lastSeq == 0)
    }
}

extension Circle {
    func search(_ text: String, by caller: Caller) async throws -> [ThreadEntry] {
        try await run(caller) { try await messenger.search(text, of: caseID, by: caller, in: $0) }
    }
}
