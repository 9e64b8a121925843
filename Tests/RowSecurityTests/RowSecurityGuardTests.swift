import Postgres
import TestSupport
import Testing

/// An attack that a typing error makes harmless would pass for one that is stopped. So each is repeated where what stops
/// it is taken away, and must succeed there. One after the other: what takes constraints away locks whole tables.
@Suite("An attack succeeds where its defences are taken away", .database, .serialized, .timeLimit(.minutes(5)))
struct RowSecurityGuardTests {
    init() async throws { try await RowSecurityFixture.madeWithoutPolicies(in: .current) }

    @Test(
        "Without policies it changes or reads a row, or is stopped by what it names", arguments: RowSecurityAttack.all)
    func withoutPolicies(attack: RowSecurityAttack) async throws {
        let rows = try await attempt(attack, without: [])
        guard attack.defences.allSatisfy(\.isPolicy) else {
            if case .done(let rows) = rows { #expect(attack.countsRows && rows == 0, "policies alone stop it") }
            return
        }
        #expect(try rows.value > 0)
    }

    @Test(
        "Without the other defences that it names it changes or reads a row",
        arguments: RowSecurityAttack.all.filter { !$0.defences.allSatisfy(\.isPolicy) })
    func withoutDefences(attack: RowSecurityAttack) async throws {
        let rows = try await attempt(attack, without: attack.defences).value
        #expect(rows > 0 || !attack.countsRows)
    }

    /// The number of rows, tried as the gateway's role after the superuser has taken these defences away.
    private func attempt(
        _ attack: RowSecurityAttack, without defences: [RowSecurityAttack.Defence]
    ) async throws -> Attempt<Int> {
        let database = Database(TestDatabase.current.superuser, logger: TestDatabase.current.logger)
        let allowed = defences.lazy.compactMap { if case .function(let allowed) = $0 { allowed } else { nil } }.first
        let person = allowed?.person ?? attack.person
        let attempt = try await Attempt.make(in: database, as: person.actor) { tx in
            try await tx.execute("SET LOCAL search_path = consilium, public")
            // Preparations are nobody's moves, so no trigger judges them.
            try await tx.execute("SET LOCAL session_replication_role = replica")
            for preparation in allowed?.preparations ?? [] { try await tx.execute(preparation) }
            for defence in defences { try await lift(defence, in: tx) }
            if !defences.contains(where: \.isTrigger) {
                try await tx.execute("SET LOCAL session_replication_role = origin")
            }
            try await tx.execute("SET LOCAL SESSION AUTHORIZATION consilium_app")
            let rows = try await tx.execute(allowed?.statement ?? attack.statement)
            try await tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return rows
        }
        await database.close()
        return attempt
    }

    private func lift(_ defence: RowSecurityAttack.Defence, in tx: Transaction) async throws {
        switch defence {
        case .policy, .trigger, .function: break
        case .privilege:
            for grant in Self.grants { try await tx.execute(grant) }
        case .constraint(let table):
            let names = try await tx.query(
                """
                SELECT conname::text FROM pg_constraint
                WHERE conrelid = to_regclass(\(table)) AND contype IN ('c', 'x')
                """
            ).map { try $0.decode(String.self) }
            for name in names {
                try await tx.execute("ALTER TABLE \(identifier: table) DROP CONSTRAINT \(identifier: name)")
            }
        }
    }

    private static let grants: [SQL] = [
        "GRANT ALL ON ALL TABLES IN SCHEMA consilium TO consilium_app",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA consilium TO consilium_app",
        "GRANT EXECUTE ON FUNCTION lo_creat, lo_from_bytea TO consilium_app",
        "GRANT pg_read_all_stats TO consilium_app",
        """
        DO $$ BEGIN
            EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO consilium_app', current_database());
        END $$
        """,
    ]
}

extension RowSecurityAttack.Defence {
    fileprivate var isTrigger: Bool { if case .trigger = self { true } else { false } }
}
