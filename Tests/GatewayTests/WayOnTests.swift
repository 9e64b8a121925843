import Clinic
import FoundationEssentials
import HTTPTypes
import Postgres
import TestSupport
import Testing

@testable import Gateway

/// Something that a case can lack, or that can be wrong with it.
enum Lack: String, CaseIterable {
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
    case hope
    /// The opinion names a study that was not made.
    case study
    /// Somebody wants to say something.
    case word
    /// Nobody said what followed.
    case outcome
}

@Suite("No state of a case is without a way on", .database, .serialized)
struct WayOnTests {
    /// Who does what about it.
    struct Way: Sendable {
        let part: CasePart
        let operation: String
        var body: String?
    }

    /// Of each state and each thing that can be missing in it, who can do what. Left out is what cannot be missing there.
    static let table: [CaseState: [Lack: Way]] = [
        .draft: [
            .code: Way(part: .patient, operation: "PATCH /v1/cases/{id}", body: WalkedCase.intake),
            .consent: Way(part: .patient, operation: "POST /v1/cases/{id}/consents", body: WalkedCase.panel),
            .record: upload(.patient), .wrongFile: takeBack(.patient),
            .wrongLane: Way(
                part: .patient, operation: "PATCH /v1/cases/{id}", body: #"{"lane": "peer_to_peer"}"#),
            .hope: Way(part: .patient, operation: "POST /v1/cases/{id}/withdraw"),
            .word: message,
        ],
        .submitted: beforeMatching, .collecting: beforeMatching,
        .ready: beforeMatching.merging([
            .specialist: Way(part: .coordinator, operation: "POST /v1/cases/{id}/matches")
        ]) { $1 },
        .offered: [
            .consent: consent, .record: upload(.patient), .wrongFile: takeBack(.coordinator),
            // The lane is put right once nobody is asked any more.
            .wrongLane: Way(
                part: .candidate, operation: "POST /v1/offers/{offer}/decline", body: #"{"reason": "other"}"#),
            .answer: Way(
                part: .candidate, operation: "POST /v1/offers/{offer}/decline", body: #"{"reason": "capacity"}"#),
            .hope: unable, .word: message,
        ],
        .accepted: withSpecialist, .reviewing: withSpecialist,
        .delivered: afterOpinion, .followUp: afterOpinion,
        .closed: [.word: message], .withdrawn: [.word: message], .unable: [.word: message],
    ]

    private static let consent = Way(part: .patient, operation: "POST /v1/cases/{id}/consents", body: WalkedCase.panel)
    private static let message = Way(
        part: .patient, operation: "POST /v1/cases/{id}/messages", body: #"{"text": "One thing more."}"#)
    private static let unable = Way(
        part: .coordinator, operation: "POST /v1/cases/{id}/unable", body: #"{"reason": "nobody_accepts"}"#)

    private static func upload(_ part: CasePart) -> Way {
        Way(part: part, operation: "POST /v1/cases/{id}/records/{asked}/files", body: WalkedCase.file)
    }

    private static func takeBack(_ part: CasePart) -> Way {
        Way(part: part, operation: "DELETE /v1/cases/{id}/records/{record}/files/{file}")
    }

    private static let beforeMatching: [Lack: Way] = [
        .consent: consent, .record: upload(.coordinator), .wrongFile: takeBack(.patient),
        .wrongLane: Way(part: .patient, operation: "PUT /v1/cases/{id}/lane", body: #"{"lane": "licensed"}"#),
        .hope: unable, .word: message,
    ]

    private static let withSpecialist: [Lack: Way] = [
        .consent: consent, .record: upload(.coordinator), .wrongFile: takeBack(.patient),
        // Another specialist, and before that another lane.
        .wrongLane: Way(part: .coordinator, operation: "POST /v1/cases/{id}/reassign"),
        .answer: Way(part: .coordinator, operation: "POST /v1/cases/{id}/reassign"),
        .hope: unable, .word: message,
    ]

    private static let afterOpinion: [Lack: Way] = [
        .consent: consent, .record: upload(.patient), .wrongFile: takeBack(.patient),
        .study: Way(
            part: .coordinator, operation: "POST /v1/cases/{id}/records",
            body: #"{"kind": "imaging", "title": "MRI", "state": "asked"}"#),
        .word: message,
        .outcome: Way(
            part: .patient, operation: "PUT /v1/cases/{id}/outcome", body: #"{"adviceFollowed": "undecided"}"#),
    ]

    /// What cannot be missing in a state, and why.
    private static func cannot(_ lack: Lack, in state: CaseState) -> Bool {
        switch lack {
        // A case is not submitted without it.
        case .code: state != .draft
        case .specialist: state != .ready
        case .answer: ![.offered, .accepted, .reviewing].contains(state)
        case .study, .outcome: ![.delivered, .followUp].contains(state)
        // The opinion is signed: the lane was right, and there is nothing to give up.
        case .wrongLane, .hope: [.delivered, .followUp].contains(state) || state.isEnded
        // A case that is over waits for nothing; who wants more opens another.
        case .consent, .record, .wrongFile: state.isEnded
        case .word: false
        }
    }

    @Test("The table names every state, and everything that can be missing in it")
    func complete() {
        // Signing delivers in the same transaction.
        let states = CaseState.allCases.filter { $0 != .opined }
        #expect(Set(Self.table.keys) == Set(states))
        for state in states {
            let missing = Lack.allCases.filter { !Self.cannot($0, in: state) }
            #expect(Set(Self.table[state]?.keys.map { $0 } ?? []) == Set(missing), "\(state)")
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
        "Each way is open: who the table names does it", .timeLimit(.minutes(5)),
        arguments: table.keys.sorted { $0.rawValue < $1.rawValue })
    func walk(state: CaseState) async throws {
        let house = try await TestHouse.make()
        let people = try await WalkedCase.People.gather(house)
        try await house.open(to: people.all) { gateway in
            for (lack, way) in (Self.table[state] ?? [:]).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let walked = try await WalkedCase.bring(to: state, in: house, people, gateway)
                let reply = try await walked.take(way, gateway)
                #expect((200..<300).contains(reply.status), "\(state), \(lack.rawValue): \(reply.text)")
            }
        }
    }

    @Test("Control: a way that is another's, or of another state, is not open")
    func closed() async throws {
        let house = try await TestHouse.make()
        let people = try await WalkedCase.People.gather(house)
        try await house.open(to: people.all) { gateway in
            let draft = try await WalkedCase.bring(to: .draft, in: house, people, gateway)
            #expect(try await draft.take(Self.unable, gateway).status == 404)
            let closed = try await WalkedCase.bring(to: .closed, in: house, people, gateway)
            #expect(try await closed.take(Self.upload(.patient), gateway).problem == "wrong-state")
        }
    }

    @Test("Long after a case has ended nobody is written to any more")
    func late() async throws {
        let house = try await TestHouse.make()
        let people = try await WalkedCase.People.gather(house)
        try await house.open(to: people.all) { gateway in
            let walked = try await WalkedCase.bring(to: .closed, in: house, people, gateway)
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                _ = try await tx.execute(
                    "UPDATE consilium.clinical_case SET ended_at = now() - interval '91 days' WHERE id = \(walked.id)")
            }
            #expect(try await walked.take(Self.message, gateway).problem == "case-ended")
        }
    }
}
