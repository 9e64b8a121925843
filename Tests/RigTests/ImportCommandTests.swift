import Postgres
import Rig
import TestSupport
import Testing

@Suite("Reference data is loaded by the commands that the runbook names")
struct ImportCommandTests {
    private static let reference = "\(Cluster.repository)/Database/reference"

    private func count(_ table: SQL) async throws -> Int {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT count(*) FROM consilium.\(fragment: table)")?.decode(Int.self) ?? -1
        }
    }

    @Test("The three files of the repository, and a second time nothing is new", .database)
    func files() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        for (command, file, rows) in [
            ("icd10cm", "icd10cm.txt", "1103 conditions"), ("taxonomy", "nucc_taxonomy.csv", "104 taxonomy codes"),
            ("condition-taxonomy", "condition_taxonomy.csv", "1413 pairs"),
        ] {
            for new in [true, false] {
                let said = try installation.run("import", command, "\(Self.reference)/\(file)").said
                #expect(said.hasPrefix("\(rows) read: "), "\(said)")
                #expect(said.contains(": 0 new, 0 changed, 0 removed.") != new, "\(said)")
            }
        }
        #expect(try await count("condition") == 1103)
        #expect(try await count("condition_taxonomy") == 1413)
    }

    @Test("New consent texts retire the old ones", .database)
    func consents() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let file = try installation.file("name,kind,language,text\ntelehealth.2027-01,telehealth,en,I agree.\n")
        let done = try installation.run("import", "consent-wordings", file)
        #expect(done.code == 0 && done.said == "1 texts read: 1 new, 0 changed, 1 removed.\n", "\(done.said)")
        #expect(try await count("consent_wording WHERE kind = 'telehealth' AND retired_at IS NULL") == 1)
    }

    @Test(
        "A malformed line is named and changes nothing, and so is a file that is not there", .database,
        arguments: [
            (
                "icd10cm", "condition" as SQL,
                "00001 A04     0 Short                                                        Long\nx"
            ),
            ("taxonomy", "taxonomy", "Code,Grouping,Classification,Specialization,Display Name\n12,a,b,c,d"),
            ("condition-taxonomy", "condition_taxonomy", "code_prefix,taxonomy_code,weight\nC50,nobody,1"),
            (
                "consent-wordings", "consent_wording WHERE name = 'x'",
                "name,kind,language,text\nx,everything,en,I agree."
            ),
        ])
    func malformed(command: String, table: SQL, text: String) async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let before = try await count(table)
        let refused = try installation.run("import", command, try installation.file(text))
        #expect(refused.code == 1 && refused.said.contains("line 2:"), "\(refused.said)")
        let nowhere = try installation.run("import", command, "/nonexistent")
        #expect(nowhere.code == 1 && nowhere.said.contains("cannot read /nonexistent"), "\(nowhere.said)")
        #expect(try await count(table) == before)
    }
}
