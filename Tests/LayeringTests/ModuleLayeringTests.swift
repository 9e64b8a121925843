import Foundation
import Testing

@Suite("Modules import what lies below them", .timeLimit(.minutes(5)))
struct ModuleLayeringTests {
    @Test("A module imports only what lies below it", arguments: SourceTree.modules.keys.sorted())
    func modules(name: String) throws {
        let files = SourceTree.swiftFiles(in: "Sources/\(name)")
        #expect(!files.isEmpty)
        let ours = Set(SourceTree.modules.keys).union([
            "CLibPQ", "CLibIcal", "CLibICU", "CLibCurl", "CEpoll", "CBuildInfo",
        ])
        let allowed = try #require(SourceTree.modules[name])
        for file in files {
            let wrong = SourceTree.imports(of: file.text).intersection(ours).subtracting(allowed).subtracting([name])
            #expect(wrong.isEmpty, "\(file.path) imports \(wrong.sorted())")
        }
    }

    @Test(
        "A module imports the libraries that it is meant to, and no other", arguments: SourceTree.modules.keys.sorted())
    func libraries(name: String) {
        let ours = Set(SourceTree.modules.keys)
        let imported = SourceTree.swiftFiles(in: "Sources/\(name)").reduce(into: Set<String>()) { all, file in
            all.formUnion(SourceTree.imports(of: file.text))
        }
        let libraries = imported.subtracting(ours).subtracting(SourceTree.system).filter {
            !FileManager.default.fileExists(atPath: SourceTree.root.appending(path: "Sources/\($0)").path)
        }
        let meant = SourceTree.libraries[name, default: []]
        #expect(Set(libraries) == meant, "\(Set(libraries).symmetricDifference(meant).sorted())")
    }

    @Test("Control: an import that points up is seen, however it is spelled")
    func importsAreSeen() {
        #expect(SourceTree.imports(of: "@testable package import struct Gateway.Endpoint\n").contains("Gateway"))
        #expect(
            SourceTree.imports(of: "internal import Worker // why\nimport Clinic").isSuperset(of: ["Worker", "Clinic"]))
        #expect(SourceTree.imports(of: "// import Gateway\nlet text = \"import Worker\"").isEmpty)
    }

    @Test("The words are pure: three files of Clinic meet the store")
    func clinicIsPure() {
        let meeting = SourceTree.swiftFiles(in: "Sources/Clinic").filter {
            SourceTree.imports(of: $0.text).contains("Postgres")
        }
        #expect(
            meeting.map(\.path) == [
                "Sources/Clinic/CalendarLocks.swift", "Sources/Clinic/Clinic+SQL.swift",
                "Sources/Clinic/LaneCheck.swift",
            ])
    }

    /// What of a file is SQL; what a comment says is none.
    private static func sql(in text: String) -> [String] {
        let code = text.replacing(#/(?m)^\s*\/\/.*$/#, with: "")
        // Unicode's words do not end at a full stop, as in `consilium.hold` and `Postgres.SQL`: those of C do.
        let words = #/\b(?:SELECT|INSERT INTO|UPDATE consilium|DELETE FROM|SQL)\b/#.wordBoundaryKind(.simple)
        return code.matches(of: words).map { String($0.0) }
    }

    @Test("A route holds no SQL")
    func routesHoldNoSQL() {
        let routes = SourceTree.swiftFiles(in: "Sources/Gateway")
        #expect(!routes.isEmpty)
        for file in routes { #expect(Self.sql(in: file.text) == [], "\(file.path)") }
    }

    @Test("Control: SQL is seen, in a text and as a type")
    func sqlIsSeen() {
        #expect(Self.sql(in: "try await tx.first(\"SELECT id FROM consilium.hold\")") == ["SELECT"])
        #expect(Self.sql(in: "\"INSERT INTO x\" \"UPDATE consilium.y\" \"DELETE FROM z\"").count == 3)
        #expect(Self.sql(in: "func statement() -> SQL {\nlet other: Postgres.SQL") == ["SQL", "SQL"])
        #expect(Self.sql(in: "    /// What SQL cannot SELECT.\n// SQLSTATE\nlet selected = 1") == [])
        #expect(SourceTree.swiftFiles(in: "Sources/Scheduling").contains { !Self.sql(in: $0.text).isEmpty })
    }

    @Test("Every module is a folder of Sources, and nothing else is")
    func sources() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            at: SourceTree.root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        let expected = Set(SourceTree.modules.keys).union([
            "CLibPQ", "CLibIcal", "CLibICU", "CLibCurl", "CEpoll", "CBuildInfo",
        ])
        #expect(Set(folders.map(\.lastPathComponent)) == expected)
    }

    @Test("The top level holds what it may show, and nothing else")
    func topLevel() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: SourceTree.root.path).filter {
            !$0.hasPrefix(".")
        }
        #expect(
            Set(names).subtracting(["Package.resolved"]) == [
                "Package.swift", "Sources", "Tests", "Database", "Deploy", "README.md",
            ])
    }

    @Test("The runbook names only settings and metrics that there are")
    func runbook() throws {
        let book = try String(contentsOf: SourceTree.root.appending(path: "Deploy/RUNBOOK.md"), encoding: .utf8)
        let sources = SourceTree.swiftFiles(in: "Sources").map(\.text)
        let settings = book.matches(
            of: #/`((?:calendars|database|gateway|identity|join|keyring|log|mail|offers|worker)\.[a-zA-Z]+)`/#)
        let metrics = book.matches(of: #/`((?:http|database|consilium)_[a-z_]+)`/#)
        let roles: Set = ["consilium_owner", "consilium_app", "consilium_worker", "consilium_backup"]
        let names = Set((settings.map { String($0.1) } + metrics.map { String($0.1) })).subtracting(roles)
        #expect(!settings.isEmpty && !metrics.isEmpty)
        for name in names { #expect(sources.contains { $0.contains("\"\(name)\"") }, "\(name)") }
    }

    @Test("No table of the gateway is without row-level security, but those that hold no person's data")
    func rowSecurity() throws {
        let dump = try String(contentsOf: SourceTree.root.appending(path: "Database/schema.sql"), encoding: .utf8)
        let tables = Set(dump.matches(of: #/CREATE (?:UNLOGGED )?TABLE consilium\.(\w+)/#).map { String($0.1) })
        let secured = Set(
            dump.matches(of: #/ALTER TABLE ONLY consilium\.(\w+) FORCE ROW LEVEL SECURITY/#).map { String($0.1) })
        #expect(
            tables.subtracting(secured) == [
                "condition", "condition_taxonomy", "consent_text", "consent_wording", "migration", "schema_contract",
                "taxonomy",
                "transition",
            ])
    }
}
