package import Clinic

/// The content of an opinion. In a draft, fields can be empty; ``unfinished(questions:)`` lists what signing needs.
package struct OpinionContent: Codable, Sendable, Hashable {
    package var diagnosis: Judgement?
    package var treatment: Judgement?
    /// Studies that should be made or read again.
    package var missingStudies: [String]?
    package var alternatives: [Alternative]?
    /// An answer for each of the patient's questions.
    package var answers: [OpinionAnswer]?
    /// Written for the patient.
    package var summary: String?

    package init(
        diagnosis: Judgement? = nil, treatment: Judgement? = nil, missingStudies: [String]? = nil,
        alternatives: [Alternative]? = nil, answers: [OpinionAnswer]? = nil, summary: String? = nil
    ) {
        self.diagnosis = diagnosis
        self.treatment = treatment
        self.missingStudies = missingStudies
        self.alternatives = alternatives
        self.answers = answers
        self.summary = summary
    }

    /// Checks the rules that apply to a draft too.
    func check() throws(FieldRefusal) {
        typealias Rule = OpinionRule
        if let diagnosis { try Rule.text.check(diagnosis.text, at: "/diagnosis/text") }
        if let treatment { try Rule.text.check(treatment.text, at: "/treatment/text") }
        if let summary { try Rule.text.check(summary, at: "/summary") }
        try FieldRule.check(count: missingStudies?.count ?? 0, in: Rule.studies, at: "/missingStudies")
        for (index, study) in (missingStudies ?? []).enumerated() {
            try Rule.study.check(study, at: "/missingStudies/\(index)")
        }
        try FieldRule.check(count: alternatives?.count ?? 0, in: Rule.alternatives, at: "/alternatives")
        for (index, alternative) in (alternatives ?? []).enumerated() {
            try Rule.alternative.check(alternative.text, at: "/alternatives/\(index)/text")
            try Rule.alternative.check(alternative.outcomes, at: "/alternatives/\(index)/outcomes")
        }
        try FieldRule.check(count: answers?.count ?? 0, in: IntakeRule.questions, at: "/answers")
        var answered: Set<IntakePartID> = []
        for (index, answer) in (answers ?? []).enumerated() {
            guard answered.insert(answer.question).inserted else {
                throw FieldRefusal("/answers/\(index)/question", rule: "duplicate", "must not be answered twice")
            }
            try Rule.answer.check(answer.text, at: "/answers/\(index)/text")
        }
    }

    /// The fields that must be filled before it can be signed, as JSON pointers.
    package func unfinished(questions: [IntakePartID]) -> [String] {
        var places: [String] = []
        if diagnosis == nil { places.append("/diagnosis") }
        if treatment == nil { places.append("/treatment") }
        if summary == nil { places.append("/summary") }
        let answered = Set((answers ?? []).map(\.question))
        if questions.contains(where: { !answered.contains($0) }) { places.append("/answers") }
        return places
    }

    /// - Throws: `FieldRefusal` for an answer to something that is no question of the case.
    func checkAnswers(to questions: [IntakePartID]) throws(FieldRefusal) {
        for (index, answer) in (answers ?? []).enumerated() where !questions.contains(answer.question) {
            throw FieldRefusal("/answers/\(index)/question", rule: "unknown_question", "must be a question of the case")
        }
    }

    package static let example = OpinionContent(
        diagnosis: Judgement(.clarified, "In situ, not invasive"), treatment: Judgement(.changed, "Excise less"),
        missingStudies: ["MRI of both breasts"],
        alternatives: [Alternative(text: "Active surveillance", outcomes: "Two trials are under way")],
        answers: [
            OpinionAnswer(question: QuestionView.example.id, text: "Yes, as far as is known"),
            OpinionAnswer(question: QuestionView.open.id, text: "Within three months"),
        ],
        summary: "A smaller operation is reasonable")
}

/// The verdict on the diagnosis, or on the treatment.
package struct Judgement: Codable, Sendable, Hashable {
    package var verdict: Verdict
    package var text: String

    package init(_ verdict: Verdict, _ text: String) {
        self.verdict = verdict
        self.text = text
    }
}

/// An alternative treatment or test.
package struct Alternative: Codable, Sendable, Hashable {
    package var text: String
    /// What is known of its outcomes.
    package var outcomes: String

    package init(text: String, outcomes: String) {
        self.text = text
        self.outcomes = outcomes
    }
}

/// An answer to one of the patient's questions.
package struct OpinionAnswer: Codable, Sendable, Hashable {
    package var question: IntakePartID
    package var text: String

    package init(question: IntakePartID, text: String) {
        self.question = question
        self.text = text
    }
}

/// The rules of what an opinion says.
private enum OpinionRule {
    static let text = TextRule.lines(max: 20_000)
    static let study = TextRule.lines(max: 500)
    static let alternative = TextRule.lines(max: 5_000)
    static let answer = TextRule.lines(max: 10_000)
    static let studies = 0...50
    static let alternatives = 0...20
}

extension OpinionContent: Ruled {
    package static let rules: [String: FieldRule] = [
        "summary": .text(OpinionRule.text), "alternatives": .list(OpinionRule.alternatives),
        "missingStudies": .list(OpinionRule.studies, each: .text(OpinionRule.study)),
        "answers": .list(IntakeRule.questions),
    ]
}

extension Judgement: Ruled {
    package static let rules: [String: FieldRule] = ["text": .text(OpinionRule.text)]
}

extension Alternative: Ruled {
    package static let rules: [String: FieldRule] = [
        "text": .text(OpinionRule.alternative), "outcomes": .text(OpinionRule.alternative),
    ]
}

extension OpinionAnswer: Ruled {
    package static let rules: [String: FieldRule] = ["text": .text(OpinionRule.answer)]
}
