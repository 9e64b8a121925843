package import HTTPServer
import HTTPTypes
package import Messaging

extension ProblemKind {
    package static let caseEnded = ProblemKind(
        "case-ended", .conflict, "The case has ended",
        "Messages are accepted for 90 days after a submitted case was closed, was withdrawn or ended without "
            + "an opinion. Open a new case."
    )
}

extension MessagingRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .notFound: Problem(.notFound)
        case .caseEnded: Problem(.caseEnded)
        }
    }
}
