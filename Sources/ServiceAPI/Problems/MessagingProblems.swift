package import HTTPServer
import HTTPTypes
package import Messaging

extension ProblemKind {
    package static let caseEnded = ProblemKind(
        "case-ended", .conflict, "The case has ended",
        "Messages are taken for 90 days after a submitted case was closed, withdrawn or found unable: open a new case."
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
