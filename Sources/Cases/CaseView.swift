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
    }
}

/// One case from its draft to its end, for examples.
extension CaseView {
    package static let draft = CaseView(
        id: ExampleValues.caseID, state: .draft, lane: .licensed, blinded: true, jurisdiction: ExampleValues.ohio,
        language: "en", part: .patient, reason: "A second look at a breast biopsy", patient: ExampleValues.patient,
        intake: [
            IntakePartView(
                id: ExampleValues.id(9), kind: .condition, text: "Breast cancer, left side", code: "C50.912",
                revealsPrior: true),
            IntakePartView(id: ExampleValues.id(13), kind: .allergies, text: "Penicillin", revealsPrior: false),
        ], questions: [.example, .open], version: 1, createdAt: ExampleValues.moment)

    package static let edited = with(draft) { $0.version = 2 }

    package static let submitted = with(edited) {
        $0.state = .submitted
        $0.version = 3
        $0.submittedAt = ExampleValues.moment
    }

    /// As a blinded specialist reads it before they sign a first read.
    package static let blinded = with(submitted) {
        $0.state = .reviewing
        $0.part = .specialist
        $0.specialist = ExampleValues.specialist
        $0.intake?.removeAll(where: \.revealsPrior)
        $0.questions?.removeAll(where: \.revealsPrior)
        $0.withheld = Withheld(intakeParts: 2, records: 1)
        $0.version = 7
    }

    package static let withdrawn = with(submitted) {
        $0.state = .withdrawn
        $0.version = 4
        $0.endedAt = ExampleValues.moment
    }

    package static let unable = with(withdrawn) {
        $0.state = .unable
        $0.part = .coordinator
        $0.unableReason = .nobodyAccepts
    }

    package static let closed = with(withdrawn) {
        $0.state = .closed
        $0.specialist = ExampleValues.specialist
        $0.version = 11
    }
}

/// A part of the intake as it is read.
package struct IntakePartView: Codable, Sendable, Hashable {
    package var id: IntakePartID
    package var kind: IntakeKind
    package var text: String
    package var code: String?
    package var revealsPrior: Bool
}

/// A question as it is read. The opinion answers it by its id.
package struct QuestionView: Codable, Sendable, Hashable {
    package var id: IntakePartID
    package var text: String
    package var revealsPrior: Bool

    package static let example = QuestionView(
        id: ExampleValues.id(6), text: "Is a smaller operation as safe?", revealsPrior: true)

    package static let open = QuestionView(
        id: ExampleValues.id(14), text: "How soon must I decide?", revealsPrior: false)
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

    package static let example = CaseSummary(
        id: ExampleValues.caseID, state: .reviewing, lane: .licensed, blinded: true, part: .patient,
        reason: "A second look at a breast biopsy", specialist: ExampleValues.specialist,
        createdAt: ExampleValues.moment)
}

/// Cases, the latest first.
package struct CaseList: Codable, Sendable, Hashable {
    package var cases: [CaseSummary]
    /// What to ask for next with `after`; nil at the end. It travels in the header `Link`.
    package var next: String? = nil

    private enum CodingKeys: String, CodingKey { case cases }

    package static let example = CaseList(cases: [.example])
}
