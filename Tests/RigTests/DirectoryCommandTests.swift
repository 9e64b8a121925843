import Postgres
import Rig
import TestSupport
import Testing

@Suite("Organisations and specialists enter the directory by command", .database)
struct DirectoryCommandTests {
    private func organisation(_ installation: Installation, _ name: String) throws -> String {
        let made = try installation.run(
            "organisation", "create", "--name", name, "--city", "Toledo", "--jurisdiction", "US-OH")
        #expect(made.code == 0 && made.said.hasSuffix("  \(name), Toledo, US-OH\n"), "\(made.said)")
        return String(made.said.prefix { $0 != " " })
    }

    @Test("An organisation is made, listed, changed, retired and taken back")
    func organisations() throws {
        let installation = try Installation()
        defer { installation.remove() }
        let id = try organisation(installation, "Harbour Clinic")
        func change(_ arguments: String...) throws -> String {
            try installation.run(["organisation", "change", "--id", id] + arguments).said
        }
        #expect(try installation.run("organisation", "list").said.contains("\(id)  Harbour Clinic, Toledo, US-OH\n"))
        #expect(try change("--name", "Quay Clinic", "--city", "Akron") == "\(id)  Quay Clinic, Akron, US-OH\n")
        #expect(try change("--retired") == "\(id)  Quay Clinic, Akron, US-OH (retired)\n")
        #expect(try installation.run("organisation", "list").said.contains("Quay Clinic, Akron, US-OH (retired)"))
        #expect(try change("--no-retired", "--jurisdiction", "US-MI") == "\(id)  Quay Clinic, Akron, US-MI\n")
    }

    @Test("What an organisation cannot be is refused by its name")
    func refusedOrganisations() throws {
        let installation = try Installation()
        defer { installation.remove() }
        let id = try organisation(installation, "Pier Clinic")
        let nobody = "01890000-0000-7000-8000-000000000000"
        for (arguments, says) in [
            (["create", "--name", "", "--city", "Toledo", "--jurisdiction", "US-OH"], "name:"),
            (["create", "--name", "Pier Clinic", "--city", "Toledo", "--jurisdiction", "US-OH"], "name:"),
            (["create", "--name", "x", "--city", "Toledo", "--jurisdiction", "Ohio"], "--jurisdiction"),
            (["change", "--id", "7", "--name", "x"], "--id"),
            (["change", "--id", nobody, "--name", "x"], "there is no such organisation"),
            (["change", "--id", id, "--city", ""], "city:"),
        ] {
            let refused = try installation.run(["organisation"] + arguments)
            #expect(refused.code == 64 && refused.said.contains(says), "\(arguments): \(refused.said)")
        }
    }

    @Test("A specialist is invited by mail; an unknown taxonomy, organisation or zone is refused by its name")
    func invitation() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let file = "\(Cluster.repository)/Database/reference/nucc_taxonomy.csv"
        #expect(try installation.run("import", "taxonomy", file).code == 0)
        let id = try organisation(installation, "Lighthouse Clinic")
        func invite(_ changes: [String: String]) throws -> Installation.Outcome {
            let all = [
                "--email": "ada@example.org", "--name": "Ada Example", "--credentials": "MD", "--organisation": id,
                "--taxonomy": "207RC0000X",
            ].merging(changes) { $1 }
            return try installation.run(["specialist", "invite"] + all.map { "\($0)=\($1)" })
        }
        for (option, value, says) in [
            ("--taxonomy", "nothing", "taxonomyCodes"), ("--time-zone", "Ohio", "timeZone"),
            ("--organisation", "01890000-0000-7000-8000-000000000000", "organisation"), ("--email", "nobody", "email"),
            ("--weekly-capacity", "-1", "weeklyCapacity"), ("--language", "English!", "languages"),
        ] {
            let refused = try invite([option: value])
            #expect(refused.code == 64 && refused.said.contains(says), "\(option): \(refused.said)")
        }
        let invited = try invite([:])
        #expect(invited.code == 0 && invited.said.hasPrefix("Invited: proposal "), "\(invited.said)")
        let jobs = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT count(*) FROM consilium.job")?.decode(Int.self)
        }
        #expect(jobs == 1)
    }
}
