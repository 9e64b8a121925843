import Clinic
import FoundationEssentials
import Postgres
import Vault

/// The stored parts of an intake, each sealed by the case's key under its own id.
struct Intake: Sendable {
    let caseID: CaseID
    let key: DataKey

    /// Replaces all parts other than questions.
    func replace(with parts: [IntakePartDraft], in tx: Transaction) async throws {
        try await tx.execute(deleteParts())
        for (index, part) in parts.enumerated() {
            let text = IntakeText(text: part.text, code: part.code)
            let reveals = !part.kind.isSafetyFact && (part.revealsPrior ?? part.kind.revealsPriorByDefault)
            _ = tx.enqueue(try insert(part.kind, text, at: index, revealsPrior: reveals))
        }
    }

    /// Replaces all questions.
    func replace(with questions: [QuestionDraft], in tx: Transaction) async throws {
        try await tx.execute(deleteQuestions())
        for (index, question) in questions.enumerated() {
            let reveals = question.revealsPrior ?? IntakeKind.question.revealsPriorByDefault
            _ = tx.enqueue(
                try insert(.question, IntakeText(text: question.text), at: index, revealsPrior: reveals))
        }
    }

    /// What the actor may read, in the order in which it was written.
    func read(in tx: Transaction) async throws -> (parts: [IntakePartView], questions: [QuestionView]) {
        var parts: [IntakePartView] = []
        var questions: [QuestionView] = []
        for row in try await tx.query(select()) {
            let (id, kind, reveals, body) = try row.decode(IntakePartID.self, IntakeKind.self, Bool.self, [UInt8].self)
            let text = try key.open(body, json: IntakeText.self, as: Self.identity(id))
            if kind == .question {
                questions.append(QuestionView(id: id, text: text.text, revealsPrior: reveals))
            } else {
                parts.append(
                    IntakePartView(id: id, kind: kind, text: text.text, code: text.code, revealsPrior: reveals))
            }
        }
        return (parts, questions)
    }

    private static func identity(_ id: IntakePartID) -> RowIdentity { RowIdentity("intake_part.body", id.rawValue) }

    private func insert(_ kind: IntakeKind, _ text: IntakeText, at index: Int, revealsPrior: Bool) throws -> SQL {
        let id = IntakePartID.random()
        let body = try key.seal(json: text, as: Self.identity(id))
        return """
            INSERT INTO consilium.intake_part (id, case_id, kind, ordinal, reveals_prior, body)
            VALUES (\(id), \(caseID), \(kind), \(Int16(clamping: index)), \(revealsPrior), \(body))
            """
    }

    private func deleteParts() -> SQL {
        "DELETE FROM consilium.intake_part WHERE case_id = \(caseID) AND kind <> 'question'"
    }

    private func deleteQuestions() -> SQL {
        "DELETE FROM consilium.intake_part WHERE case_id = \(caseID) AND kind = 'question'"
    }

    private func select() -> SQL {
        """
        SELECT i.id, i.kind, i.reveals_prior, i.body FROM consilium.intake_part i
        WHERE i.case_id = \(caseID) ORDER BY i.ordinal, i.id
        """
    }
}
