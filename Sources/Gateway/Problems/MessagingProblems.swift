import HTTPTypes
import Messaging

extension ProblemKind {
    package static let caseEnded = ProblemKind(
        "case-ended", .conflict, "The case has ended", "Nothing is added to a case that is closed, withdrawn or unable."
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
