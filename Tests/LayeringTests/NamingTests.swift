import Foundation
import Testing

/// Words that this project had for what the field has a word for. They do not come back.
@Suite("Things are called by the field's words")
struct NamingTests {
    private static let types: Set = [
        "Abandoned", "Alternatives", "AskedRequest", "Asking", "Bench", "BusyWalls", "Call", "CaseAct", "CaseBook",
        "CaseCourse", "CaseInHand", "Cast", "Circle", "Correspondence", "Crew", "Crowd", "DecodingTrail", "Deed",
        "Dictation", "Door", "DoorContext", "Doorbell", "Ending", "Evenly", "GatewayParts", "Habits", "House",
        "HouseTests", "IdentityDoor", "IdentityParts", "Incoming", "JSONText", "KeptReplies", "KeyClaim",
        "LeaveDeadline", "Likeness", "LongCall", "Lots", "Matter", "OpsDoor", "Pace", "Pair", "Postman", "Seat",
        "SecureChannel", "SchemaShelf", "Shell", "Side", "Sketch", "Stage", "Storm", "Story", "StreamSeats",
        "StreamlessDeadline", "TaskBook", "ThreadWatch", "Told", "Turnstile", "Usher", "Visit", "WaitingLine", "Ward",
        "Watch", "WallClock", "WallMoment", "WallTime", "Wording",
    ]
    private static let values: Set = ["like", "regrets", "wall"]
    /// Files are nouns: what stands in them, not what they do.
    private static let files: Set = types.union([
        "Changing", "Clearing", "Holding", "Joining", "Linking", "Offering", "Posting", "Telling",
    ])

    /// What of a Swift text has an old name.
    private static func declared(in text: String) -> Set<String> {
        let declarations = text.matches(of: #/\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)/#)
            .map { String($0.1) }.filter(types.contains)
        let members = text.matches(of: #/\b(?:func|let|var|case)\s+(\w+)/#).map { String($0.1) }
            .filter(values.contains)
        return Set(declarations + members)
    }

    @Test("No declaration has an old name", arguments: ["Sources", "Tests"])
    func declarations(folder: String) {
        for file in SourceTree.swiftFiles(in: folder) where !file.path.hasSuffix("NamingTests.swift") {
            let old = Self.declared(in: file.text)
            #expect(old.isEmpty, "\(file.path) declares \(old.sorted())")
        }
    }

    @Test("No file has an old name, or the name of a doing", arguments: ["Sources", "Tests"])
    func fileNames(folder: String) {
        let names = SourceTree.swiftFiles(in: folder).flatMap { $0.path.split(separator: "/").dropFirst() }
        let old = names.filter { name in
            let bare = name.hasSuffix(".swift") ? name.dropLast(6) : name
            let parts = bare.split(separator: "+").map(String.init)
            return !Self.files.isDisjoint(with: parts) || bare.hasSuffix("Words")
        }
        #expect(old.isEmpty, "\(old)")
    }

    @Test("No object of the schema has an old name")
    func schema() throws {
        let dump = try String(contentsOf: SourceTree.root.appending(path: "Database/schema.sql"), encoding: .utf8)
        let old = Self.oldObjects(in: dump)
        #expect(old.isEmpty, "\(old.sorted())")
    }

    private static func oldObjects(in dump: String) -> Set<String> {
        let objects = dump.matches(
            of: #/CREATE (?:\w+ )*(?:TABLE|FUNCTION|TRIGGER|INDEX|DOMAIN|VIEW) (?:consilium\.)?(\w+)/#
        )
        .map { String($0.1) }.filter { name in
            name.hasPrefix("keep_")
                || ["freed", "grid", "mark", "taken_of", "takes", "takes_anew", "takes_longer", "wall"]
                    .contains(name)
        }
        let policies = dump.matches(of: #/CREATE POLICY (\w+)/#).map { String($0.1) }
            .filter { ["asks", "books", "comes", "own", "part", "tells"].contains($0) }
        let constraints = dump.matches(of: #/CONSTRAINT (\w+_check\d*) CHECK/#).map { String($0.1) }
        return Set(objects + policies + constraints)
    }

    @Test("No setting and no metric has an old name")
    func settingsAndMetrics() {
        for file in SourceTree.swiftFiles(in: "Sources") {
            let names = file.text.matches(of: #/"((?:[a-z]+\.)?[a-z]+(?:[A-Z][a-zA-Z]*|_[a-z_]+)?)"/#).map {
                String($0.1)
            }
            let old = names.filter { $0.contains(#/(?i)(?:^|[._])(?:door|house|postman|turnstile|wall)(?:$|[._A-Z])/#) }
            #expect(old.isEmpty, "\(file.path): \(old)")
        }
    }

    /// What is written for people to read: sources, tests, migrations and papers.
    private static let prose: [(path: String, text: String)] = {
        var files = SourceTree.swiftFiles(in: "Sources") + SourceTree.swiftFiles(in: "Tests")
        files.removeAll { $0.path.hasSuffix("NamingTests.swift") }
        files += SourceTree.files(in: "Database/migrations", withSuffix: ".sql")
        for folder in ["Database", "Deploy", ".github"] { files += SourceTree.files(in: folder, withSuffix: ".md") }
        files += SourceTree.files(in: "Sources", withSuffix: ".md")
        let readme = SourceTree.root.appending(path: "README.md")
        return files + [("README.md", (try? String(contentsOf: readme, encoding: .utf8)) ?? "")]
    }()

    private static func oldWords(in text: String) -> [String] {
        text.matches(of: #/\b(?:[Dd]oors?|[Tt]urnstiles?|Visits?(?! types?)|[Ww]alls?(?![- ]clock)|[Pp]ostm[ae]n)\b/#)
            .map { String($0.0) }
    }

    @Test("No metaphor stands for a term")
    func metaphors() {
        for file in Self.prose {
            let old = Self.oldWords(in: file.text)
            #expect(old.isEmpty, "\(file.path): \(old)")
        }
    }

    /// Language tags, as `he` for Hebrew, are no pronouns.
    private static func gendered(in text: String) -> [String] {
        text.matches(of: #/(?i)(?:^|[^\w`"=(])(she|her|hers|herself|he|him|his|himself)\b(?![`"=])/#).map {
            String($0.1)
        }
    }

    /// What people write in tests is as it may be: there only the comments are held to it.
    private static func comments(of file: (path: String, text: String)) -> String {
        guard file.path.hasPrefix("Tests/") else { return file.text }
        return file.text.matches(of: #/(?m)^\s*\/\/.*$/#).map { String($0.0) }.joined(separator: "\n")
    }

    @Test("People are \"they\", or named by their part")
    func pronouns() {
        for file in Self.prose {
            let found = Self.gendered(in: Self.comments(of: file))
            #expect(found.isEmpty, "\(file.path): \(found)")
        }
    }

    @Test("Control: each old name is seen")
    func control() {
        #expect(Self.declared(in: "package struct Door {}\nfunc like() {}") == ["Door", "like"])
        #expect(
            Self.oldObjects(
                in: "CREATE FUNCTION consilium.keep_busy()\nCREATE POLICY own ON x\nCONSTRAINT hold_check1 CHECK (true)"
            )
                == ["keep_busy", "own", "hold_check1"])
        #expect(
            Self.oldWords(in: "A wall at the door; wall-clock time, a Visit, not a visit type") == [
                "wall", "door", "Visit",
            ])
        #expect(Self.gendered(in: "Her case is theirs; he") == ["Her", "he"])
    }
}
