import Clinic
import JSON
import Postgres

extension Problem {
    /// The reply that an error becomes. What this function does not know becomes a 500 that tells nothing.
    init(mapping error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let refusal as any ProblemConvertible: self = refusal.problem
        case let malformed as MalformedJSON:
            self.init(.malformedJSON, "Expected \(malformed.expected) at byte \(malformed.offset).")
        case let invalid as InvalidFields:
            self.init(
                .invalidFields,
                errors: invalid.faults.map { FieldError(.pointer($0.pointer), rule: $0.rule, $0.detail) })
        case let unavailable as DatabaseUnavailable: self.init(unavailable)
        case let error as DatabaseError where error.retryable: self.init(.conflict)
        case let error as DatabaseError where error.isServerFault: self.init(.busy, retryAfter: 5)
        default: self.init(.internalFault)
        }
    }

    private init(_ unavailable: DatabaseUnavailable) {
        switch unavailable {
        case .busy: self.init(.busy, retryAfter: 1)
        // What changes something has said so before (`RequestContext.changing`): here it was a look that was not answered.
        case .unreachable, .outcomeUnknown, .behindPooler, .readOnly: self.init(.busy, retryAfter: 2)
        case .statementDeadline: self.init(.tookTooLong, retryAfter: 2)
        }
    }
}

extension FieldRefusal: ProblemConvertible {
    package var problem: Problem {
        let place = FieldError.Place.pointer(JSONPointer(pointer.split(separator: "/").map(String.init)))
        return Problem(.invalidFields, errors: [FieldError(place, rule: rule, detail)])
    }
}

extension VersionRefusal: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .changedMeanwhile: Problem(.changedMeanwhile)
        case .needed: Problem(.matchNeeded)
        }
    }
}

extension DatabaseError: QuietError {
    var quietDescription: String { description }
}

extension DatabaseUnavailable: QuietError {
    var quietDescription: String { description }
}
