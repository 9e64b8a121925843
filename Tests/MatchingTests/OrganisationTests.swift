import Clinic
import Matching
import Postgres
import TestSupport
import Testing

@Suite("The organisations of a programme", .database, .timeLimit(.minutes(1)))
struct OrganisationTests {
    private func make(_ programme: Programme, _ name: String, by caller: Caller) async throws -> Organisation {
        let draft = OrganisationDraft(name: name, city: "Toledo", jurisdiction: programme.jurisdiction)
        return try await programme.database.app.withTransaction(as: caller.actor) { tx in
            try await programme.matching.makeOrganisation(draft, in: tx)
        }
    }

    private func rename(
        _ organisation: Organisation, _ name: String, of programme: Programme, in tx: Transaction
    ) async throws {
        _ = try await programme.matching.editOrganisation(
            organisation.id, OrganisationEdit(name: name), ifVersion: ExpectedVersion(organisation.version), in: tx)
    }

    private func expectTaken(_ work: @Sendable () async throws -> Void) async {
        let refusal = await #expect(throws: FieldRefusal.self) { try await work() }
        #expect(refusal?.pointer == "/name" && refusal?.rule == "taken")
    }

    @Test("None has the name of another: made or renamed, the field is named")
    func names() async throws {
        let programme = try await Programme()
        let one = try await programme.person(.operator)
        let (first, second) = ("First \(one.account)", "Second \(one.account)")
        _ = try await make(programme, first, by: one)
        let other = try await make(programme, second, by: one)
        await expectTaken { _ = try await make(programme, first, by: one) }
        await expectTaken {
            try await programme.database.app.withTransaction(as: one.actor) { tx in
                try await rename(other, first, of: programme, in: tx)
            }
        }
        try await programme.database.app.withTransaction(as: one.actor) { tx in
            try await rename(other, second, of: programme, in: tx)
        }
    }

    @Test(
        "Of two that take a name at the same moment the second is told so, made or renamed", arguments: [false, true])
    func namesAtOnce(isMade: Bool) async throws {
        let programme = try await Programme()
        let (one, two) = (try await programme.person(.operator), try await programme.person(.operator))
        let wanted = "Wanted \(one.account)"
        let first = try await make(programme, "First \(one.account)", by: one)
        let second = try await make(programme, "Second \(one.account)", by: two)
        try await withThrowingTaskGroup { group in
            try await programme.database.app.withTransaction(as: one.actor) { tx in
                try await rename(first, wanted, of: programme, in: tx)
                group.addTask {
                    await expectTaken {
                        if isMade {
                            _ = try await make(programme, wanted, by: two)
                        } else {
                            try await programme.database.app.withTransaction(as: two.actor) { tx in
                                try await rename(second, wanted, of: programme, in: tx)
                            }
                        }
                    }
                }
                // Until the second waits for the first.
                let look: SQL = """
                    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                        AND wait_event_type = 'Lock' AND query LIKE '%consilium.organisation%'
                    """
                try await wait(for: "the second to wait") {
                    try await programme.database.owner.withTransaction(as: .nobody) {
                        try await $0.first(look)?.decode(Int.self) ?? 0
                    } > 0
                }
            }
            try await group.waitForAll()
        }
    }
}
