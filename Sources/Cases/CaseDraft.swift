package import Clinic

/// What a case is opened with, by the patient or a caregiver. Everything can follow while it is a draft.
package struct CaseDraft: Codable, Sendable, Hashable {
    /// For whom; the caller when it is left out, else a patient for whom they act.
    package var patient: AccountID?
    package var lane: Lane
    /// Whether the specialist reads first what does not reveal the earlier opinion; true when it is left out.
    package var blinded: Bool?
    /// The coarse reason for review: all that a specialist decides on before they accept. It must not say what the
    /// first opinion was.
    package var reason: String?
    package var intake: [IntakePartDraft]?
    package var questions: [QuestionDraft]?

    package init(
        patient: AccountID? = nil, lane: Lane, blinded: Bool? = nil, reason: String? = nil,
        intake: [IntakePartDraft]? = nil, questions: [QuestionDraft]? = nil
    ) {
        self.patient = patient
        self.lane = lane
        self.blinded = blinded
        self.reason = reason
        self.intake = intake
        self.questions = questions
    }

    package static let example = CaseDraft(
        patient: ExampleValues.patient, lane: .licensed, blinded: true, reason: "A second look at a breast biopsy",
        intake: [
            IntakePartDraft(.condition, "Breast cancer, left side", code: "C50.912", revealsPrior: true),
            IntakePartDraft(.allergies, "Penicillin", revealsPrior: false),
        ],
        questions: [
            QuestionDraft("Is a smaller operation as safe?", revealsPrior: true),
            QuestionDraft("How soon must I decide?", revealsPrior: false),
        ])
}

/// A change of a draft. A field that is given replaces the old value; intake and questions are replaced as a whole.
package struct CaseEdit: Codable, Sendable, Hashable {
    package var lane: Lane?
    package var blinded: Bool?
    package var reason: String?
    package var intake: [IntakePartDraft]?
    package var questions: [QuestionDraft]?

    package init(
        lane: Lane? = nil, blinded: Bool? = nil, reason: String? = nil, intake: [IntakePartDraft]? = nil,
        questions: [QuestionDraft]? = nil
    ) {
        self.lane = lane
        self.blinded = blinded
        self.reason = reason
        self.intake = intake
        self.questions = questions
    }

    package static let example = CaseEdit(
        lane: .licensed, blinded: true, reason: CaseDraft.example.reason, intake: CaseDraft.example.intake,
        questions: CaseDraft.example.questions)
}

/// One part of the intake.
package struct IntakePartDraft: Codable, Sendable, Hashable {
    package var kind: IntakeKind
    package var text: String
    /// The ICD-10-CM code of a condition.
    package var code: String?
    /// Whether it reveals the earlier opinion; the careful default of its kind when it is left out.
    package var revealsPrior: Bool?

    package init(_ kind: IntakeKind, _ text: String, code: String? = nil, revealsPrior: Bool? = nil) {
        self.kind = kind
        self.text = text
        self.code = code
        self.revealsPrior = revealsPrior
    }
}

/// A question that the opinion is to answer.
package struct QuestionDraft: Codable, Sendable, Hashable {
    package var text: String
    /// Whether it reveals the earlier opinion; true when it is left out.
    package var revealsPrior: Bool?

    package init(_ text: String, revealsPrior: Bool? = nil) {
        self.text = text
        self.revealsPrior = revealsPrior
    }
}

/// The rules of what a patient writes.
enum IntakeRule {
    /// A draft may wait for its reason; submitting asks for it.
    static let reason = TextRule.lines(max: 500).orEmpty
    static let text = TextRule.lines(max: 20_000)
    static let question = TextRule.lines(max: 2_000)
    static let parts = 0...40
    static let questions = 0...20
    /// The kinds that a part of the intake has; questions have a field of their own.
    static let kinds = IntakeKind.allCases.filter { $0 != .question }

    static func check(
        reason: String?, intake: [IntakePartDraft]?, questions: [QuestionDraft]?
    ) throws(FieldRefusal) {
        if let reason { try self.reason.check(reason, at: "/reason") }
        try check(intake ?? [])
        try check(questions ?? [])
    }

    private static func check(_ intake: [IntakePartDraft]) throws(FieldRefusal) {
        try FieldRule.check(count: intake.count, in: parts, at: "/intake")
        var hasCondition = false
        for (index, part) in intake.enumerated() {
            let place = "/intake/\(index)"
            guard kinds.contains(part.kind) else {
                throw FieldRefusal("\(place)/kind", rule: "choice", "must not be question: use the field questions")
            }
            try text.check(part.text, at: "\(place)/text")
            if part.kind.isSafetyFact, part.revealsPrior == true {
                throw FieldRefusal("\(place)/revealsPrior", rule: "safety_fact", "must be false: it is never withheld")
            }
            if let code = part.code {
                guard part.kind == .condition else {
                    throw FieldRefusal("\(place)/code", rule: "only_condition", "must stand in the condition alone")
                }
                try TextRule.form(.conditionCode).check(code, at: "\(place)/code")
            }
            if part.kind == .condition {
                guard !hasCondition else {
                    throw FieldRefusal("\(place)/kind", rule: "one_condition", "must not be a second condition")
                }
                hasCondition = true
            }
        }
    }

    private static func check(_ questions: [QuestionDraft]) throws(FieldRefusal) {
        try FieldRule.check(count: questions.count, in: IntakeRule.questions, at: "/questions")
        for (index, question) in questions.enumerated() {
            try Self.question.check(question.text, at: "/questions/\(index)/text")
        }
    }
}

extension CaseDraft: Ruled {
    package static let rules: [String: FieldRule] = [
        "reason": .text(IntakeRule.reason), "intake": .list(IntakeRule.parts),
        "questions": .list(IntakeRule.questions),
    ]
}

extension CaseEdit: Ruled {
    package static let rules = CaseDraft.rules
}

extension IntakePartDraft: Ruled {
    package static let rules: [String: FieldRule] = [
        "kind": .word(IntakeRule.kinds.map(\.rawValue)), "text": .text(IntakeRule.text),
        "code": .text(.form(.conditionCode)),
    ]
}

extension QuestionDraft: Ruled {
    package static let rules: [String: FieldRule] = ["text": .text(IntakeRule.question)]
}
