import Postgres
import Testing

/// One statement of plain SQL by which somebody tries what they must not achieve, and what stops it.
struct RowSecurityAttack: Sendable, CustomTestStringConvertible {
    let person: Person
    let testDescription: String
    let statement: SQL
    /// All that must be taken away before the statement changes or reads a row.
    let defences: [Defence]

    enum Defence: Sendable {
        /// A policy of row-level security.
        case policy
        /// The role of the gateway lacks the privilege.
        case privilege
        /// A trigger refuses, whatever the policies say.
        case trigger
        /// A check or an exclusion constraint of this table refuses.
        case constraint(on: String)
        /// The function that is called has a rule of its own, by which it does the same when it is allowed.
        case function(allows: Allowed)

        var isPolicy: Bool { if case .policy = self { true } else { false } }
    }

    /// How a call that a function refuses differs from one that it allows.
    struct Allowed: Sendable {
        /// Instead of the attack's statement.
        let statement: SQL?
        /// Instead of the attacker.
        let person: Person?
        /// What must be so before.
        let preparations: [SQL]

        init(_ statement: SQL? = nil, as person: Person? = nil, after preparations: SQL...) {
            self.statement = statement
            self.person = person
            self.preparations = preparations
        }
    }

    init(
        _ person: Person, _ description: String, stoppedBy defences: [Defence] = [.policy], _ statement: SQL
    ) {
        self.person = person
        testDescription = description
        self.defences = defences
        self.statement = statement
    }

    static let all = onCases + onAccounts + onTime + onProgramme

    /// Whether PostgreSQL answers with a number of rows; other statements have succeeded when they were not refused.
    var countsRows: Bool {
        ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { statement.text.hasPrefix($0) }
    }
}
