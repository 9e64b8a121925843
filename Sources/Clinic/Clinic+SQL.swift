// The one place where the words meet the store: their raw values are what columns hold.
package import Postgres

extension ID: SQLValue {}
extension CivilDate: SQLValue {}
extension Jurisdiction: SQLValue {}
extension Role: SQLValue {}
extension CaseState: SQLValue {}
extension CasePart: SQLValue {}
extension Lane: SQLValue {}
extension Gate: SQLValue {}
extension IntakeKind: SQLValue {}
extension RecordKind: SQLValue {}
extension ConsentKind: SQLValue {}
extension TaskKind: SQLValue {}
extension RecordState: SQLValue {}
extension Verdict: SQLValue {}
extension BlindWord: SQLValue {}
extension AdviceFollowed: SQLValue {}
extension UnableReason: SQLValue {}

extension Caller {
    /// Who acts in a transaction that is opened for this person.
    package var actor: Actor { Actor(account.rawValue) }
}
