import Postgres
import Testing

/// One thing that somebody tries by plain SQL and must not achieve.
struct RowSecurityAttack: Sendable, CustomTestStringConvertible {
    let person: Person
    let testDescription: String
    let statements: [SQL]

    init(_ person: Person, _ description: String, _ statements: SQL...) {
        self.person = person
        testDescription = description
        self.statements = statements
    }

    static let all = onCases + onTime + onProgramme
}
