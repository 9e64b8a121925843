import Clinic
import Foundation
import Postgres
import Rig
import TestSupport
import Testing

@testable import Gateway

@Suite("The schemas of the document hold what the house enforces", .database)
struct SchemaWalkTests {
    @Test(
        "What a schema allows is not refused for its form, and what it forbids is refused by name",
        .timeLimit(.minutes(5)))
    func walk() async throws {
        let house = try await TestHouse.make()
        try await RightsMatrix.takeBackProbes()
        let database = RightsMatrix.probes()
        let probing = try await TestHouse.make(vault: house.vault, database: database)
        try await Story.begin(in: house) { beginning in
            let door = house.identity(of: beginning.cast.people)
            let identity = IdentityDoor(
                resolve: door.resolve, locate: door.locate, record: { _ in }, ended: door.ended)
            try await TestGateway.with(
                probing.house.endpoints,
                settings: {
                    $0.accountRate = .init(capacity: 1_000_000, perSecond: 1_000_000)
                    $0.handlerDeadline = .seconds(60)
                },
                database: database, identity: identity
            ) { gateway in
                let walk = SchemaWalk(gateway, gateway.gateway.openAPI.json)
                var story = beginning
                story.replay.watcher = {
                    try await walk.walk($0)
                    try await RightsMatrix.forgetCounts()
                }
                try await story.playAll()
                let faults = await walk.faults.filter { fault in !Self.unreached.contains { fault.hasPrefix($0) } }
                    .sorted()
                #expect(faults == [], "\(faults.joined(separator: "\n"))")
                let refused = await walk.refused
                for (rule, operations) in refused where Self.meanings[rule] == nil {
                    Issue.record("The schema allows what is refused: \(rule) in \(operations.sorted())")
                }
                #expect(Set(Self.meanings.keys).subtracting(refused.keys) == [])
                let (sent, done, operations) = (await walk.sent, await walk.done, await walk.operations)
                #expect(done > 180, "\(done) of \(sent.allowed)")
                #expect(sent.allowed > 1200 && sent.forbidden > 1800 && operations > 140, "\(sent), \(operations)")
            }
        }
        await database.close()
    }

    @Test("Python reads the patterns as Swift does")
    func dialects() throws {
        struct Sample: Encodable {
            let pattern: String
            let allowed: [String]
            let forbidden: [String]
        }
        let samples = PatternSamples.table.map { pattern, samples in
            Sample(pattern: pattern, allowed: samples.allowed(1, 20), forbidden: samples.forbidden)
        }
        let script = """
            import json, re, sys
            for sample in json.load(sys.stdin):
                pattern = re.compile(sample["pattern"])
                wrong = [text for text in sample["allowed"] if not pattern.search(text)]
                wrong += [text for text in sample["forbidden"] if pattern.search(text)]
                if wrong: print(sample["pattern"], wrong)
            """
        let input = String(decoding: try JSONEncoder().encode(samples), as: UTF8.self)
        #expect(try command([python, "-c", script], input: input) == "")
        for sample in samples {
            let form = TextForm(sample.pattern, "of the pattern")
            #expect(sample.allowed.filter { !form.matches($0) } == [] && sample.forbidden.filter(form.matches) == [])
        }
        #expect(samples.count > 20)
    }

    /// What is refused though its schema allows it, by the name of the place and the rule, and what it must be. No schema
    /// can say it, and the descriptions do.
    private static let meanings = [
        "answers duplicate": "no two of the same question",
        "birthDate past": "not in the future",
        "code unknown": "of the ICD-10-CM that was imported",
        "codePrefix unknown": "of the ICD-10-CM that was imported",
        "colleagues choice": "who was brought into the case",
        "conditions duplicate": "no two of the same code",
        "effectiveUntil range": "not before `effectiveFrom`",
        "endsAt range": "after `startsAt`, by no more than so many days, and ahead",
        "hours overlap": "not over other hours of the same date",
        "intake one_condition": "one condition at most",
        "latest range": "after `earliest`, and ahead",
        "licences duplicate": "no two of the same jurisdiction",
        "match of_case": "a match of the case",
        "organisation unknown": "one that there is",
        "overrides duplicate": "one alone that replaces the hours of a date",
        "patient not_yours": "oneself, or for whom one acts",
        "question unknown_question": "a question of the case",
        "seq range": "a number of the thread",
        "specialist choice": "of the directory, and who accepted the case",
        "specialist on_menu": "of the match",
        "startDate start": "a date of the rule where that counts from it",
        "state transition": "a step that the record's state allows",
        "taxonomyCodes unknown": "of the taxonomy that was imported",
        "to range": "after `from`, by no more than so many days",
        "visitType choice": "one that there is",
        "visitTypes choice": "ones that there are",
        "wording unknown": "of a wording that is in force",
    ]

    /// Where the walk does not come as far as the rule: a password is proved, and the attempt counted, in a transaction
    /// of its own, which the walk takes back.
    private static let unreached = ["PUT /v1/me/password /newPassword:"]
}
