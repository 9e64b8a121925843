import Clinic
import Foundation
import Outbox
import Postgres
import TestSupport
import Testing

@testable import Matching

@Suite("Reference data", .database, .serialized, .timeLimit(.minutes(5)))
struct ReferenceTests {
    let database = TestDatabase.current
    let reference = ReferenceImport()

    private func folder(_ name: String) -> String { "\(TestServer.shared.databaseFolder)/reference/\(name)" }

    private func file(_ content: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func load(
        _ body: (ReferenceImport, Transaction) async throws -> ReferenceImport.Report
    ) async throws -> ReferenceImport.Report {
        try await database.owner.withTransaction(as: .nobody) { try await body(reference, $0) }
    }

    @Test("The service's own files load, and a second time change nothing")
    func ownFiles() async throws {
        try await database.owner.withTransaction(as: .nobody) { _ = try await $0.execute("DELETE FROM condition") }
        for round in 0..<2 {
            let conditions = try await load { try await $0.conditions(at: folder("icd10cm.txt"), in: $1) }
            let taxonomy = try await load { try await $0.taxonomy(at: folder("nucc_taxonomy.csv"), in: $1) }
            let usual = try await load { try await $0.usualTaxonomy(at: folder("condition_taxonomy.csv"), in: $1) }
            #expect(conditions.read == 1103 && taxonomy.read == 104 && usual.read == 1413)
            for report in [conditions, taxonomy, usual] {
                #expect(report.added == (round == 0 ? report.read : 0))
                #expect(report.changed == 0 && report.removed == 0)
            }
        }
        let found = try await search("C7b03")
        #expect(found == [] || found.allSatisfy { $0.code.hasPrefix("C7B.03") })
        #expect(try await search("c50.4").allSatisfy { $0.code.hasPrefix("C50.4") })
        #expect(try await search("c504").first?.code.hasPrefix("C50.4") == true)
    }

    @Test(
        "Words find a condition, misspelt or in a patient's own",
        arguments: [
            ("breast cancer", "C50"), ("prostate", "C61"), ("parkinson", "G20"), ("crohn disease", "K50"),
            ("neuromyelitis optica", "G36.0"), ("neuromielitis", "G36.0"),
        ])
    func words(text: String, prefix: String) async throws {
        _ = try await load { try await $0.conditions(at: folder("icd10cm.txt"), in: $1) }
        let found = try await search(text)
        #expect(found.prefix(5).contains { $0.code.hasPrefix(prefix) }, "\(found.map(\.title))")
    }

    @Test(
        "Case and diacritics do not matter, on either side",
        arguments: ["menieres", "MÉNIÈRE", "Me\u{301}nie\u{300}re's disease", "sjogren", "SJÖGREN SYNDROME"])
    func folds(text: String) async throws {
        let path = try file(
            """
            00001 H8101   1 Short                                                        M\u{E9}ni\u{E8}re's disease
            00002 M3500   1 Short                                                        Sj\u{F6}gren syndrome

            """)
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try await load { try await $0.conditions(at: path, in: $1) }
        let found = try await search(text)
        #expect(found.first?.code == (text.lowercased().contains("j") ? "M35.00" : "H81.01"))
        #expect(found.first?.title == (text.lowercased().contains("j") ? "Sjögren syndrome" : "Ménière's disease"))
    }

    @Test(
        "What has no letters in common with any condition finds none",
        arguments: ["zzzz", "%%", "__", "..", "\u{640}\u{640}"])
    func nothing(text: String) async throws {
        _ = try await load { try await $0.conditions(at: folder("icd10cm.txt"), in: $1) }
        #expect(try await search(text).isEmpty)
    }

    private func search(_ text: String) async throws -> [Condition] {
        let matching = MatchingService(vault: Programme.vault, outbox: Outbox(), offersLast: .seconds(1))
        return try await database.app.withTransaction(as: .nobody) {
            try await matching.conditions(like: text, in: $0)
        }
    }

    static let good = "00001 Z9901   1 Short                                                        A long description"

    @Test(
        "A malformed line of the order file is refused by its number, and nothing is kept",
        arguments: [
            "00002 9901    1 Short                                                        Long",
            "00002 Z9902   2 Short                                                        Long",
            "00002 Z9902   1 Short                                                        ", "", "00002 Z9902",
            good,
        ])
    func malformedOrderLine(line: String) async throws {
        let path = try file("\(Self.good)\r\n\(line)\r\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let refusal = await #expect(throws: ImportRefusal.self) {
            try await load { try await $0.conditions(at: path, in: $1) }
        }
        guard case .malformed(line: 2, _) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        let kept = try await database.owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT FROM condition WHERE code = 'Z99.01'").count
        }
        #expect(kept == 0)
    }

    @Test("New texts of consents come into force, those left out are retired, and none that is there changes")
    func consentWordings() async throws {
        func load(_ lines: String) async throws -> ReferenceImport.Report {
            let path = try file("name,kind,language,text\n\(lines)\n")
            defer { try? FileManager.default.removeItem(atPath: path) }
            return try await self.load { try await $0.consentWordings(at: path, in: $1) }
        }
        func inForce() async throws -> [String] {
            try await database.owner.withTransaction(as: .nobody) { tx in
                try await tx.query(
                    "SELECT name::text FROM consent_wording WHERE kind = 'telehealth' AND retired_at IS NULL ORDER BY 1"
                ).map { try $0.decode(String.self) }
            }
        }
        #expect(try await inForce() == ["telehealth.2026-01"])
        let new = "telehealth.2027-01,telehealth,en,\"I agree, again.\"\ntelehealth.2027-01,telehealth,es,Acepto."
        let report = try await load(new)
        #expect(report.read == 2 && report.added == 2 && report.removed == 1)
        #expect(try await inForce() == ["telehealth.2027-01"])
        #expect(try await load(new).added == 0)
        for line in [
            "telehealth.2027-01,telehealth,en,I agree to more.", "telehealth.2027-01,panel,en,\"I agree, again.\"",
            "telehealth.y,telehealth,en,x\ntelehealth.y,telehealth,eng,x", "telehealth.y,telehealth,en,\u{200B}",
            "Telehealth,telehealth,en,x", "telehealth.x,phone,en,x", "telehealth.x,telehealth,english!,x",
        ] {
            await #expect(throws: ImportRefusal.self) { _ = try await load(line) }
        }
        #expect(try await inForce() == ["telehealth.2027-01"])
    }

    @Test("A good line gets its dot")
    func dot() throws {
        let line = try OrderLine(Self.good, number: 1)
        #expect(line.code == "Z99.01" && line.billable && line.title == "A long description")
    }

    @Test("CSV is read by RFC 4180: quotes, commas, line breaks, doubled quotes")
    func csv() throws {
        let records = try CSV.records(of: "a,\"b, \"\"c\"\"\",\r\n\"two\nlines\",,x\n\nlast,\"\",\"z\"")
        #expect(records.map(\.fields) == [["a", "b, \"c\"", ""], ["two\nlines", "", "x"], ["last", "", "z"]])
        #expect(records.map(\.line) == [1, 2, 5])
    }

    @Test(
        "Malformed CSV is refused by its line",
        arguments: [("a\nb\"c\n", 2), ("a\n\"b\"c\n", 2), ("a\n\"b\n\n", 2)])
    func malformedCSV(text: String, line: Int) {
        let refusal = #expect(throws: ImportRefusal.self) { try CSV.records(of: text) }
        guard case .malformed(let found, _) = refusal else { return }
        #expect(found == line)
    }

    @Test(
        "A judgement about an unknown taxonomy, a wrong weight or a wrong prefix is refused by its line",
        arguments: ["C50,0000000000,3", "C50,207RX0202X,4", "C5.0,207RX0202X,3", "C50,207RX0202X", "C61,207RX0202X,3"])
    func malformedUsual(line: String) async throws {
        _ = try await load { try await $0.taxonomy(at: folder("nucc_taxonomy.csv"), in: $1) }
        let path = try file("code_prefix,taxonomy_code,weight\nC61,207RX0202X,3\n\(line)\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let refusal = await #expect(throws: ImportRefusal.self) {
            try await load { try await $0.usualTaxonomy(at: path, in: $1) }
        }
        guard case .malformed(line: 3, _) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
    }
}
