import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
@testable import JSON
@testable import Notifications
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("Who is told what", .database, .timeLimit(.minutes(5)))
struct MailTableTests {
    /// One line of the table: in which state of a case, what each part reads, and what its link leads to.
    struct Line: Sendable {
        var template: @Sendable (MailLinkFixture) -> Notice.Template
        var state = CaseState.accepted
        var lane = Lane.licensed
        /// Whether the parts of everybody but the patient's side and the coordinator have ended.
        var isOver = false
        var reads: [CasePart: (subject: String, link: Link)]
    }

    enum Link: Sendable {
        case none, theCase, offer, hold, place, consult, consults

        func path(in scene: MailLinkFixture) -> String? {
            switch self {
            case .none: nil
            case .theCase: "/cases/\(scene.caseID)"
            case .offer: "/offers/\(scene.offer)"
            case .hold: "/holds/\(scene.hold)"
            case .place: "/waitlist/\(scene.place)"
            case .consult: "/appointments/\(scene.appointment)"
            case .consults: "/appointments"
            }
        }
    }

    private static func everybody(
        _ parts: [CasePart], _ subject: String, _ link: Link
    ) -> [CasePart: (subject: String, link: Link)] {
        Dictionary(uniqueKeysWithValues: parts.map { ($0, (subject, link)) })
    }

    /// Who sits in a consult, and who acts for its patient.
    private static func consult(_ tail: String) -> [CasePart: (subject: String, link: Link)] {
        var reads = everybody([.patient, .specialist, .colleague], "Your consult \(tail)", .consult)
        reads[.caregiver] = ("A consult that you help with \(tail)", .consult)
        return reads
    }

    private static let table: [Line] = [
        Line(
            template: { .caseSubmitted($0.caseID) }, state: .submitted,
            reads: [
                .patient: ("We have received your case", .theCase),
                .caregiver: ("We have received a case that you help with", .theCase),
                .coordinator: ("A case was submitted", .theCase),
            ]),
        Line(
            template: { .recordsNeeded($0.caseID) }, state: .collecting,
            reads: everybody([.patient, .caregiver], "Records are needed", .theCase)),
        Line(
            template: { .recordArrived($0.caseID) },
            reads: everybody(
                [.patient, .caregiver, .specialist, .colleague, .coordinator], "A record has arrived", .theCase)),
        Line(
            template: { .offerWaiting($0.offer) }, state: .offered,
            reads: everybody([.candidate], "A case is offered to you", .offer)),
        Line(
            template: { .offerPassedOn($0.caseID) }, state: .offered,
            reads: everybody([.patient, .caregiver, .coordinator], "We have asked the next specialist", .theCase)),
        Line(
            template: { .offerWithdrawn($0.caseID, $0.offer) }, state: .ready, isOver: true,
            reads: [
                .patient: ("A specialist is no longer asked", .theCase),
                .caregiver: ("A specialist is no longer asked", .theCase),
                .coordinator: ("A specialist is no longer asked", .theCase),
                .candidate: ("An offer was taken back", .none),
            ]),
        Line(
            template: { .menuExhausted($0.caseID) }, state: .ready,
            reads: [
                .patient: ("We are looking for another specialist", .theCase),
                .caregiver: ("We are looking for another specialist", .theCase),
                .coordinator: ("A case needs another specialist", .theCase),
            ]),
        Line(
            template: { .caseAccepted($0.caseID) },
            reads: everybody(
                [.patient, .caregiver, .treatingClinician, .coordinator], "A specialist has accepted a case",
                .theCase)),
        Line(
            template: { .caseReassigned($0.caseID) },
            reads: everybody(
                [.patient, .caregiver, .specialist, .colleague], "We are choosing another specialist", .theCase)),
        Line(
            template: { .caseReassigned($0.caseID) }, isOver: true,
            reads: everybody([.specialist, .colleague], "A case is no longer with you", .none)),
        Line(
            template: { .clinicianAsked($0.caseID) },
            reads: everybody(
                [.patient, .caregiver], "A treating clinician was asked to take part in a case", .theCase)),
        Line(
            template: { .emergencyAccess($0.caseID) },
            reads: [
                .patient: ("Your case was opened in an emergency", .theCase),
                .caregiver: ("A case that you help with was opened in an emergency", .theCase),
            ]),
        Line(
            template: { .clinicianJoined($0.caseID) },
            reads: everybody([.patient, .caregiver, .coordinator], "An invitation was accepted", .theCase)),
        Line(
            template: { .colleagueBrought($0.caseID) },
            reads: everybody([.colleague], "You are asked to join a case", .theCase)),
        Line(
            template: { .colleagueReleased($0.caseID) }, isOver: true,
            reads: everybody([.colleague], "You are no longer part of a case", .none)),
        Line(
            template: { .messagePosted($0.caseID, thread: $0.thread, seq: 1, urgent: false) },
            reads: everybody(
                [.patient, .caregiver, .specialist, .colleague, .treatingClinician, .coordinator], "A new message",
                .theCase)),
        Line(
            template: { .messagePosted($0.caseID, thread: $0.thread, seq: 1, urgent: true) },
            reads: everybody([.coordinator], "An urgent message", .theCase)),
        Line(
            template: { .opinionReady($0.caseID) }, state: .delivered,
            reads: everybody([.patient, .caregiver, .treatingClinician], "The opinion is ready", .theCase)),
        Line(
            template: { .caseEnded($0.caseID) }, state: .withdrawn, isOver: true,
            reads: [
                .patient: ("Your case has ended", .theCase),
                .caregiver: ("A case that you help with has ended", .theCase),
                .coordinator: ("A case has ended", .theCase),
                .candidate: ("A case is no longer offered to you", .none),
                .specialist: ("A case that you had accepted has ended", .none),
                .colleague: ("A case that you were asked to join has ended", .none),
                .treatingClinician: ("The case of a patient of yours has ended", .none),
            ]),
        Line(
            template: { .openingOffered($0.hold) }, reads: everybody([.patient], "A time is kept for you", .hold)),
        Line(
            template: { .openingsAvailable($0.place) },
            reads: everybody([.patient], "There are times that you can book", .place)),
        Line(
            template: { .appointmentBooked($0.appointment) },
            reads: consult("is booked")),
        Line(
            template: { .appointmentBooked($0.appointment) }, lane: .peerToPeer,
            reads: everybody([.treatingClinician], "Your consult is booked", .consult)),
        Line(
            template: { .appointmentMoved($0.appointment, sequence: 0) },
            reads: consult("has a new time")),
        Line(
            template: { .reminder($0.appointment, sequence: 0, ahead: .hour) },
            reads: consult("begins in an hour")),
        Line(
            template: { .panelChanged($0.appointment) },
            reads: consult("will have fewer specialists")),
        Line(
            template: { .appointmentCancelled($0.appointment) }, state: .withdrawn, isOver: true,
            reads: [
                .patient: ("Your consult was cancelled", .consult),
                .caregiver: ("A consult that you help with was cancelled", .consult),
                .specialist: ("Your consult was cancelled", .consults),
                .colleague: ("Your consult was cancelled", .consults),
            ]),
        Line(
            template: { .calendarConflict($0.appointment, sequence: 0) },
            reads: everybody([.specialist, .colleague], "A calendar of yours conflicts with a consult", .consult)),
    ]

    @Test("Each part reads a text of its own, whose link it can follow; nobody else is told")
    func table() async throws {
        let services = try await TestServices.make()
        var scenes: [MailLinkFixture] = []
        for line in Self.table { scenes.append(try await MailLinkFixture.make(services.vault, line)) }
        let people = scenes.flatMap { $0.people.values }
        try await services.open(to: people) { [scenes] gateway in
            for (line, scene) in zip(Self.table, scenes) {
                let template = line.template(scene)
                for (part, person) in scene.people {
                    let mail = try await scene.mail(template, to: person)
                    guard let expected = line.reads[part] else {
                        // In a part that reads it in another lane, or not at all.
                        let isRead = template.readers?.contains(part) == true
                        #expect(mail == nil || isRead, "\(template.word) to \(part)")
                        continue
                    }
                    let text = try #require(mail, "\(template.word) to \(part)")
                    #expect(text.contains("\nSubject: \(expected.subject)\n"), "\(template.word) to \(part): \(text)")
                    let link = text.firstMatch(of: /\nhttps:\/\/c\.example(\/\S*)\n/).map { String($0.1) }
                    #expect(link == expected.link.path(in: scene), "\(template.word) to \(part)")
                    guard let link else { continue }
                    #expect(try await Self.reads(link, person, gateway), "\(template.word) to \(part): \(link)")
                }
            }
            // Control: who takes no part any more cannot follow what the others can.
            let ended = try #require(zip(Self.table, scenes).first { $0.0.state == .withdrawn }?.1)
            let specialist = try #require(ended.people[.specialist])
            #expect(try await !Self.reads("/cases/\(ended.caseID)", specialist, gateway))
            #expect(try await !Self.reads("/appointments/\(ended.appointment)", specialist, gateway))
        }
    }

    /// Whether what a link leads to is there for a person: what a page shows, as the API has it.
    private static func reads(_ link: String, _ person: TestPerson, _ gateway: TestGateway) async throws -> Bool {
        if let offer = link.wholeMatch(of: /\/offers\/(.*)/)?.1 {
            return try await gateway.send(.get, "/v1/offers", as: person).text.contains(offer)
        }
        return try await gateway.send(.get, "/v1\(link)", as: person).status == 200
    }

    @Test("Every template but those of an account stands in the table")
    func isWhole() async throws {
        let services = try await TestServices.make()
        let scene = try await MailLinkFixture.make(services.vault, try #require(Self.table.first))
        let told = Set(Self.table.map { $0.template(scene).word })
        let all: [Notice.Template] = [
            .caseSubmitted(.random()), .recordsNeeded(.random()), .recordArrived(.random()), .offerWaiting(.random()),
            .offerPassedOn(.random()), .offerWithdrawn(.random(), .random()), .menuExhausted(.random()),
            .caseAccepted(.random()), .caseReassigned(.random()),
            .clinicianAsked(.random()), .emergencyAccess(.random()), .clinicianJoined(.random()),
            .appointmentBooked(.random()),
            .appointmentMoved(.random(), sequence: 0),
            .appointmentCancelled(.random()), .panelChanged(.random()), .openingOffered(.random()),
            .openingsAvailable(.random()), .colleagueBrought(.random()), .colleagueReleased(.random()),
            .reminder(.random(), sequence: 0, ahead: .hour), .calendarConflict(.random(), sequence: 0),
            .messagePosted(.random(), thread: .random(), seq: 1, urgent: false), .opinionReady(.random()),
            .caseEnded(.random()),
        ]
        #expect(told == Set(all.map(\.word)))
    }
}
