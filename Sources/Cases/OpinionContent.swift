package import Clinic

/// What an opinion says. While it is a draft, fields can be empty; ``unfinished(questions:)`` tells what signing needs.
package struct OpinionContent: Codable, Sendable, Hashable {
    package var diagnosis: Judgement?
    package var treatment: Judgement?
    /// Studies that should be made or read again, each at most 500 characters.
    package var missingStudies: [String]?
    package var alternatives: [Alternative]?
    /// An answer for each of the patient's questions.
    package var answers: [OpinionAnswer]?
    /// In words for the patient; at most 20,000 characters.
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

    /// The lengths that hold for a draft too.
    func check() throws(FieldRefusal) {
        if let diagnosis { try checkText(diagnosis.text, at: "/diagnosis/text", max: 20_000) }
        if let treatment { try checkText(treatment.text, at: "/treatment/text", max: 20_000) }
        if let summary { try checkText(summary, at: "/summary", max: 20_000) }
        try Self.checkCount(missingStudies?.count, of: "/missingStudies", most: 50)
        for (index, study) in (missingStudies ?? []).enumerated() {
            try checkText(study, at: "/missingStudies/\(index)", max: 500)
        }
        try Self.checkCount(alternatives?.count, of: "/alternatives", most: 20)
        for (index, alternative) in (alternatives ?? []).enumerated() {
            try checkText(alternative.text, at: "/alternatives/\(index)/text", max: 5_000)
            try checkText(alternative.outcomes, at: "/alternatives/\(index)/outcomes", max: 5_000)
        }
        try Self.checkCount(answers?.count, of: "/answers", most: IntakeRule.questions)
        var answered: Set<IntakePartID> = []
        for (index, answer) in (answers ?? []).enumerated() {
            guard answered.insert(answer.question).inserted else {
                throw FieldRefusal("/answers/\(index)/question", rule: "duplicate", "must not be answered twice")
            }
            try checkText(answer.text, at: "/answers/\(index)/text", max: 10_000)
        }
    }

    /// The places that must be filled before it can be signed, as JSON pointers.
    package func unfinished(questions: [IntakePartID]) -> [String] {
        var places: [String] = []
        if diagnosis == nil { places.append("/diagnosis") }
        if treatment == nil { places.append("/treatment") }
        if summary == nil { places.append("/summary") }
        let answered = Set((answers ?? []).map(\.question))
        if questions.contains(where: { !answered.contains($0) }) { places.append("/answers") }
        return places
    }

    /// - Throws: `FieldRefusal` for an answer to what nobody asked.
    func checkAnswers(to questions: [IntakePartID]) throws(FieldRefusal) {
        for (index, answer) in (answers ?? []).enumerated() where !questions.contains(answer.question) {
            throw FieldRefusal("/answers/\(index)/question", rule: "unknown_question", "must be a question of the case")
        }
    }

    private static func checkCount(_ count: Int?, of pointer: String, most: Int) throws(FieldRefusal) {
        guard count ?? 0 <= most else {
            throw FieldRefusal(pointer, rule: "max_items", "must have at most \(most) items")
        }
    }
}

/// What is said of the diagnosis, or of the treatment.
package struct Judgement: Codable, Sendable, Hashable {
    package var verdict: Verdict
    /// At most 20,000 characters.
    package var text: String

    package init(_ verdict: Verdict, _ text: String) {
        self.verdict = verdict
        self.text = text
    }
}

/// Another way to go.
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
