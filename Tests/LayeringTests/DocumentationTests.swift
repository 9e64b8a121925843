import Foundation
import Testing

/// Papers for reviewers and operators point at files and tests: what they name must be there.
@Suite("What a paper names is there", .timeLimit(.minutes(5)))
struct DocumentationTests {
    private static let papers = [
        "README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", "Database/README.md", "Deploy/ASVS.md",
        "Deploy/RUNBOOK.md", "Deploy/SECURITY.md", "Deploy/THREAT_MODEL.md",
        "Sources/Clinic/Clinic.docc/Architecture.md", "Sources/Clinic/Clinic.docc/Decisions.md",
    ]

    /// Every type of a test, by its name.
    private static let suites: Set<String> = {
        let files = SourceTree.swiftFiles(in: "Tests")
        return Set(files.flatMap { file in file.text.matches(of: #/struct (\w+Tests)\b/#).map { String($0.1) } })
    }()

    /// What a text names in backticks that is neither a file of the repository nor a test.
    private static func missing(in text: String) -> [String] {
        text.matches(of: #/`([^`\n]+)`/#).map { String($0.1) }.filter { name in
            if name.wholeMatch(of: #/\w+Tests/#) != nil { return !suites.contains(name) }
            guard let path = name.prefixMatch(of: #/(Sources|Tests|Database|Deploy)\/[\w+\/.-]+/#) else { return false }
            return !FileManager.default.fileExists(atPath: SourceTree.root.appending(path: String(path.0)).path)
        }
    }

    @Test("Files and tests", arguments: papers)
    func names(paper: String) throws {
        let text = try String(contentsOf: SourceTree.root.appending(path: paper), encoding: .utf8)
        #expect(Self.missing(in: text) == [])
    }

    @Test("Control: a file and a test that are not there are seen")
    func missingIsSeen() {
        let text = "`Sources/Nowhere.swift`, `NowhereTests`, `Deploy/run --fresh`, `README.md`, `DocumentationTests`"
        #expect(Self.missing(in: text) == ["Sources/Nowhere.swift", "NowhereTests", "Deploy/run --fresh"])
    }

    @Test("The table of ASVS counts what it lists")
    func counts() throws {
        let text = try String(contentsOf: SourceTree.root.appending(path: "Deploy/ASVS.md"), encoding: .utf8)
        let rows = text.matches(of: #/(?m)^\| (V\d+\.\d+\.\d+) \| (yes|no|n\/a) \| (.+) \|$/#)
        func count(_ word: String) -> Int { rows.count { $0.2 == word } }
        #expect(Set(rows.map(\.1)).count == 253)
        #expect(rows.allSatisfy { !$0.3.isEmpty })
        #expect(text.contains("Of 253 requirements \(count("n/a")) do not apply today"))
        #expect(text.contains("\(count("yes")) hold and \(count("no")) do not"))
    }
}
