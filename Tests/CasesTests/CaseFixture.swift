import Cases
import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Vault

/// The services and people of a test, over the suite's database.
struct CaseFixture: Sendable {
    let vault: Vault
    let book: CaseStore
    let course: CaseLifecycle
    let consents: Consents
    let records: Records
    let uploads: Uploads
    let downloads: Downloads
    let firstReads: FirstReads
    let opinions: Opinions
    let outcomes: Outcomes
    let tasks: Worklist
    let invitations: Invitations

    init() {
        let vault = Vault(Keyring.generate())
        let cases = CaseService(vault: vault, outbox: Outbox(), fileLimit: 1 << 20)
        self.vault = vault
        book = cases.cases
        course = cases.lifecycle
        records = cases.records
        uploads = cases.uploads
        downloads = cases.downloads
        firstReads = cases.firstReads
        consents = cases.consents
        opinions = cases.opinions
        outcomes = cases.outcomes
        tasks = cases.worklist
        invitations = cases.invitations
    }

    /// Somebody with an account, signed in.
    func person(_ roles: Role...) async throws -> Caller {
        let account = try await Seed.account(vault, roles: roles)
        return Caller(
            account: account, session: .random(), roles: Set(roles), showedSecondFactor: true, provedLately: true)
    }

    /// A transaction as somebody.
    func act<Value: Sendable>(
        _ caller: Caller, _ body: @Sendable (Transaction) async throws -> Value
    ) async throws -> Value {
        try await TestDatabase.current.app.withTransaction(as: caller.actor) { try await body($0) }
    }

    /// A transaction as the schema's owner, past every service and policy.
    @discardableResult
    func owner<Value: Sendable>(_ body: @Sendable (Transaction) async throws -> Value) async throws -> Value {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { try await body($0) }
    }

    /// A complete draft.
    static let draft = CaseDraft(
        lane: .licensed, reason: "A second look at a breast biopsy",
        intake: [
            IntakePartDraft(.condition, "Breast cancer, left", code: "C50.912"),
            IntakePartDraft(.symptoms, "A lump since spring"), IntakePartDraft(.allergies, "Penicillin"),
            IntakePartDraft(.treatment, "Mastectomy was advised"),
        ], questions: [QuestionDraft("Is a smaller operation as safe?")])

    func opened(by patient: Caller, _ draft: CaseDraft = CaseFixture.draft) async throws -> CaseID {
        try await act(patient) { tx in try await book.open(draft, by: patient, in: tx).id }
    }

    func consent(_ kinds: [ConsentKind], to id: CaseID, by patient: Caller) async throws {
        try await act(patient) { tx in
            for kind in kinds {
                let draft = ConsentDraft(kind: kind, wording: "\(kind.rawValue).2026-01")
                _ = try await consents.give(draft, for: id, by: patient, in: tx)
            }
        }
    }

    func submitted(by patient: Caller, _ draft: CaseDraft = CaseFixture.draft) async throws -> CaseID {
        let id = try await opened(by: patient, draft)
        try await consent(SubmissionRule.consents(for: draft.lane), to: id, by: patient)
        _ = try await act(patient) { tx in try await course.submit(id, by: patient, in: tx) }
        return id
    }

    /// As matching does it: the case is offered, and this specialist accepts.
    func assign(_ id: CaseID, to specialist: Caller) async throws {
        try await owner { tx in
            for state in ["ready", "offered", "accepted"] {
                try await tx.execute(
                    """
                    UPDATE consilium.clinical_case SET state = \(state), specialist_id = \(specialist.account)
                    WHERE id = \(id)
                    """)
            }
            try await tx.execute(
                """
                INSERT INTO consilium.case_part (case_id, account_id, part)
                VALUES (\(id), \(specialist.account), 'specialist')
                """)
        }
    }

    func state(of id: CaseID) async throws -> CaseState? {
        try await owner { tx in
            try await tx.first("SELECT c.state FROM consilium.clinical_case c WHERE c.id = \(id)")?
                .decode(CaseState.self)
        }
    }

    /// The templates of the notices that were enqueued for somebody, by the name of their case.
    func notices(to account: AccountID) async throws -> [String] {
        try await owner { tx in
            try await tx.query("SELECT j.payload::text FROM consilium.job j WHERE j.kind = 'notice' ORDER BY j.id")
                .map { try $0.decode(String.self) }
                .filter { $0.contains(account.description) }
        }
    }

    /// A signed first read.
    func signFirstRead(_ id: CaseID, by specialist: Caller) async throws {
        try await act(specialist) { tx in
            let draft = try await firstReads.save(CaseFixture.firstRead, of: id, ifVersion: nil, by: specialist, in: tx)
            _ = try await firstReads.sign(id, ifVersion: ExpectedVersion(draft.version), by: specialist, in: tx)
        }
    }

    static let firstRead = FirstReadContent(
        findings: "Atypical ducts", impression: "In situ disease", confidence: .moderate)

    /// An opinion that can be signed.
    func opinion(for id: CaseID, by specialist: Caller) async throws -> OpinionContent {
        let questions = try await act(specialist) { tx in
            try await book.read(id, by: specialist, in: tx).questions ?? []
        }
        return OpinionContent(
            diagnosis: Judgement(.clarified, "In situ, not invasive"), treatment: Judgement(.changed, "Excise less"),
            missingStudies: ["MRI"], alternatives: [Alternative(text: "Watch", outcomes: "Little is known")],
            answers: questions.map { OpinionAnswer(question: $0.id, text: "Yes") }, summary: "A smaller operation")
    }

    /// A case whose opinion was signed and delivered.
    func delivered(by patient: Caller, specialist: Caller, _ draft: CaseDraft = CaseFixture.draft) async throws
        -> CaseID
    {
        let id = try await submitted(by: patient, draft)
        try await assign(id, to: specialist)
        try await signFirstRead(id, by: specialist)
        try await signOpinion(id, by: specialist)
        return id
    }

    func signOpinion(_ id: CaseID, by specialist: Caller) async throws {
        let content = try await opinion(for: id, by: specialist)
        try await act(specialist) { tx in
            let draft = try await opinions.save(content, of: id, ifVersion: nil, by: specialist, in: tx)
            _ = try await opinions.sign(id, ifVersion: ExpectedVersion(draft.version), by: specialist, in: tx)
        }
    }
}
