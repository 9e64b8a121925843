import Clinic
import Foundation
import Scheduling

/// `Database/demo/programme.json`: its README says what each field means.
struct DemoFile: Codable {
    var organisations: [Organisation]
    var specialists: [Specialist]
    var staff: [Staff]
    var patients: [Patient]
    var treatingClinicians: [Clinician]
    var cases: [Case]

    init(path: String) throws {
        self = try JSONDecoder().decode(DemoFile.self, from: Data(contentsOf: URL(filePath: path)))
    }

    struct Organisation: Codable {
        var name: String
        var city: String
        /// The last part of `US-OH`.
        var state: String
    }

    struct Specialist: Codable {
        var key: String
        var name: String
        var credentials: String
        var email: String
        var organisation: String
        var timeZone: String
        var taxonomy: [String]
        var languages: [String]
        var licences: [Licence]
        var conditions: [Condition]
        var peerToPeer: Bool
        var ruleSets: [RuleSet]
        var acceptsPerWeek: Int
    }

    struct Condition: Codable {
        var codePrefix: String
        var yearlyVolume: Int
    }

    struct Staff: Codable {
        var key: String
        var name: String
        var role: Role
        var email: String
    }

    struct Patient: Codable {
        var key: String
        var name: String
        var birthDate: CivilDate
        var sex: Sex
        var phone: String
        var address: String
        var email: String
        var jurisdiction: Jurisdiction
        var timeZone: String
        var language: String
    }

    struct Clinician: Codable {
        var key: String
        var name: String
        var email: String
        var jurisdiction: Jurisdiction
        var timeZone: String
    }

    struct Case: Codable {
        var key: String
        var patient: String
        var blinded: Bool
        var lane: Lane
        var conditionCode: String
        var state: CaseState
        var openedInDays: Int
        var reason: String
        var intake: [Part]
        var records: [Record]
        var messages: [Message]
        var specialist: String?
        var treatingClinician: String?
        var appointment: Appointment?
        var firstRead: FirstRead?
        var opinion: Opinion?
    }

    struct Part: Codable {
        var kind: IntakeKind
        var text: String
    }

    struct Record: Codable {
        var kind: RecordKind
        var title: String
        var state: String
        var text: String
    }

    struct Message: Codable {
        var author: String
        var inDays: Int
        var text: String
    }

    struct Appointment: Codable {
        var inDays: Int
        var minutes: Int
    }

    struct FirstRead: Codable {
        var inDays: Int
        var text: String
    }

    struct Opinion: Codable {
        var inDays: Int
        var diagnosis: String
        var treatment: String
        var text: String
        var missingStudies: [String]
        var alternatives: [Alternative]
        var answers: [Answer]
    }

    struct Alternative: Codable {
        var name: String
        var outcomes: String
    }

    struct Answer: Codable {
        var question: String
        var answer: String
    }
}
