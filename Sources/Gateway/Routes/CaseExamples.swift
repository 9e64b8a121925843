import Cases
import Clinic
import FoundationEssentials

/// What the OpenAPI document shows of cases.
enum CaseExamples {
    static let caseID = ID<CaseTag>(rawValue: uuid(1))
    static let patient = AccountID(rawValue: uuid(2))
    static let specialist = AccountID(rawValue: uuid(3))
    static let record = RecordID(rawValue: uuid(4))
    static let file = FileID(rawValue: uuid(5))
    static let question = IntakePartID(rawValue: uuid(6))
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
        ], questions: [QuestionDraft("Is a smaller operation as safe?", revealsPrior: true)])
}

extension CaseEdit {
    static let example = CaseEdit(
        lane: .licensed, blinded: true, reason: "A second look at a breast biopsy",
        intake: [IntakePartDraft(.condition, "Breast cancer, left side", code: "C50.912", revealsPrior: true)],
        questions: [QuestionDraft("Is a smaller operation as safe?", revealsPrior: true)])
}

extension CaseView {
    static let example = CaseView(
        id: CaseExamples.caseID, state: .reviewing, lane: .licensed, blinded: true,
        jurisdiction: Jurisdiction.example, language: "en", part: .specialist,
        reason: "A second look at a breast biopsy", patient: CaseExamples.patient, specialist: CaseExamples.specialist,
        intake: [
            IntakePartView(
                id: IntakePartID(rawValue: CaseExamples.uuid(9)), kind: .condition, text: "Breast cancer, left side",
                code: "C50.912", revealsPrior: true)
        ],
        questions: [
            QuestionView(
                id: CaseExamples.question, text: "Is a smaller operation as safe?", revealsPrior: true)
        ], withheld: CaseView.Withheld(intakeParts: 3, records: 1), unableReason: .nobodyAccepts, version: 4,
        createdAt: CaseExamples.moment, submittedAt: CaseExamples.moment, endedAt: CaseExamples.moment)
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
