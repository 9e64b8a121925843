import Clinic
package import Postgres

extension Messenger {
    /// The statements of reading and writing in a thread, for a case that does not exist. A new connection runs them
    /// before it is used.
    package static var warmUp: [SQL] {
        let caller = Caller(
            account: .random(), session: .random(), roles: [], showedSecondFactor: false, provedLately: false)
        let (id, thread) = (CaseID.random(), ThreadID.random())
        return [
            ThreadSQL.find(.care, of: id), ThreadSQL.writer(caller, in: id), ThreadSQL.bump(.care, of: id),
            listeners(
                thread, seq: 1, case: id, staff: false, urgent: false, revealsPrior: false, author: caller.account),
            ThreadSQL.entries(of: thread, after: 0, limit: 1), ThreadSQL.marks(of: thread),
            ThreadSQL.unread(of: thread, by: caller),
        ]
    }
}
