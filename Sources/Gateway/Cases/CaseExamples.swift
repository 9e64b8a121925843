import Cases
import Clinic
import FoundationEssentials
import HTTPServer

/// What the OpenAPI document shows of cases.
enum CaseExamples {
    static let caseID = ID<CaseTag>(rawValue: uuid(1))
    static let patient = AccountID(rawValue: uuid(2))
    static let specialist = AccountID(rawValue: uuid(3))
    static let record = RecordID(rawValue: uuid(4))
    static let file = FileID(rawValue: uuid(5))
    static let question = IntakePartID(rawValue: uuid(6))
    static let openQuestion = IntakePartID(rawValue: uuid(14))
    static let clinician = AccountID(rawValue: uuid(7))
    static let coordinator = AccountID(rawValue: uuid(8))
    static let moment = Date(timeIntervalSince1970: 1_800_000_000)
    /// Of the five bytes `hello`.
    static let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    /// An id of version 7 that differs in its last byte.
    static func uuid(_ last: UInt8) -> UUID {
        UUID(uuid: (0x01, 0x92, 0xf0, 0xc1, 0x7d, 0x2e, 0x7a, 0x41, 0x9c, 0x3b, 0x5f, 0x1d, 0xe0, 0xa7, 0xb8, last))
    }
}

extension CaseDraft {
    static let example = CaseDraft(
        patient: CaseExamples.patient, lane: .licensed, blinded: true, reason: "A second look at a breast biopsy",
        intake: [
            IntakePartDraft(.condition, "Breast cancer, left side", code: "C50.912", revealsPrior: true),
            IntakePartDraft(.allergies, "Penicillin", revealsPrior: false),
        ],
        questions: [
            QuestionDraft("Is a smaller operation as safe?", revealsPrior: true),
            QuestionDraft("How soon must I decide?", revealsPrior: false),
        ])
}

extension CaseEdit {
    static let example = CaseEdit(
        lane: .licensed, blinded: true, reason: "A second look at a breast biopsy", intake: CaseDraft.example.intake,
        questions: CaseDraft.example.questions)
}

/// One case, from its draft to its end, as who asks for it reads it.
extension CaseView {
    static let draft = CaseView(
        id: CaseExamples.caseID, state: .draft, lane: .licensed, blinded: true, jurisdiction: Jurisdiction.example,
        language: "en", part: .patient, reason: "A second look at a breast biopsy", patient: CaseExamples.patient,
        specialist: nil,
        intake: [
            IntakePartView(
                id: IntakePartID(rawValue: CaseExamples.uuid(9)), kind: .condition, text: "Breast cancer, left side",
                code: "C50.912", revealsPrior: true),
            IntakePartView(
                id: IntakePartID(rawValue: CaseExamples.uuid(13)), kind: .allergies, text: "Penicillin", code: nil,
                revealsPrior: false),
        ],
        questions: [
            QuestionView(id: CaseExamples.question, text: "Is a smaller operation as safe?", revealsPrior: true),
            QuestionView(id: CaseExamples.openQuestion, text: "How soon must I decide?", revealsPrior: false),
        ], withheld: nil, unableReason: nil, version: 1, createdAt: CaseExamples.moment, submittedAt: nil, endedAt: nil)

    static let edited = with(draft) { $0.version = 2 }

    static let submitted = with(edited) {
        $0.state = .submitted
        $0.version = 3
        $0.submittedAt = CaseExamples.moment
    }

    /// As a blinded specialist reads it before she has signed her first read.
    static let blinded = with(submitted) {
        $0.state = .reviewing
        $0.part = .specialist
        $0.specialist = CaseExamples.specialist
        $0.intake?.removeAll(where: \.revealsPrior)
        $0.questions?.removeAll(where: \.revealsPrior)
        $0.withheld = Withheld(intakeParts: 2, records: 1)
        $0.version = 7
    }

    static let withdrawn = with(submitted) {
        $0.state = .withdrawn
        $0.version = 4
        $0.endedAt = CaseExamples.moment
    }

    static let unable = with(withdrawn) {
        $0.state = .unable
        $0.part = .coordinator
        $0.unableReason = .nobodyAccepts
    }

    static let closed = with(withdrawn) {
        $0.state = .closed
        $0.specialist = CaseExamples.specialist
        $0.version = 11
    }
}

extension CaseSummary {
    static let example = CaseSummary(
        id: CaseExamples.caseID, state: .reviewing, lane: .licensed, blinded: true, part: .patient,
        reason: "A second look at a breast biopsy", specialist: CaseExamples.specialist,
        createdAt: CaseExamples.moment)
}

extension Jurisdiction {
    fileprivate static var example: Jurisdiction {
        guard let ohio = Jurisdiction(rawValue: "US-OH") else { preconditionFailure("US-OH is a code") }
        return ohio
    }
}
