package import Clinic

/// What a patient, or who acts for her, opens a case with. Everything can follow while it is a draft.
package struct CaseDraft: Codable, Sendable, Hashable {
    /// For whom: the caller herself when it is left out, else a patient for whom she acts.
    package var patient: AccountID?
    package var lane: Lane
    /// Whether the specialist reads first what does not reveal the earlier opinion; true when it is left out.
    package var blinded: Bool?
    /// The coarse reason for review, at most 500 characters: all that a specialist decides on before she accepts. It
    /// must not say what the first opinion was.
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
}

/// A change of a draft: what is named replaces what was there, the intake and the questions as a whole.
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
}

/// One part of the intake.
package struct IntakePartDraft: Codable, Sendable, Hashable {
    package var kind: IntakeKind
    /// At most 20,000 characters.
    package var text: String
    /// The ICD-10-CM code of a condition.
    package var code: String?
    /// Whether it reveals the earlier opinion; what is careful for its kind when it is left out.
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
    /// At most 2,000 characters.
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
    static let reasonLength = 500
    static let textLength = 20_000
    static let questionLength = 2_000
    static let parts = 40
    static let questions = 20

    static func check(
        reason: String?, intake: [IntakePartDraft]?, questions: [QuestionDraft]?
    ) throws(FieldRefusal) {
        // A draft may wait for its reason; submitting asks for it.
        if let reason, !reason.isEmpty { try checkText(reason, at: "/reason", max: reasonLength) }
        try check(intake ?? [])
        try check(questions ?? [])
    }

    private static func check(_ intake: [IntakePartDraft]) throws(FieldRefusal) {
        guard intake.count <= parts else {
            throw FieldRefusal("/intake", rule: "max_items", "must have at most \(parts) parts")
        }
        var hasCondition = false
        for (index, part) in intake.enumerated() {
            let place = "/intake/\(index)"
            guard part.kind != .question else {
                throw FieldRefusal("\(place)/kind", rule: "choice", "must not be question: use the field questions")
            }
            try checkText(part.text, at: "\(place)/text", max: textLength)
            if part.kind.isSafetyFact, part.revealsPrior == true {
                throw FieldRefusal("\(place)/revealsPrior", rule: "safety_fact", "must be false: it is never withheld")
            }
            if let code = part.code {
                guard part.kind == .condition else {
                    throw FieldRefusal("\(place)/code", rule: "only_condition", "must stand in the condition alone")
                }
                guard ConditionCode.isCode(code) else {
                    throw FieldRefusal("\(place)/code", rule: "format", "must be an ICD-10-CM code, as C50.911")
                }
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
        guard questions.count <= IntakeRule.questions else {
            throw FieldRefusal("/questions", rule: "max_items", "must have at most \(IntakeRule.questions) questions")
        }
        for (index, question) in questions.enumerated() {
            try checkText(question.text, at: "/questions/\(index)/text", max: questionLength)
        }
    }
}
