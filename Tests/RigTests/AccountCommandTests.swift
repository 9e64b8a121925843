import Postgres
import TestSupport
import Testing
import Vault

@Suite("Accounts of staff are made, and people are shut out, by the commands that the runbook names", .database)
struct AccountCommandTests {
    private static let password = "forty quiet herons at dusk\n"

    private func create(
        _ installation: Installation, _ email: String, role: String = "coordinator", input: String? = password,
        _ more: String...
    ) throws -> Installation.Outcome {
        try installation.run(
            [
                "account", "create", "--role", role, "--email", email, "--name", "Kim Example", "--jurisdiction",
                "US-OH", "--birth-date", "1970-01-31",
            ] + more, input: input)
    }

    /// State and roles of an account, as `active {coordinator}`.
    private func account(_ id: Substring) async throws -> String? {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT a.state::text || ' ' || coalesce(array_agg(r.role::text)
                    FILTER (WHERE r.role IS NOT NULL), '{}')::text
                FROM consilium.account a LEFT JOIN consilium.account_role r ON r.account_id = a.id
                WHERE a.id = \(String(id))::uuid GROUP BY a.id
                """)?.decode(String.self)
        }
    }

    @Test("A coordinator is made with a second factor, loses the role, is shut out and forgotten")
    func wholeLife() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let made = try create(installation, "kim@example.org")
        #expect(made.code == 0, "\(made.said)")
        let id = try #require(made.said.firstMatch(of: #/Account ([0-9a-f-]{36})\n/#)?.1)
        #expect(made.said.contains("Second factor: otpauth://totp/") && made.said.contains("Recovery codes: "))
        #expect(try await account(id) == "active {coordinator}")

        let taken = try installation.run("account", "take-role", "--role", "coordinator", "--email", "kim@example.org")
        #expect(taken.code == 0 && taken.said == "Done: account \(id)\n", "\(taken.said)")
        #expect(try await account(id) == "active {}")
        let again = try installation.run("account", "take-role", "--role", "coordinator", "--id", "\(id)")
        #expect(again.code == 64 && again.said.contains("there is no such account to do this to"), "\(again.said)")

        let early = try installation.run("account", "erase", "--id", "\(id)")
        #expect(early.code == 64 && early.said.contains("there is no such account to do this to"), "\(early.said)")
        #expect(try installation.run("account", "close", "--email", "kim@example.org").code == 0)
        #expect(try await account(id) == "closed {}")
        #expect(try installation.run("account", "erase", "--id", "\(id)").code == 0)
        let unknown = try installation.run("account", "close", "--email", "kim@example.org")
        #expect(unknown.code == 64 && unknown.said.contains("there is no such account"), "\(unknown.said)")
    }

    @Test("An address that has an account gets no second one")
    func taken() throws {
        let installation = try Installation()
        defer { installation.remove() }
        #expect(try create(installation, "lee@example.org").code == 0)
        let refused = try create(installation, "lee@example.org", role: "operator")
        #expect(refused.code == 64 && refused.said.contains("email: has an account already"), "\(refused.said)")
    }

    @Test(
        "What is not as it must be is refused by its name, and no account is made",
        arguments: [
            (["--birth-date", "31 January"], password, "--birth-date must be a date"),
            (["--role", "specialist"], password, "consilium specialist invite"),
            (["--role", "king"], password, "--role"), (["--jurisdiction", "Ohio"], password, "--jurisdiction"),
            (["--email", "nobody"], password, "email:"), (["--time-zone", "Ohio"], password, "timeZone:"),
            (["--language", "English!"], password, "language:"), (["--name", ""], password, "name:"),
            ([], "short\n", "password:"), ([], "password123456789\n", "password:"), ([], "", "there was none"),
        ])
    func refused(arguments: [String], input: String, says: String) async throws {
        let installation = try Installation()
        defer { installation.remove() }
        var all = [
            "--role", "operator", "--email", "ira@example.org", "--name", "Ira Example", "--jurisdiction", "US-OH",
            "--birth-date", "1970-01-31", "--language", "en", "--time-zone", "America/New_York",
        ]
        if let index = arguments.first.flatMap(all.firstIndex(of:)) { all[index + 1] = arguments[1] }
        let refused = try installation.run(["account", "create"] + all, input: input)
        #expect(refused.code == 64 && refused.said.contains(says), "\(refused.said)")
        let digest = installation.vault.digest("ira@example.org", for: .email)
        let found = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT FROM consilium.account WHERE email_digest = \(digest)")
        }
        #expect(found == nil)
    }

    @Test(
        "Whoever is to be shut out is named once",
        arguments: [[], ["--email", "a@example.org", "--id", "01890000-0000-7000-8000-000000000000"], ["--id", "7"]])
    func unnamed(arguments: [String]) throws {
        let installation = try Installation()
        defer { installation.remove() }
        let refused = try installation.run(["account", "close"] + arguments)
        #expect(refused.code == 64 && refused.said.contains("--id"), "\(refused.said)")
    }
}
