import Cases
import Clinic
import Postgres
import TestSupport
import Testing

@Suite("What is wrong with a case is said where it is typed, or can be put right", .database, .timeLimit(.minutes(5)))
struct CaseFaultTests {
    let fixture = CaseFixture()

    @Test("A code that there is not is refused where it is typed, in a new draft and in an old one")
    func unknownCode() async throws {
        let patient = try await fixture.person(.patient)
        let intake = [IntakePartDraft(.symptoms, "A lump"), IntakePartDraft(.condition, "Cancer", code: "C99.999")]
        let id = try await fixture.opened(by: patient)
        for isNew in [true, false] {
            let refusal = await #expect(throws: FieldRefusal.self) {
                if isNew { _ = try await fixture.opened(by: patient, CaseDraft(lane: .licensed, intake: intake)) }
                _ = try await fixture.act(patient) { tx in
                    try await fixture.book.edit(id, CaseEdit(intake: intake), ifVersion: 1, by: patient, in: tx)
                }
            }
            #expect(refusal?.pointer == "/intake/1/code" && refusal?.rule == "unknown")
        }
    }

    @Test(
        "Without a billable code of its condition a case is not submitted, and the field is named",
        arguments: [nil, "C50"])
    func uncoded(code: String?) async throws {
        try await fixture.owner { tx in
            try await tx.execute(
                """
                INSERT INTO condition
                VALUES ('C50', false, 'Malignant neoplasm of breast', 'malignant neoplasm of breast')
                ON CONFLICT DO NOTHING
                """)
        }
        let patient = try await fixture.person(.patient)
        var draft = CaseFixture.draft
        draft.intake = [IntakePartDraft(.symptoms, "A lump"), IntakePartDraft(.condition, "Cancer", code: code)]
        let id = try await fixture.opened(by: patient, draft)
        try await fixture.consent(SubmissionRule.consents(for: .licensed), to: id, by: patient)
        await #expect(throws: CaseRefusal.incomplete([.conditionCode(1)])) {
            try await fixture.act(patient) { tx in try await fixture.course.submit(id, by: patient, in: tx) }
        }
        let coded = [IntakePartDraft(.symptoms, "A lump"), IntakePartDraft(.condition, "Cancer", code: "C50.912")]
        let state = try await fixture.act(patient) { tx in
            _ = try await fixture.book.edit(id, CaseEdit(intake: coded), ifVersion: 1, by: patient, in: tx)
            return try await fixture.course.submit(id, by: patient, in: tx)
        }
        #expect(state == .submitted)
    }

    @Test("A wrong lane is put right by the patient's side, with its consents, until somebody is asked")
    func changesLane() async throws {
        let (patient, coordinator) = (try await fixture.person(.patient), try await fixture.person(.coordinator))
        let id = try await fixture.submitted(by: patient)
        func change(by caller: Caller) async throws -> CaseView {
            try await fixture.act(caller) { tx in
                let version = try await fixture.book.read(id, by: caller, in: tx).version
                return try await fixture.book.changeLane(
                    id, to: .peerToPeer, ifVersion: ExpectedVersion(version), by: caller, in: tx)
            }
        }
        await #expect(throws: CaseRefusal.consentMissing(.peerToPeer)) { _ = try await change(by: patient) }
        try await fixture.consent([.peerToPeer], to: id, by: patient)
        await #expect(throws: CaseRefusal.notYourPart) { _ = try await change(by: coordinator) }
        let byHand = await #expect(throws: DatabaseError.self) {
            try await fixture.act(coordinator) { tx in
                try await tx.execute("UPDATE clinical_case SET lane = 'peer_to_peer' WHERE id = \(id)")
            }
        }
        #expect(byHand?.constraint == "clinical_case_fixed")
        try await fixture.owner { tx in
            try await tx.execute("UPDATE account SET jurisdiction = 'US-TX' WHERE id = \(patient.account)")
        }
        await #expect(throws: VersionRefusal.changedMeanwhile) {
            try await fixture.act(patient) { tx in
                try await fixture.book.changeLane(id, to: .peerToPeer, ifVersion: 1, by: patient, in: tx)
            }
        }
        let changed = try await change(by: patient)
        #expect(changed.lane == .peerToPeer && changed.jurisdiction.rawValue == "US-TX")
        try await fixture.owner { tx in
            for state in ["ready", "offered"] {
                try await tx.execute("UPDATE clinical_case SET state = \(state) WHERE id = \(id)")
            }
        }
        await #expect(throws: CaseRefusal.wrongState(.offered)) { _ = try await change(by: patient) }
        let late = await #expect(throws: DatabaseError.self) {
            try await fixture.act(patient) { tx in
                try await tx.execute("UPDATE clinical_case SET lane = 'licensed' WHERE id = \(id)")
            }
        }
        #expect(late?.constraint == "clinical_case_fixed")
    }

    @Test(
        "Who was to consult in the peer-to-peer lane reads the case no longer once it has left it; who sends records stays",
        arguments: [CaseState.draft, .submitted])
    func leavesPeerToPeer(state: CaseState) async throws {
        let patient = try await fixture.person(.patient)
        var draft = CaseFixture.draft
        draft.lane = .peerToPeer
        let id = try await fixture.opened(by: patient, draft)
        let kinds = SubmissionRule.consents(for: .peerToPeer) + [.telehealth, .treatingClinician]
        try await fixture.consent(kinds, to: id, by: patient)
        var clinicians: [Caller] = []
        for consults in [true, false] {
            let clinician = try await Seed.consultingClinician(
                fixture.vault, in: id, of: patient.account, consents: false)
            clinicians.append(Seed.caller(clinician, roles: [.treatingClinician]))
            guard !consults else { continue }
            try await fixture.owner { tx in
                try await tx.execute("UPDATE invitation SET consults = false WHERE accepted_by = \(clinician)")
                try await tx.execute("UPDATE case_part SET part = part WHERE account_id = \(clinician)")
            }
        }
        if state == .submitted {
            _ = try await fixture.act(patient) { tx in try await fixture.course.submit(id, by: patient, in: tx) }
        }
        func reads(_ clinician: Caller) async throws -> Bool? {
            try await fixture.act(clinician) { tx in
                try? await CaseAccess.look(id, by: clinician, in: tx).readsCase
            }
        }
        #expect(try await [reads(clinicians[0]), reads(clinicians[1])] == [true, false])
        _ = try await fixture.act(patient) { tx in
            let version = ExpectedVersion(try await fixture.book.read(id, by: patient, in: tx).version)
            return state == .draft
                ? try await fixture.book.edit(id, CaseEdit(lane: .licensed), ifVersion: version, by: patient, in: tx)
                : try await fixture.book.changeLane(id, to: .licensed, ifVersion: version, by: patient, in: tx)
        }
        #expect(try await [reads(clinicians[0]), reads(clinicians[1])] == [nil, false])
    }

    @Test("Nobody agrees to a wording that is retired meanwhile")
    func retiredMeanwhile() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        let name = "telehealth.\(patient.account)"
        try await fixture.owner { tx in
            try await tx.execute("INSERT INTO consent_wording (name, kind) VALUES (\(name), 'telehealth')")
            try await tx.execute("INSERT INTO consent_text VALUES (\(name), 'en', 'I agree.')")
        }
        let given = try await TestDatabase.current.race { tx in
            try await tx.execute("UPDATE consent_wording SET retired_at = now() WHERE name = \(name)")
        } then: {
            try await fixture.act(patient) { tx in
                let draft = ConsentDraft(kind: .telehealth, wording: name)
                return try await fixture.consents.give(draft, for: id, by: patient, in: tx)
            }
        }
        let refusal = #expect(throws: FieldRefusal.self) { try given.get() }
        #expect(refusal?.pointer == "/wording" && refusal?.rule == "unknown")
        // Whatever a service forgets.
        let byHand = await #expect(throws: DatabaseError.self) {
            try await fixture.owner { tx in
                try await tx.execute(
                    """
                    INSERT INTO consent (id, case_id, kind, wording, given_by)
                    VALUES (\(ConsentID.random()), \(id), 'telehealth', \(name), \(patient.account))
                    """)
            }
        }
        #expect(byHand?.constraint == "consent_wording_in_force")
    }

    @Test("An opinion that names a missing study has a coordinator order it, and its record can be added")
    func missingStudy() async throws {
        let (patient, specialist) = (try await fixture.person(.patient), try await fixture.person(.specialist))
        let coordinator = try await fixture.person(.coordinator)
        let id = try await fixture.delivered(by: patient, specialist: specialist)
        #expect(try await openTasks(of: id, for: coordinator).map(\.kind).contains(.orderReread))
        let record = try await fixture.act(coordinator) { tx in
            try await fixture.records.add(RecordDraft(kind: .imaging, title: "MRI"), to: id, by: coordinator, in: tx)
        }
        #expect(record.state == .asked)
        #expect(try await fixture.state(of: id) == .delivered)
        #expect(try await openTasks(of: id, for: coordinator).map(\.kind).contains(.chaseRecord))
    }

    @Test("A consent names a text of its kind that is in force, and the text can be read")
    func wordings() async throws {
        let patient = try await fixture.person(.patient)
        let id = try await fixture.opened(by: patient)
        for wording in ["telehealth.2099-01", "second_opinion.2026-01"] {
            let refusal = await #expect(throws: FieldRefusal.self) {
                try await fixture.act(patient) { tx in
                    let draft = ConsentDraft(kind: .telehealth, wording: wording)
                    return try await fixture.consents.give(draft, for: id, by: patient, in: tx)
                }
            }
            #expect(refusal?.pointer == "/wording" && refusal?.rule == "unknown")
            // Whatever a service forgets.
            let byHand = await #expect(throws: DatabaseError.self) {
                try await fixture.owner { tx in
                    try await tx.execute(
                        """
                        INSERT INTO consent (id, case_id, kind, wording, given_by)
                        VALUES (\(ConsentID.random()), \(id), 'telehealth', \(wording), \(patient.account))
                        """)
                }
            }
            #expect(byHand?.constraint == "consent_names_wording")
        }
        let wordings = try await fixture.act(patient) { try await ConsentWordings.list(in: $0) }
        for kind in ConsentKind.allCases {
            #expect(wordings.contains { $0.kind == kind && $0.inForce && $0.texts.contains { $0.language == "en" } })
        }
        let changed = await #expect(throws: DatabaseError.self) {
            try await fixture.owner { tx in try await tx.execute("UPDATE consent_text SET body = 'I agree to all.'") }
        }
        #expect(changed?.constraint == "consent_text_append_only")
    }

    private func openTasks(of id: CaseID, for coordinator: Caller) async throws -> [CaseTask] {
        try await fixture.act(coordinator) { tx in
            try await fixture.tasks.list(limit: 100, in: tx).tasks.filter { $0.case == id }
        }
    }
}
