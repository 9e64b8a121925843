import Foundation
import Testing

/// Papers for reviewers and operators point at files and tests: what they name must be there.
@Suite("What a paper names is there", .timeLimit(.minutes(5)))
struct DocumentationTests {
    private static let papers = [
        "README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", "Database/README.md", "Database/demo/README.md",
        "Database/reference/README.md", "Deploy/ASVS.md", "Deploy/RUNBOOK.md", "Deploy/SECURITY.md",
        "Deploy/THREAT_MODEL.md", "Sources/Clinic/Clinic.docc/Architecture.md", "Sources/Clinic/Clinic.docc/Clinic.md",
        "Sources/Clinic/Clinic.docc/Decisions.md",
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

    /// The links of a paper to files, or to headings of files, that are not there.
    private static func broken(in text: String, of paper: String) -> [String] {
        let file = SourceTree.root.appending(path: paper)
        let folder = file.deletingLastPathComponent().path
        return text.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.1) }.filter { link in
            if link.contains(":") { return false }
            let halves = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let target = halves[0].isEmpty ? file.path : "\(folder)/\(halves[0])"
            guard halves.count == 2 else { return !FileManager.default.fileExists(atPath: target) }
            guard let linked = try? String(contentsOfFile: target, encoding: .utf8) else { return true }
            return !anchors(of: linked).contains(halves[1])
        }
    }

    /// What a host names the headings of a paper.
    private static func anchors(of text: String) -> Set<String> {
        let headings = text.matches(of: #/(?m)^#+ (.+)$/#).map { $0.1.lowercased() }
        return Set(
            headings.map { heading in
                String(heading.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.map { $0 == " " ? "-" : $0 })
            })
    }

    @Test("Links", arguments: papers)
    func links(paper: String) throws {
        let text = try String(contentsOf: SourceTree.root.appending(path: paper), encoding: .utf8)
        #expect(Self.broken(in: text, of: paper) == [])
    }

    @Test("Control: a link to a file or a heading that is not there is seen")
    func brokenIsSeen() {
        let text =
            "[a](../README.md) [b](NOWHERE.md) [c](RUNBOOK.md#jobs) [d](RUNBOOK.md#nowhere) [e](https://example.org)"
        #expect(Self.broken(in: text, of: "Deploy/SECURITY.md") == ["NOWHERE.md", "RUNBOOK.md#nowhere"])
    }

    /// The promises that a text names by number. A number in quotes is something else, as the code of a condition.
    private static func promises(named text: String) -> Set<String> {
        Set(text.matches(of: #/(?m)(?:^|[ (])(P[0-9]{1,2})(?![0-9A-Za-z_])/#).map { String($0.1) })
    }

    /// The rows of the table of promises.
    private static func promises(listed architecture: String) -> [String] {
        architecture.matches(of: #/(?m)^\| (P[0-9]+) \| [^|]+ \| [^|]+ \|$/#).map { String($0.1) }
    }

    @Test("Every promise that is named by its number is in the table of promises")
    func promises() throws {
        let path = "Sources/Clinic/Clinic.docc/Architecture.md"
        let architecture = try String(contentsOf: SourceTree.root.appending(path: path), encoding: .utf8)
        let listed = Self.promises(listed: architecture)
        #expect(!listed.isEmpty && Set(listed).count == listed.count)
        var files = SourceTree.swiftFiles(in: "Sources") + SourceTree.swiftFiles(in: "Tests")
        files.removeAll { $0.path.hasSuffix("DocumentationTests.swift") }
        files += SourceTree.files(in: "Database", withSuffix: ".sql")
        for paper in Self.papers where paper != path {
            files.append((paper, try String(contentsOf: SourceTree.root.appending(path: paper), encoding: .utf8)))
        }
        var named: Set<String> = []
        for file in files {
            let promises = Self.promises(named: file.text)
            named.formUnion(promises)
            let missing = promises.subtracting(listed)
            #expect(missing.isEmpty, "\(file.path) names \(missing.sorted())")
        }
        #expect(named.contains("P1"))
    }

    @Test("Control: a promise is seen, and what only looks like one is not")
    func promisesAreSeen() {
        let text = "P1 under fire (P2), P4's source of P77; P256, P7D, P.1, \"P27\", HTTP2, `P3`"
        #expect(Self.promises(named: text) == ["P1", "P2", "P4", "P77"])
        #expect(Self.promises(listed: "| P1 | a | b |\n| P2 | a |\n| P10 | a | b |") == ["P1", "P10"])
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
