package import Clinic
package import FoundationEssentials
package import Postgres
import Vault

/// What followed the opinion, in the patient's words, and the unlinked codes that the registry keeps.
package struct Outcomes: Sendable {
    let vault: Vault

    /// Records what the patient did with the opinion. `undecided` can be changed later; any other answer closes the
    /// case.
    /// - Throws: `FieldRefusal`, `CaseRefusal`.
    package func record(
        _ draft: OutcomeDraft, of id: CaseID, by caller: Caller, in tx: Transaction
    ) async throws -> Outcome {
        if let text = draft.text { try OutcomeDraft.textRule.check(text, at: "/text") }
        let access = try await CaseAccess.lock(id, for: .recordOutcome, by: caller, in: tx)
        let key = try await vault.caseKey(id, in: tx)
        let body = try key.seal(json: draft, as: Self.identity(id))
        if try await tx.execute(update(id, body, by: caller.account)) == 0 {
            try await tx.execute(insert(id, body, by: caller.account))
        }
        if access.state == .delivered { try await tx.execute(follow(id)) }
        if draft.adviceFollowed != .undecided { try await close(id, in: tx) }
        return try await read(id, by: caller, in: tx)
    }

    /// What was recorded last.
    package func read(_ id: CaseID, by caller: Caller, in tx: Transaction) async throws -> Outcome {
        _ = try await CaseAccess.look(id, by: caller, in: tx)
        guard let row = try await tx.first(select(id)) else { throw CaseRefusal.notFound }
        let (body, recordedBy, recordedAt, state) = try row.decode(
            [UInt8].self, AccountID.self, Date.self, CaseState.self)
        let key = try await vault.caseKey(id, in: tx)
        let draft = try key.open(body, json: OutcomeDraft.self, as: Self.identity(id))
        return Outcome(
            case: id, state: state, adviceFollowed: draft.adviceFollowed, text: draft.text, recordedBy: recordedBy,
            recordedAt: recordedAt)
    }

    /// Closes a locked, delivered case. The registry gets the verdicts, what the patient did, and the month.
    func close(_ id: CaseID, in tx: Transaction) async throws {
        if let opinion = try await Opinions.find(id, with: vault, in: tx),
            let diagnosis = opinion.content.diagnosis?.verdict, let treatment = opinion.content.treatment?.verdict
        {
            let key = try await vault.caseKey(id, in: tx)
            let recorded = try await tx.first("SELECT o.body FROM consilium.outcome o WHERE o.case_id = \(id)")
            let followed = try recorded.map {
                try key.open($0.decode([UInt8].self), json: OutcomeDraft.self, as: Self.identity(id)).adviceFollowed
            }
            try await tx.execute(register(diagnosis, treatment, followed?.rawValue ?? "unknown"))
        }
        try await tx.execute(closeCase(id))
    }

    private static func identity(_ id: CaseID) -> RowIdentity { RowIdentity("outcome.body", id) }

    private func update(_ id: CaseID, _ body: [UInt8], by account: AccountID) -> SQL {
        """
        UPDATE consilium.outcome SET body = \(body), recorded_by = \(account), recorded_at = clock_timestamp()
        WHERE case_id = \(id)
        """
    }

    private func insert(_ id: CaseID, _ body: [UInt8], by account: AccountID) -> SQL {
        "INSERT INTO consilium.outcome (case_id, body, recorded_by) VALUES (\(id), \(body), \(account))"
    }

    private func select(_ id: CaseID) -> SQL {
        """
        SELECT o.body, o.recorded_by, o.recorded_at, c.state
        FROM consilium.outcome o JOIN consilium.clinical_case c ON c.id = o.case_id WHERE o.case_id = \(id)
        """
    }

    private func follow(_ id: CaseID) -> SQL {
        "UPDATE consilium.clinical_case SET state = 'follow_up', version = version + 1 WHERE id = \(id)"
    }

    private func closeCase(_ id: CaseID) -> SQL {
        """
        UPDATE consilium.clinical_case SET state = 'closed', ended_at = clock_timestamp(), version = version + 1
        WHERE id = \(id)
        """
    }

    private func register(_ diagnosis: Verdict, _ treatment: Verdict, _ followed: String) -> SQL {
        """
        INSERT INTO consilium.outcome_code (month, diagnosis, treatment, advice_followed)
        VALUES (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')::date, \(diagnosis), \(treatment),
            \(followed))
        """
    }
}

/// An outcome as it is recorded, and as it is sealed.
package struct OutcomeDraft: Codable, Sendable, Hashable {
    package var adviceFollowed: AdviceFollowed
    package var text: String?

    package init(adviceFollowed: AdviceFollowed, text: String? = nil) {
        self.adviceFollowed = adviceFollowed
        self.text = text
    }

    package static let example = OutcomeDraft(adviceFollowed: .yes, text: "We chose the smaller operation")
}

/// An outcome as it is read.
package struct Outcome: Codable, Sendable, Hashable {
    package var `case`: CaseID
    /// Of the case.
    package var state: CaseState
    package var adviceFollowed: AdviceFollowed
    package var text: String?
    package var recordedBy: AccountID
    package var recordedAt: Date

    package static let example = Outcome(
        case: ExampleValues.caseID, state: .closed, adviceFollowed: .yes, text: OutcomeDraft.example.text,
        recordedBy: ExampleValues.patient, recordedAt: ExampleValues.moment)
}

extension OutcomeDraft: Ruled {
    static let textRule = TextRule.lines(max: 10_000)

    package static let rules: [String: FieldRule] = ["text": .text(textRule)]
}
