package import Cases
package import HTTPServer
import HTTPTypes
import JSON

extension ProblemKind {
    package static let alreadySigned = ProblemKind(
        "already-signed", .conflict, "It is signed already", "What was signed does not change.")
    package static let nothingToSign = ProblemKind(
        "nothing-to-sign", .conflict, "There is no draft to sign", "Save a draft first.")
    package static let firstReadNeeded = ProblemKind(
        "first-read-needed", .conflict, "The first read comes first",
        "The case is blinded: sign the first read, or break the blind with a reason, before the opinion.")
    package static let noBlind = ProblemKind(
        "no-blind", .conflict, "There is no blind to break",
        "The case is not blinded, or what reveals the earlier opinion is open to the caller already.")
    package static let opinionUnfinished = ProblemKind(
        "opinion-unfinished", .conflict, "The opinion is not finished",
        "`unfinished` lists what must be filled first, as JSON pointers; `/answers` asks for an answer to each question."
    )
    package static let noTreatingClinician = ProblemKind(
        "no-treating-clinician", .conflict, "No treating clinician takes part",
        "A peer-to-peer opinion goes to the treating clinician: the patient must have invited one who accepted.")
}

extension SigningRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .alreadySigned: Problem(.alreadySigned)
        case .nothingToSign: Problem(.nothingToSign)
        case .firstReadNeeded: Problem(.firstReadNeeded)
        case .noBlind: Problem(.noBlind)
        case .unfinished(let places):
            Problem(.opinionUnfinished).with("unfinished", places)
        case .noTreatingClinician: Problem(.noTreatingClinician)
        }
    }
}
