import Clinic
import Postgres

/// One transaction in which several people act one after the other, so that a case of the demo is loaded whole or not
/// at all. It runs as the schema's owner; the services see each actor as they would at the gateway.
struct DemoTransaction {
    let tx: Transaction

    /// The person who acts from here on. What was written before is put into the audit log in the name of whoever
    /// wrote it: its entries are made at the commit otherwise, when one actor is left.
    func act(as key: String, _ role: Role) async throws -> Caller {
        let caller = Caller(
            account: AccountID(demo: "account", key), session: .random(), roles: [role], showedSecondFactor: true,
            provedLately: true)
        try await flush()
        try await tx.execute("SELECT set_config('consilium.actor', \(caller.account.description), true)")
        return caller
    }

    /// What follows is done by no person.
    func actAsNobody() async throws {
        try await flush()
        try await tx.execute("SELECT set_config('consilium.actor', '', true)")
    }

    private func flush() async throws {
        try await tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
        try await tx.execute("SET CONSTRAINTS ALL DEFERRED")
    }
}
