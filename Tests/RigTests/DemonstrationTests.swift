import Postgres
import Rig
import TestSupport
import Testing

@Suite("Made-up people, whose passwords are printed, have a database of their own")
struct DemonstrationTests {
    private let demo = ["demo", "--directory", "\(Cluster.repository)/Database"]

    private func seed(_ number: Int) -> [String] {
        ["seed", "--specialists", "1", "--patients", "1", "--consults", "3", "--seed", "\(number)"]
    }

    private func count(_ table: SQL) async throws -> Int {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT count(*) FROM \(fragment: table)")?.decode(Int.self) ?? -1
        }
    }

    @Test("Seeds are added to an empty database, another beside it, and the same one changes nothing", .database)
    func seeds() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        for (number, accounts) in [(1, 2), (2, 4), (1, 4)] {
            let added = try installation.run(seed(number))
            #expect(added.code == 0 && added.said.contains("3 of 3 consults"), "\(added.said)")
            #expect(try await count("consilium.account") == accounts)
        }
        #expect(try await count("consilium.appointment WHERE state = 'completed'") == 6)
    }

    @Test("The demo programme is loaded once, and the second time nothing is new", .database)
    func demoTwice() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let first = try installation.run(demo)
        let (accounts, cases) = (try await count("consilium.account"), try await count("consilium.clinical_case"))
        #expect(first.code == 0 && first.said.contains("conditions: 1103 read, "), "\(first.said)")
        #expect(first.said.contains("\(accounts) accounts,") && first.said.contains("and \(cases) cases are new"))
        #expect(accounts > 100 && cases > 5)
        let second = try installation.run(demo)
        #expect(second.code == 0 && second.said.contains("conditions: 1103 read, 0 added, 0 changed"))
        #expect(second.said.contains("0 accounts, 0 specialists and 0 cases are new."), "\(second.said)")
        #expect(try await count("consilium.account") == accounts)
        #expect(try await count("consilium.clinical_case") == cases)
        let index = try installation.run("openings", "check")
        #expect(index.code == 0 && index.said.contains(" 0 differences"), "\(index.said)")
    }

    @Test("A database with anybody's account is refused, and nothing is added", .database)
    func besideRealPeople() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        _ = try await Seed.account(installation.vault)
        for arguments in [seed(1), demo] {
            let refused = try installation.run(arguments)
            #expect(
                refused.code == 1 && refused.said.contains("holds accounts that neither demo nor seed has made"),
                "\(refused.said)")
        }
        #expect(try await count("consilium.account") == 1)
    }

    @Test("What cannot be made is refused", .database)
    func refused() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        for arguments in [["--specialists", "0"], ["--patients", "1000001"], ["--consults", "-1"]] {
            let refused = try installation.run(["seed"] + arguments)
            #expect(refused.code == 64, "\(refused.said)")
        }
        let nowhere = try installation.run("demo", "--directory", "/nonexistent")
        #expect(nowhere.code == 1 && nowhere.said.contains("/nonexistent"), "\(nowhere.said)")
        #expect(try await count("consilium.account") == 0)
    }
}
