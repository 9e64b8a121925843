import Cases
import Clinic
import Postgres
import TestSupport
import Testing

@Suite("A case takes its course", .database, .timeLimit(.minutes(5)))
struct CaseLifecycleTests {
    let fixture = CaseFixture()

    @Test("Submitting without a consent names the consent")
    func namesConsent() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        try await fixture.consent([.secondOpinion, .recordsRelease], to: id, by: patient)
        await #expect(throws: CaseRefusal.incomplete([.consent(.telehealth)])) {
            try await fixture.act(patient) { tx in try await fixture.course.submit(id, by: patient, in: tx) }
        }
        try await fixture.consent([.telehealth], to: id, by: patient)
        let state = try await fixture.act(patient) { tx in try await fixture.course.submit(id, by: patient, in: tx) }
        #expect(state == .submitted)
    }

    @Test("An empty draft is told everything that it lacks")
    func namesAll() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient, CaseDraft(lane: .peerToPeer))
        await #expect(
            throws: CaseRefusal.incomplete([
                .reason, .condition, .consent(.secondOpinion), .consent(.recordsRelease), .consent(.peerToPeer),
            ])
        ) {
            try await fixture.act(patient) { tx in try await fixture.course.submit(id, by: patient, in: tx) }
        }
    }

    @Test("A submitted case is the coordinators': they read it, are told, and have a task")
    func submits() async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let draft = try await fixture.opened(by: patient)
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(coordinator) { tx in try await fixture.book.read(draft, by: coordinator, in: tx) }
        }
        let id = try await fixture.submitted(by: patient)
        let view = try await fixture.act(coordinator) { tx in try await fixture.book.read(id, by: coordinator, in: tx) }
        #expect(view.part == .coordinator)
        #expect(view.submittedAt != nil)
        #expect(try await TestDatabase.current.parts(told: "caseSubmitted", of: id) == [.patient, .coordinator])
        let task = try #require(try await openTasks(of: id, for: coordinator).first)
        #expect(task.kind == .completeCase)
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(patient) { tx in try await fixture.tasks.done(task.id, by: patient, in: tx) }
        }
        _ = try await fixture.act(coordinator) { tx in try await fixture.tasks.done(task.id, by: coordinator, in: tx) }
        #expect(try await fixture.state(of: id) == .ready)
    }

    @Test("A case with a missing record is collecting, and is completed only when it came or was waived")
    func collects() async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let draft = try await fixture.opened(by: patient)
        try await fixture.consent(SubmissionRule.consents(for: .licensed), to: draft, by: patient)
        let record = try await fixture.act(patient) { tx in
            let report = RecordDraft(kind: .pathologyReport, title: "Biopsy")
            let record = try await fixture.records.add(report, to: draft, by: patient, in: tx)
            let state = try await fixture.course.submit(draft, by: patient, in: tx)
            #expect(state == .collecting)
            return record
        }
        let tasks = try await openTasks(of: draft, for: coordinator)
        #expect(Set(tasks.map(\.kind)) == [.completeCase, .chaseRecord])
        let complete = try #require(tasks.first { $0.kind == .completeCase })
        let chase = try #require(tasks.first { $0.kind == .chaseRecord })
        await #expect(throws: CaseRefusal.recordsMissing([record.id])) {
            try await fixture.act(coordinator) { tx in
                try await fixture.tasks.done(complete.id, by: coordinator, in: tx)
            }
        }
        await #expect(throws: CaseRefusal.recordStillAsked) {
            try await fixture.act(coordinator) { tx in try await fixture.tasks.done(chase.id, by: coordinator, in: tx) }
        }
        _ = try await fixture.act(coordinator) { tx in
            try await fixture.records.edit(
                record.id, of: draft, RecordEdit(state: .waived), ifVersion: 1, by: coordinator, in: tx)
        }
        #expect(try await openTasks(of: draft, for: coordinator).map(\.kind) == [.completeCase])
        _ = try await fixture.act(coordinator) { tx in
            try await fixture.tasks.done(complete.id, by: coordinator, in: tx)
        }
        #expect(try await fixture.state(of: draft) == .ready)
    }

    @Test("Asking for another record sends a ready case back to collecting, and tells the patient")
    func asksAgain() async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let id = try await fixture.submitted(by: patient)
        let task = try #require(try await openTasks(of: id, for: coordinator).first)
        _ = try await fixture.act(coordinator) { tx in try await fixture.tasks.done(task.id, by: coordinator, in: tx) }
        _ = try await fixture.act(coordinator) { tx in
            let slides = RecordDraft(kind: .slides, title: "Slides")
            return try await fixture.records.add(slides, to: id, by: coordinator, in: tx)
        }
        #expect(try await fixture.state(of: id) == .collecting)
        let kinds = try await openTasks(of: id, for: coordinator).map(\.kind)
        #expect(Set(kinds) == [.completeCase, .chaseRecord])
        #expect(try await fixture.notices(to: patient.account).contains { $0.contains("recordsNeeded") })
    }

    @Test("A consent that was withdrawn stops the completion, and names itself")
    func withdrawnConsent() async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let id = try await fixture.submitted(by: patient)
        try await fixture.act(patient) { tx in
            let given = try await fixture.consents.list(for: id, by: patient, in: tx).consents
            let release = try #require(given.first { $0.kind == .recordsRelease })
            try await fixture.consents.withdraw(release.id, of: id, by: patient, in: tx)
        }
        let task = try #require(try await openTasks(of: id, for: coordinator).first)
        await #expect(throws: CaseRefusal.consentMissing(.recordsRelease)) {
            try await fixture.act(coordinator) { tx in try await fixture.tasks.done(task.id, by: coordinator, in: tx) }
        }
    }

    @Test("Of a case that is withdrawn the candidate is told to whom it was offered, and nobody who had declined")
    func withdrawsOffered() async throws {
        let patient = try await fixture.person(.patient)
        _ = try await fixture.person(.coordinator)
        let id = try await fixture.submitted(by: patient)
        let caregiver = try await fixture.person(.caregiver)
        try await Seed.part(.caregiver, of: caregiver.account, in: id)
        for isAsked in [false, true] {
            let candidate = try await fixture.person(.specialist)
            try await Seed.part(.candidate, of: candidate.account, in: id)
            guard !isAsked else { continue }
            try await fixture.owner { tx in
                try await tx.execute(
                    "UPDATE consilium.case_part SET until = now() WHERE account_id = \(candidate.account)")
            }
        }
        try await fixture.act(caregiver) { tx in try await fixture.course.withdraw(id, by: caregiver, in: tx) }
        let told = try await TestDatabase.current.parts(told: "caseEnded", of: id)
        #expect(told == [.patient, .candidate, .coordinator])
        let candidates = try await fixture.owner { tx in
            try await tx.first(
                """
                SELECT count(*) FROM consilium.job j JOIN consilium.case_part p
                    ON p.account_id = (j.payload -> 'recipient' -> 'account' ->> '_0')::uuid
                WHERE p.case_id = \(id) AND p.part = 'candidate' AND j.payload::text LIKE '%caseEnded%'
                """)?.decode(Int.self)
        }
        #expect(candidates == 1)
    }

    @Test("A withdrawn case is over: its specialist reads it no longer, its tasks are done, its people are told")
    func withdraws() async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let specialist = try await fixture.person(.specialist)
        let id = try await fixture.submitted(by: patient)
        try await fixture.assign(id, to: specialist)
        _ = try await fixture.act(specialist) { tx in try await fixture.book.read(id, by: specialist, in: tx) }
        try await fixture.act(patient) { tx in try await fixture.course.withdraw(id, by: patient, in: tx) }
        #expect(try await fixture.state(of: id) == .withdrawn)
        #expect(try await openTasks(of: id, for: coordinator) == [])
        #expect(try await TestDatabase.current.parts(told: "caseEnded", of: id) == [.specialist, .coordinator])
        await #expect(throws: CaseRefusal.notFound) {
            try await fixture.act(specialist) { tx in try await fixture.book.read(id, by: specialist, in: tx) }
        }
        await #expect(throws: CaseRefusal.wrongState(.withdrawn)) {
            try await fixture.act(patient) { tx in try await fixture.course.withdraw(id, by: patient, in: tx) }
        }
    }

    @Test("A coordinator ends a case for which no opinion can be given, with the reason; a patient cannot")
    func unable() async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let id = try await fixture.submitted(by: patient)
        await #expect(throws: CaseRefusal.notYourPart) {
            try await fixture.act(patient) { tx in
                try await fixture.course.declareUnable(id, because: .noLane, by: patient, in: tx)
            }
        }
        try await fixture.act(coordinator) { tx in
            try await fixture.course.declareUnable(id, because: .noLane, by: coordinator, in: tx)
        }
        let view = try await fixture.act(patient) { tx in try await fixture.book.read(id, by: patient, in: tx) }
        #expect(view.state == .unable)
        #expect(view.unableReason == .noLane)
        #expect(view.endedAt != nil)
    }

    private func openTasks(of id: CaseID, for coordinator: Caller) async throws -> [CaseTask] {
        try await fixture.act(coordinator) { tx in
            try await fixture.tasks.list(limit: 100, in: tx).tasks.filter { $0.case == id }
        }
    }
}
