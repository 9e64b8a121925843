import Clinic
import Testing

@testable import Cases

@Suite("The rules of a case", .timeLimit(.minutes(5)))
struct RuleTests {
    @Test(
        "What a draft lacks is named in the order in which a patient is asked for it",
        arguments: [
            (
                "because", StatedCondition.billable, Lane.licensed,
                [ConsentKind.secondOpinion, .telehealth, .recordsRelease], []
            ),
            (" \n", .billable, .licensed, [.secondOpinion, .telehealth, .recordsRelease], [.reason]),
            ("because", .none, .licensed, [.secondOpinion, .recordsRelease], [.condition, .consent(.telehealth)]),
            (
                "because", .uncoded(place: 2), .licensed, [.secondOpinion, .telehealth, .recordsRelease],
                [.conditionCode(2)]
            ),
            (
                "because", .billable, .peerToPeer, [.secondOpinion, .recordsRelease], [.consent(.peerToPeer)]
            ),
            (
                "because", .billable, .licensed, [.peerToPeer, .treatingClinician, .secondOpinion, .telehealth],
                [.consent(.recordsRelease)]
            ),
        ] as [(String, StatedCondition, Lane, [ConsentKind], [CaseRefusal.Missing])])
    func missing(
        reason: String, condition: StatedCondition, lane: Lane, given: [ConsentKind], missing: [CaseRefusal.Missing]
    ) {
        #expect(
            SubmissionRule.missing(
                reason: reason, condition: condition, sex: .other, lane: lane, consents: Set(given)) == missing)
        #expect(
            SubmissionRule.missing(
                reason: reason, condition: condition, sex: nil, lane: lane, consents: Set(given)
            ).contains(.sex))
    }

    @Test(
        "Each act belongs to some parts and some states",
        arguments: [
            (CasePermission.edit, CasePart.patient, CaseState.draft, nil),
            (.edit, .caregiver, .draft, nil),
            (.edit, .patient, .submitted, .wrongState(.submitted)),
            (.edit, .coordinator, .draft, .notYourPart),
            (.submit, .specialist, .draft, .notYourPart),
            (.withdraw, .patient, .reviewing, nil),
            (.withdraw, .patient, .opined, .wrongState(.opined)),
            (.withdraw, .coordinator, .ready, .notYourPart),
            (.declareUnable, .coordinator, .ready, nil),
            (.declareUnable, .patient, .ready, .notYourPart),
            (.complete, .coordinator, .collecting, nil),
            (.complete, .coordinator, .ready, .wrongState(.ready)),
            (.writeOpinion, .specialist, .accepted, nil),
            (.writeOpinion, .candidate, .offered, .notYourPart),
            (.writeOpinion, .specialist, .delivered, .wrongState(.delivered)),
            (.recordOutcome, .patient, .delivered, nil),
            (.recordOutcome, .specialist, .delivered, .notYourPart),
            (.upload, .treatingClinician, .collecting, nil),
            (.upload, .specialist, .reviewing, .notYourPart),
            (.invite, .treatingClinician, .ready, .notYourPart),
        ] as [(CasePermission, CasePart, CaseState, CaseRefusal?)])
    func acts(act: CasePermission, part: CasePart, state: CaseState, refusal: CaseRefusal?) {
        let access = CaseAccess(
            caseID: .random(), account: .random(), part: part, readsCase: true, seesPrior: true, readsOpinion: true,
            state: state, blinded: true, lane: .licensed, version: 1, patient: .random(), wasAccepted: false)
        var refused: CaseRefusal?
        do { try act.check(access) } catch { refused = error }
        #expect(refused == refusal)
    }

    @Test("A candidate does nothing in a case, and nothing at all happens in one that has ended")
    func nobody() {
        for act in CasePermission.allCases {
            #expect(!act.parts.contains(.candidate))
            #expect(act.states.allSatisfy { !$0.isEnded })
        }
    }

    @Test(
        "A condition's code has ICD-10-CM's form",
        arguments: [
            ("C50", true), ("C50.9", true), ("C50.911", true), ("S72.001A", true), ("C5A", true), ("c50", false),
            ("C5", false), ("C50.", false), ("C50911", false), ("C50.91112", false), ("150.9", false), ("", false),
        ])
    func codes(code: String, isCode: Bool) {
        #expect(ConditionCode.isCode(code) == isCode)
    }

    @Test(
        "An intake that breaks a rule is refused at its place",
        arguments: [
            (IntakePartDraft(.question, "Why?"), "/intake/0/kind", "choice"),
            (IntakePartDraft(.allergies, "Nuts", revealsPrior: true), "/intake/0/revealsPrior", "safety_fact"),
            (IntakePartDraft(.symptoms, "Pain", code: "C50"), "/intake/0/code", "only_condition"),
            (IntakePartDraft(.condition, "Pain", code: "??"), "/intake/0/code", "format"),
            (IntakePartDraft(.goals, " "), "/intake/0/text", "not_blank"),
            (IntakePartDraft(.goals, String(repeating: "x", count: 20_001)), "/intake/0/text", "max_length"),
        ])
    func intake(part: IntakePartDraft, pointer: String, rule: String) {
        #expect { try IntakeRule.check(reason: nil, intake: [part], questions: nil) } throws: {
            ($0 as? FieldRefusal)?.pointer == pointer && ($0 as? FieldRefusal)?.rule == rule
        }
    }

    @Test("A second condition is refused, a second history is not")
    func conditions() throws {
        let history = IntakePartDraft(.history, "Long")
        try IntakeRule.check(reason: nil, intake: [history, history], questions: nil)
        let condition = IntakePartDraft(.condition, "One")
        #expect(throws: FieldRefusal.self) {
            try IntakeRule.check(reason: nil, intake: [condition, condition], questions: nil)
        }
    }

    @Test("An opinion can be signed when it judges, sums up and answers every question")
    func unfinished() {
        let (first, second) = (IntakePartID.random(), IntakePartID.random())
        var content = OpinionContent()
        #expect(content.unfinished(questions: [first]) == ["/diagnosis", "/treatment", "/summary", "/answers"])
        content.diagnosis = Judgement(.confirmed, "Yes")
        content.treatment = Judgement(.changed, "No")
        content.summary = "In short"
        content.answers = [OpinionAnswer(question: first, text: "Yes")]
        #expect(content.unfinished(questions: [first, second]) == ["/answers"])
        #expect(content.unfinished(questions: [first]) == [])
    }

    @Test(
        "A file is announced with a plain name, a media type, its length and its digest",
        arguments: [
            ("a.pdf", "application/pdf", 1, 64, nil), ("../a.pdf", "application/pdf", 1, 64, "/name"),
            ("a\nb", "application/pdf", 1, 64, "/name"), ("a.pdf", "pdf", 1, 64, "/mediaType"),
            ("a.pdf", "text/html; x", 1, 64, "/mediaType"), ("a.pdf", "application/pdf", 0, 64, "/length"),
            ("a.pdf", "application/pdf", 101, 64, "/length"), ("a.pdf", "application/pdf", 1, 63, "/sha256"),
        ] as [(String, String, Int, Int, String?)])
    func files(name: String, mediaType: String, length: Int, digits: Int, pointer: String?) {
        let draft = FileDraft(
            name: name, mediaType: mediaType, length: length, sha256: String(repeating: "a", count: digits))
        var refused: String?
        do { try draft.check(limit: 100) } catch { refused = error.pointer }
        #expect(refused == pointer)
    }

    @Test("A file's name cannot leave its header, and arrives exactly")
    func names() {
        #expect(
            ContentDisposition.attachment("Befund \"Ä\";\r\nx.pdf")
                == "attachment; filename=\"Befund _______x.pdf\"; "
                + "filename*=UTF-8''Befund%20%22%C3%84%22%3B%0D%0Ax.pdf")
    }

    @Test(
        "A file is delivered as what no browser runs",
        arguments: [
            ("application/pdf", "application/pdf"), ("application/dicom", "application/dicom"),
            ("text/html", "application/octet-stream"), ("image/svg+xml", "application/octet-stream"),
        ])
    func delivery(announced: String, delivered: String) {
        #expect(MediaType.delivery(of: announced) == delivered)
    }
}
