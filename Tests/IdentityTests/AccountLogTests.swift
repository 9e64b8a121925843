import Clinic
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Vault

@testable import Identity

@Suite("An account's log", .database, .timeLimit(.minutes(5)))
struct AccountLogTests {
    let fixture = IdentityFixture()

    private func page(_ caller: Caller, before: Int? = nil, limit: Int = 50) async throws -> AccountLogPage {
        try await fixture.work(as: caller) {
            try await fixture.identity.accountLog.page(before: before, limit: limit, by: caller, in: $0)
        }
    }

    /// Somebody who was refused, signed in, turned a second factor on and signed out, each from another place.
    private func busy() async throws -> (email: String, caller: Caller) {
        let email = try await fixture.patient()
        _ = try? await fixture.signIn(email, "not the password", from: "192.0.2.1")
        let token = try await fixture.signIn(email, from: "192.0.2.2").token
        let caller = try await fixture.identity.sessions.locate(
            #require(try await fixture.identity.sessions.authenticate(token)),
            at: RequestSource(address: "192.0.2.3", device: "Another/2.0"))
        _ = try await fixture.work(as: caller) { tx in
            try await fixture.identity.secondFactors.enrol(by: caller, in: tx)
        }
        try await fixture.work(as: caller) { try await fixture.identity.sessions.endCurrent(by: caller, in: $0) }
        return (email, caller)
    }

    @Test("tells its owner who signed in, was refused, signed out and changed what, from where")
    func tells() async throws {
        let (_, caller) = try await busy()
        let entries = try await page(caller).entries
        func entry(_ action: String) -> AccountLogEntry? { entries.first { $0.action == action } }
        let refused = try #require(entry("sign_in.created:wrong_credentials"))
        #expect(refused.actor == nil && refused.address == "192.0.2.1" && refused.device == IdentityFixture.device)
        let opened = try #require(entry("sign_in.created:opened"))
        #expect(opened.actor == caller.account && opened.address == "192.0.2.2")
        #expect(opened.subject == caller.session.rawValue)
        for action in ["second_factor.created", "session.ended"] {
            let found = entry(action)
            #expect(found?.address == "192.0.2.3" && found?.device == "Another/2.0", "\(action)")
        }
    }

    @Test("goes page by page, and is nobody else's")
    func pages() async throws {
        let (_, caller) = try await busy()
        let all = try await page(caller).entries.map(\.seq)
        var (seen, next) = ([Int](), String?.none)
        repeat {
            let page = try await page(caller, before: next.flatMap { Int($0) }, limit: 2)
            seen += page.entries.map(\.seq)
            next = page.next
        } while next != nil
        #expect(seen == all && seen.count > 4)
        let stranger = try await fixture.caller()
        for table in ["audit_source", "request_source", "sign_in"] {
            let column: SQL = table == "audit_source" ? "chain_id" : "account_id"
            let query: SQL = """
                SELECT count(*) FROM consilium.\(identifier: table) WHERE \(fragment: column) = \(caller.account)
                """
            func count(as caller: Caller) async throws -> Int? {
                try await fixture.work(as: caller) { try await $0.first(query)?.decode(Int.self) }
            }
            #expect(try await count(as: stranger) == 0, "\(table)")
            #expect(try await count(as: caller) ?? 0 > 0, "\(table): control")
        }
    }

    @Test("holds no address in the clear, and loses them with the person's key, while the chain verifies")
    func forgets() async throws {
        let (_, caller) = try await busy()
        let clear = try await fixture.count(
            """
            SELECT count(*) FROM consilium.request_source s WHERE s.account_id = \(caller.account)
                AND (position('192.0.2' IN encode(s.body, 'escape')) > 0 OR position('Testing' IN encode(s.body, 'escape')) > 0)
            """)
        #expect(clear == 0)
        try await fixture.owner.withTransaction(as: .nobody) { tx in
            try await fixture.vault.destroyPersonKey(caller.account, in: tx)
        }
        await #expect(throws: VaultError.destroyed) { _ = try await page(caller) }
        var settings = TestDatabase.current.superuser
        settings.conninfo = TestDatabase.current.conninfo(as: "consilium_backup")
        let report = try await AuditLog(settings, logger: TestDatabase.current.logger).verify()
        #expect(report.isClean && report.entries > 4)
    }

    @Test("forgets after 90 days where only refused sign-ins came from, and not where the account was used")
    func sweepsSources() async throws {
        let (email, caller) = try await busy()
        // Refused first, and used later: the owner, on the way.
        _ = try? await fixture.signIn(email, "not the password", from: "192.0.2.4")
        _ = try await fixture.signIn(email, from: "192.0.2.4")
        _ = try? await fixture.signIn(email, "not the password", from: "192.0.2.5")
        try await fixture.rewrite(
            "UPDATE consilium.request_source SET refused_at = refused_at - interval '91 days' WHERE account_id = \(caller.account)"
        )
        // Again within the time.
        _ = try? await fixture.signIn(email, "not the password", from: "192.0.2.5")
        let before = try await page(caller).entries
        try await TestDatabase.current.worker.withTransaction(as: .nobody) { tx in
            _ = try await tx.query("SELECT consilium.delete_expired_identity(1000)")
        }
        let after = try await page(caller).entries
        #expect(after.map(\.seq) == before.map(\.seq))
        for (old, new) in zip(before, after) {
            #expect(new.address == (old.address == "192.0.2.1" ? nil : old.address), "\(old.action)")
        }
        #expect(before.contains { $0.address == "192.0.2.1" }, "control")
        #expect(
            ["192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"].allSatisfy { place in
                after.contains { $0.address == place }
            })
    }

    @Test("A device's name is bounded, and holds no control characters")
    func bounds() {
        let source = RequestSource(address: "192.0.2.1", device: "A\r\nB" + String(repeating: "x", count: 1000))
        #expect(source.device?.count == 256 && source.device?.hasPrefix("ABx") == true)
        #expect(RequestSource(address: "192.0.2.1", device: "").device == nil)
    }
}
