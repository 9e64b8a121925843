import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

/// Something that a case can need, because it is not there or is wrong.
enum Need: String, CaseIterable {
    /// The condition has no code by which a specialist is found.
    case code
    /// A consent was withdrawn, or never given.
    case consent
    /// Something that the case needs is not there.
    case record
    /// A file is another person's, or no longer true.
    case wrongFile
    case wrongLane
    /// Nobody is asked: there is no menu yet, or it is exhausted.
    case specialist
    /// Who was asked, or has the case, does nothing.
    case answer
    /// Nobody at all can take the case, or the patient wants no opinion any more.
    case end
    /// The opinion names a study that was not made.
    case study
    /// Somebody has something to say.
    case message
    /// Nobody said what followed.
    case outcome
}

@Suite("No state of a case is without a way on", .database, .serialized, .timeLimit(.minutes(5)))
struct NextStepTests {
    /// One thing that somebody does about a need.
    struct Step: Sendable {
        let part: CasePart
        let operation: String
        var body: String?
        /// What the id of the answer is called in the steps behind it.
        var names: String?
    }

    /// Of each state and each thing that can be needed in it, who can do what. Left out is what cannot be needed there.
    static let table: [CaseState: [Need: [Step]]] = [
        .draft: [
            .code: [Step(part: .patient, operation: "PATCH /v1/cases/{id}", body: WalkedCase.intake)],
            .consent: consent, .record: upload(.patient), .wrongFile: takeBack(.patient),
            .wrongLane: [
                Step(part: .patient, operation: "PATCH /v1/cases/{id}", body: #"{"lane": "peer_to_peer"}"#)
            ],
            .end: [Step(part: .patient, operation: "POST /v1/cases/{id}/withdraw")],
            .message: message,
        ],
        .submitted: beforeMatching, .collecting: beforeMatching,
        .ready: beforeMatching.merging([
            .specialist: [
                Step(part: .coordinator, operation: "POST /v1/cases/{id}/matches", names: "match"),
                Step(part: .coordinator, operation: "POST /v1/cases/{id}/offers", body: #"{"match": "{match}"}"#),
            ]
        ]) { $1 },
        .offered: [
            .consent: consent, .record: upload(.patient), .wrongFile: takeBack(.coordinator),
            .wrongLane: [withdrawOffer(.patient)] + changeLane, .answer: [withdrawOffer(.coordinator)],
            .end: unable, .message: message,
        ],
        .accepted: withSpecialist, .reviewing: withSpecialist,
        .delivered: afterOpinion, .followUp: afterOpinion,
        .closed: [.message: message], .withdrawn: [.message: message], .unable: [.message: message],
    ]

    private static let consent = [
        Step(part: .patient, operation: "POST /v1/cases/{id}/consents", body: WalkedCase.panel)
    ]
    private static let message = [
        Step(part: .patient, operation: "POST /v1/cases/{id}/messages", body: #"{"text": "One thing more."}"#)
    ]
    private static let unable = [
        Step(part: .coordinator, operation: "POST /v1/cases/{id}/unable", body: #"{"reason": "nobody_accepts"}"#)
    ]
    private static let reassign = [Step(part: .coordinator, operation: "POST /v1/cases/{id}/reassign")]
    private static let changeLane = [
        Step(
            part: .patient, operation: "POST /v1/cases/{id}/consents",
            body: #"{"kind": "peer_to_peer", "wording": "peer_to_peer.2026-01"}"#),
        Step(part: .patient, operation: "PUT /v1/cases/{id}/lane", body: #"{"lane": "peer_to_peer"}"#),
    ]

    private static func withdrawOffer(_ part: CasePart) -> Step {
        Step(part: part, operation: "POST /v1/offers/{offer}/withdraw")
    }

    private static func upload(_ part: CasePart) -> [Step] {
        let files = "/v1/cases/{id}/records/{asked}/files"
        return [
            Step(part: part, operation: "POST \(files)", body: WalkedCase.file, names: "new"),
            Step(part: part, operation: "PATCH \(files)/{new}", body: "hello"),
        ]
    }

    private static func takeBack(_ part: CasePart) -> [Step] {
        [Step(part: part, operation: "DELETE /v1/cases/{id}/records/{record}/files/{file}")]
    }

    private static let beforeMatching: [Need: [Step]] = [
        .consent: consent, .record: upload(.coordinator), .wrongFile: takeBack(.patient), .wrongLane: changeLane,
        .end: unable, .message: message,
    ]

    private static let withSpecialist: [Need: [Step]] = [
        .consent: consent, .record: upload(.coordinator), .wrongFile: takeBack(.patient),
        .wrongLane: reassign + changeLane, .answer: reassign, .end: unable, .message: message,
    ]

    private static let afterOpinion: [Need: [Step]] = [
        .consent: consent, .record: upload(.patient), .wrongFile: takeBack(.patient),
        .study: [
            Step(
                part: .coordinator, operation: "POST /v1/cases/{id}/records",
                body: #"{"kind": "imaging", "title": "MRI", "state": "asked"}"#)
        ],
        .message: message,
        .outcome: [
            Step(part: .patient, operation: "PUT /v1/cases/{id}/outcome", body: #"{"adviceFollowed": "undecided"}"#)
        ],
    ]

    /// What cannot be needed in a state, and why.
    private static func cannot(_ need: Need, in state: CaseState) -> Bool {
        switch need {
        // A case is not submitted without it.
        case .code: state != .draft
        case .specialist: state != .ready
        case .answer: ![.offered, .accepted, .reviewing].contains(state)
        case .study, .outcome: ![.delivered, .followUp].contains(state)
        // The opinion is signed: the lane was right, and there is nothing to give up.
        case .wrongLane, .end: [.delivered, .followUp].contains(state) || state.isEnded
        // A case that is over waits for nothing; who wants more opens another.
        case .consent, .record, .wrongFile: state.isEnded
        case .message: false
        }
    }

    @Test("The table names every state, and everything that can be needed in it")
    func complete() {
        // Signing delivers in the same transaction.
        let states = CaseState.allCases.filter { $0 != .opined }
        #expect(Set(Self.table.keys) == Set(states))
        for state in states {
            let needs = Need.allCases.filter { !Self.cannot($0, in: state) }
            #expect(Set(Self.table[state]?.keys.map { $0 } ?? []) == Set(needs), "\(state)")
        }
    }

    @Test("From every state an end can be reached by moves of who is there", arguments: CaseState.allCases)
    func ends(state: CaseState) async throws {
        let moves = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                "SELECT source, target, coalesce(parts, '{}') FROM consilium.transition WHERE machine = 'case'"
            ).map { try $0.decode(CaseState.self, CaseState.self, [String].self) }
        }
        var reached: Set<CaseState> = [state]
        while let next = moves.first(where: { source, target, parts in
            reached.contains(source) && !reached.contains(target)
                && parts.contains { Self.isThere($0, in: source) }
        }) {
            reached.insert(next.1)
        }
        #expect(reached.contains { $0.isEnded }, "\(state)")
        // And, as long as an opinion can be given, to the opinion.
        let gives = !state.isEnded && ![.delivered, .followUp].contains(state)
        #expect(!gives || reached.contains(.delivered), "\(state)")
    }

    private static func isThere(_ part: String, in state: CaseState) -> Bool {
        switch part {
        case "patient", "caregiver": true
        case "coordinator": state != .draft
        case "candidate", "worker": state == .offered
        case "specialist": [.offered, .accepted, .reviewing, .opined].contains(state)
        default: false
        }
    }

    @Test(
        "Each way leads on: who the table names does it, and what was needed is there",
        arguments: table.keys.sorted { $0.rawValue < $1.rawValue })
    func walk(state: CaseState) async throws {
        let services = try await TestServices.make()
        let people = try await WalkedCase.People.gather(services)
        try await services.open(to: people.all) { gateway in
            for (need, steps) in (Self.table[state] ?? [:]).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let walked = try await WalkedCase.bring(to: state, in: services, people, gateway)
                // What is there already shows nothing.
                #expect(try await !walked.meets(need, gateway), "\(state), \(need.rawValue)")
                let reply = try await walked.take(steps, gateway)
                #expect((200..<300).contains(reply.status), "\(state), \(need.rawValue): \(reply.text)")
                #expect(try await walked.meets(need, gateway), "\(state), \(need.rawValue)")
            }
        }
    }

    @Test("Control: a way that is another's, or of another state, is not open")
    func closed() async throws {
        let services = try await TestServices.make()
        let people = try await WalkedCase.People.gather(services)
        try await services.open(to: people.all) { gateway in
            let draft = try await WalkedCase.bring(to: .draft, in: services, people, gateway)
            #expect(try await draft.take(Self.unable, gateway).status == 404)
            let closed = try await WalkedCase.bring(to: .closed, in: services, people, gateway)
            #expect(try await closed.take(Self.upload(.patient), gateway).problem == "wrong-state")
        }
    }

    @Test("Long after a case has ended nobody is written to any more")
    func late() async throws {
        let services = try await TestServices.make()
        let people = try await WalkedCase.People.gather(services)
        try await services.open(to: people.all) { gateway in
            let walked = try await WalkedCase.bring(to: .closed, in: services, people, gateway)
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute(
                    "UPDATE consilium.clinical_case SET ended_at = now() - interval '91 days' WHERE id = \(walked.id)")
            }
            #expect(try await walked.take(Self.message, gateway).problem == "case-ended")
        }
    }
}
