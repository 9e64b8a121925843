import Clinic
import Postgres
import TestSupport
import Testing

@testable import Matching

@Suite("The directory of specialists", .database, .timeLimit(.minutes(5)))
struct DirectoryTests {
    @Test("A filter narrows, and pages meet without gap or repetition")
    func pages() async throws {
        let programme = try await Programme()
        var everybody: Set<AccountID> = []
        for _ in 0..<5 { everybody.insert(try await programme.specialist().account) }
        _ = try await programme.specialist(licensedUntil: "2020-01-01")
        var listed: [AccountID] = []
        for _ in 0..<10 {
            let page = try await programme.run(as: programme.patient) { [listed] tx in
                try await programme.matching.specialists(
                    SpecialistFilter(jurisdiction: programme.jurisdiction), after: listed.last, limit: 2, in: tx)
            }
            listed += page.map(\.id)
            if page.count < 2 { break }
        }
        #expect(listed.count == 5)
        #expect(Set(listed) == everybody)
    }

    @Test("Taxonomy, language and accepting narrow too")
    func filters() async throws {
        let programme = try await Programme()
        let spanish = try await programme.specialist(accepting: false, languages: ["es-MX"])
        let english = try await programme.specialist()
        func list(_ filter: SpecialistFilter) async throws -> [AccountID] {
            try await programme.run(as: programme.patient) { tx in
                try await programme.matching.specialists(filter, after: nil, limit: 50, in: tx).map(\.id)
            }
        }
        let all = try await list(SpecialistFilter(taxonomy: programme.taxonomy))
        #expect(Set(all) == [spanish.account, english.account])
        #expect(
            try await list(SpecialistFilter(taxonomy: programme.taxonomy, language: LanguageTag("es"))) == [
                spanish.account
            ])
        #expect(
            try await list(SpecialistFilter(taxonomy: programme.taxonomy, accepting: true)) == [english.account])
        #expect(try await list(SpecialistFilter(taxonomy: programme.taxonomy, language: LanguageTag("vi"))).isEmpty)
    }

    @Test(
        "A language is found by each of its names, and by its language alone",
        arguments: [
            ("he", "iw"), ("no", "nb-NO"), ("nb", "no"), ("nn", "nb"), ("zh-Hans-CN", "zh-cmn-hans"), ("es-MX", "spa"),
            ("fil-PH", "tl"), ("tlh", "i-klingon"),
        ])
    func languageNames(kept: String, sought: String) async throws {
        let programme = try await Programme()
        let speaker = try await programme.specialist(languages: [kept])
        _ = try await programme.specialist()
        let language = try #require(LanguageTag(sought))
        let found = try await programme.run(as: programme.patient) { tx in
            try await programme.matching.specialists(
                SpecialistFilter(taxonomy: programme.taxonomy, language: language), after: nil, limit: 50, in: tx)
        }
        // A language with a region finds no other region.
        #expect(found.map(\.id) == (sought == "nb-NO" ? [] : [speaker.account]))
    }

    @Test("An entry keeps its languages in their canonical form, each once")
    func canonicalLanguages() async throws {
        let programme = try await Programme()
        let speaker = try await programme.specialist()
        func edit(_ languages: [String], version: Int) async throws -> Specialist {
            try await programme.run(as: speaker) {
                try await programme.matching.edit(
                    speaker.account, SpecialistEdit(languages: languages), ifVersion: ExpectedVersion(version),
                    by: speaker, in: $0)
            }
        }
        let edited = try await edit(["iw", "spa-mx", "zh-cmn-hans", "EN-u-hc-h12"], version: 1)
        #expect(edited.languages == ["he", "es-MX", "zh-Hans", "en-u-hc-h12"])
        let twice = await #expect(throws: FieldRefusal.self) { try await edit(["he", "en", "iw"], version: 2) }
        #expect(twice?.pointer == "/languages" && twice?.rule == "duplicate")
        let none = await #expect(throws: FieldRefusal.self) { try await edit(["he", "english"], version: 2) }
        #expect(none?.pointer == "/languages/1" && none?.rule == "format")
    }

    @Test("A specialist keeps their own entry by its version; a stranger does not")
    func edits() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        func edit(_ edit: SpecialistEdit, version: Int, by caller: Caller) async throws -> Specialist {
            try await programme.run(as: caller) {
                try await programme.matching.edit(
                    specialist.account, edit, ifVersion: ExpectedVersion(version), by: caller, in: $0)
            }
        }
        let edited = try await edit(
            SpecialistEdit(languages: ["en", "fr"], weeklyCapacity: 0), version: 1, by: specialist)
        #expect(edited.languages == ["en", "fr"] && edited.weeklyCapacity == 0 && edited.accepting)
        #expect(edited.version == 2)
        await #expect(throws: VersionRefusal.changedMeanwhile) {
            try await edit(SpecialistEdit(accepting: false), version: 1, by: specialist)
        }
        let colleague = try await programme.specialist()
        await #expect(throws: MatchingRefusal.notAllowed) {
            try await edit(SpecialistEdit(accepting: false), version: 2, by: colleague)
        }
        #expect(try await edit(SpecialistEdit(accepting: false), version: 2, by: programme.coordinator).version == 3)
    }

    @Test(
        "A bad entry is refused by the name of its field",
        arguments: [
            (SpecialistEdit(weeklyCapacity: 101), "/weeklyCapacity"), (SpecialistEdit(languages: []), "/languages"),
            (SpecialistEdit(languages: ["en", "not a tag"]), "/languages/1"),
            (SpecialistEdit(languages: ["en", "en"]), "/languages"),
        ])
    func badEdit(edit: SpecialistEdit, pointer: String) async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let refusal = await #expect(throws: FieldRefusal.self) {
            try await programme.run(as: specialist) {
                try await programme.matching.edit(specialist.account, edit, ifVersion: 1, by: specialist, in: $0)
            }
        }
        #expect(refusal?.pointer == pointer)
    }

    @Test("A specialist names their conditions")
    func conditions() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let volumes = [
            ConditionVolume(codePrefix: "C50", yearlyVolume: 90), ConditionVolume(codePrefix: "D05.1", yearlyVolume: 9),
        ]
        func put(_ volumes: [ConditionVolume], by caller: Caller) async throws -> Specialist {
            try await programme.run(as: caller) {
                try await programme.matching.putConditions(
                    volumes, of: specialist.account, ifVersion: 1, by: caller, in: $0)
            }
        }
        await #expect(throws: FieldRefusal.self) {
            try await put([ConditionVolume(codePrefix: "C5", yearlyVolume: 1)], by: specialist)
        }
        // Of the form of a code, and the beginning of none.
        let unknown = await #expect(throws: FieldRefusal.self) {
            try await put([volumes[0], ConditionVolume(codePrefix: "C50.9X", yearlyVolume: 1)], by: specialist)
        }
        #expect(unknown?.pointer == "/conditions/1/codePrefix" && unknown?.rule == "unknown")
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            _ = try await tx.execute(
                """
                INSERT INTO condition
                VALUES ('D05.10', true, 'Intraductal carcinoma in situ', 'intraductal carcinoma in situ')
                """)
        }
        await #expect(throws: MatchingRefusal.notAllowed) { try await put(volumes, by: programme.coordinator) }
        // Who may not name them learns nothing of the codes, and has nothing looked up.
        let unknownCode = [ConditionVolume(codePrefix: "C50.9X", yearlyVolume: 1)]
        await #expect(throws: MatchingRefusal.notAllowed) { try await put(unknownCode, by: programme.coordinator) }
        #expect(try await put(volumes, by: specialist).conditions == volumes)
    }

    @Test("The beginnings of codes are looked up in the index")
    func prefixesByIndex() async throws {
        let plan = try await TestDatabase.current.app.withTransaction(as: .nobody) { tx in
            // The few codes of a test are read whole otherwise.
            try await tx.execute("SET LOCAL enable_seqscan = off")
            return try await tx.query("EXPLAIN \(fragment: MatchingService.unknownPrefix(["C50", "D05.1"]))")
                .map { try $0.decode(String.self) }
        }
        #expect(plan.contains { $0.contains("Index Cond") }, "\(plan)")
    }

    @Test("Licences are a coordinator's to verify, and the specialist's not")
    func licences() async throws {
        let programme = try await Programme()
        let specialist = try await programme.specialist()
        let licences = [
            Licence(
                jurisdiction: Jurisdiction(rawValue: "US-TX")!, number: "T-9",
                expiresOn: CivilDate(rawValue: "2030-01-31")!)
        ]
        func put(by caller: Caller) async throws -> Specialist {
            try await programme.run(as: caller) {
                try await programme.matching.putLicences(
                    licences, of: specialist.account, ifVersion: 1, by: caller, in: $0)
            }
        }
        await #expect(throws: MatchingRefusal.notAllowed) { try await put(by: specialist) }
        #expect(try await put(by: programme.coordinator).licences == licences)
        let past = try await programme.run(as: specialist) { tx in
            try await tx.execute(
                "UPDATE licence SET expires_on = '2999-01-01' WHERE specialist_id = \(specialist.account)")
        }
        #expect(past == 0)
    }
}
