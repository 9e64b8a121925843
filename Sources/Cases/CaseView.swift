package import Clinic
package import FoundationEssentials

/// A case as one person may read it.
package struct CaseView: Codable, Sendable, Hashable {
    package var id: CaseID
    package var state: CaseState
    package var lane: Lane
    package var blinded: Bool
    package var jurisdiction: Jurisdiction
    /// BCP 47.
    package var language: String
    /// The caller's own part.
    package var part: CasePart
    package var reason: String
    /// Nil for a candidate, who decides on the reason alone.
    package var patient: AccountID?
    package var specialist: AccountID?
    /// Nil for readers whose part does not include the intake.
    package var intake: [IntakePartView]?
    package var questions: [QuestionView]?
    /// How much is withheld from a blinded specialist until they sign a first read; nil for everybody else.
    package var withheld: Withheld?
    package var unableReason: UnableReason?
    package var version: Int
    package var createdAt: Date
    package var submittedAt: Date?
    package var endedAt: Date?

    /// Counts only: kinds and titles would reveal too much.
    package struct Withheld: Codable, Sendable, Hashable {
        package var intakeParts: Int
        package var records: Int

        package init(intakeParts: Int, records: Int) {
            self.intakeParts = intakeParts
            self.records = records
        }
    }

    package init(
        id: CaseID, state: CaseState, lane: Lane, blinded: Bool, jurisdiction: Jurisdiction, language: String,
        part: CasePart, reason: String, patient: AccountID?, specialist: AccountID?, intake: [IntakePartView]?,
        questions: [QuestionView]?, withheld: Withheld?, unableReason: UnableReason?, version: Int, createdAt: Date,
        submittedAt: Date?, endedAt: Date?
    ) {
        self.id = id
        self.state = state
        self.lane = lane
        self.blinded = blinded
        self.jurisdiction = jurisdiction
        self.language = language
        self.part = part
        self.reason = reason
        self.patient = patient
        self.specialist = specialist
        self.intake = intake
        self.questions = questions
        self.withheld = withheld
        self.unableReason = unableReason
        self.version = version
        self.createdAt = createdAt
        self.submittedAt = submittedAt
        self.endedAt = endedAt
    }
}

/// A part of the intake as it is read.
package struct IntakePartView: Codable, Sendable, Hashable {
    package var id: IntakePartID
    package var kind: IntakeKind
    package var text: String
    package var code: String?
    package var revealsPrior: Bool

    package init(id: IntakePartID, kind: IntakeKind, text: String, code: String?, revealsPrior: Bool) {
        self.id = id
        self.kind = kind
        self.text = text
        self.code = code
        self.revealsPrior = revealsPrior
    }
}

/// A question as it is read. The opinion answers it by its id.
package struct QuestionView: Codable, Sendable, Hashable {
    package var id: IntakePartID
    package var text: String
    package var revealsPrior: Bool

    package init(id: IntakePartID, text: String, revealsPrior: Bool) {
        self.id = id
        self.text = text
        self.revealsPrior = revealsPrior
    }
}

/// A case in a list.
package struct CaseSummary: Codable, Sendable, Hashable {
    package var id: CaseID
    package var state: CaseState
    package var lane: Lane
    package var blinded: Bool
    package var part: CasePart
    package var reason: String
    package var specialist: AccountID?
    package var createdAt: Date

    package init(
        id: CaseID, state: CaseState, lane: Lane, blinded: Bool, part: CasePart, reason: String,
        specialist: AccountID?, createdAt: Date
    ) {
        self.id = id
        self.state = state
        self.lane = lane
        self.blinded = blinded
        self.part = part
        self.reason = reason
        self.specialist = specialist
        self.createdAt = createdAt
    }
}

/// Cases, the latest first.
package struct CaseList: Codable, Sendable, Hashable {
    package var cases: [CaseSummary]
    /// What to ask for next with `after`; nil at the end. It travels in the header `Link`.
    package var next: String? = nil

    private enum CodingKeys: String, CodingKey { case cases }

    package init(cases: [CaseSummary], next: String?) {
        self.cases = cases
        self.next = next
    }
}
