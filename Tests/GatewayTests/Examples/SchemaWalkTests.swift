import Clinic
import Foundation
@testable import Gateway
@testable import HTTPServer
@testable import JSON
import Postgres
import Rig
@testable import ServiceAPI
import Testing
import TestSupport

@Suite("The schemas of the document hold what the service enforces", .database, .timeLimit(.minutes(5)))
struct SchemaWalkTests {
    @Test(
        "What a schema allows is not refused for its form, and what it forbids is refused by name")
    func walk() async throws {
        let services = try await TestServices.make()
        try await RightsMatrix.takeBackProbes()
        try await Scenario.begin(in: services) { beginning in
            try await RightsMatrix.withProbes(of: services, people: beginning.actors.people) { gateway in
                let walk = SchemaWalk(gateway, gateway.gateway.openAPI.json)
                var scenario = beginning
                scenario.replay.watcher = {
                    try await walk.walk($0)
                    try await RightsMatrix.forgetCounts()
                }
                try await scenario.playAll()
                let faults = await walk.faults.filter { fault in !Self.unreached.contains { fault.hasPrefix($0) } }
                    .sorted()
                #expect(faults == [], "\(faults.joined(separator: "\n"))")
                let refused = await walk.refused
                for (rule, operations) in refused {
                    let others = operations.subtracting(Self.meanings[rule]?.operations ?? [])
                    #expect(others == [], "The schema allows what is refused: \(rule)")
                }
                for (rule, meaning) in Self.meanings {
                    #expect(meaning.operations.subtracting(refused[rule] ?? []) == [], "Not refused: \(rule)")
                }
                let operations = Set(OpenAPIChecks.operations(of: gateway.gateway.openAPI.json).map(\.name))
                let (walked, sent, taken) = (await walk.walked, await walk.sent, await walk.taken)
                #expect(operations.subtracting(walked).sorted() == [], "not walked")
                // A search for an account is refused until the service knows that its operator has a second factor.
                #expect(sent.allowed.subtracting(taken) == ["POST /v1/accounts/search"], "nothing was taken")
                #expect(sent.forbidden.symmetricDifference(walked).sorted() == Self.formless, "nothing was forbidden")
            }
        }
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

    /// What is refused though its schema allows it, by the name of the place and the rule: what it must be, and where. No
    /// schema can say it, and the descriptions do.
    private static let meanings: [String: (words: String, operations: Set<String>)] = [
        "answers duplicate": ("no two of the same question", ["PUT /v1/cases/{id}/opinion"]),
        "birthDate past": ("not in the future", ["PATCH /v1/me", "POST /v1/accounts"]),
        "code unknown": ("of the ICD-10-CM that was imported", ["PATCH /v1/cases/{id}", "POST /v1/cases"]),
        "codePrefix unknown": ("of the ICD-10-CM that was imported", ["PUT /v1/specialists/{id}/conditions"]),
        "colleagues choice": (
            "who was brought into the case", ["GET /v1/openings", "GET /v1/openings/soonest", "POST /v1/holds"]
        ),
        "conditions duplicate": ("no two of the same code", ["PUT /v1/specialists/{id}/conditions"]),
        "effectiveUntil range": (
            "not before `effectiveFrom`",
            ["POST /v1/specialists/{id}/availability/preview", "PUT /v1/specialists/{id}/availability"]
        ),
        "endsAt range": (
            "after `startsAt`, by no more than so many days, and ahead",
            ["POST /v1/specialists/{id}/clear", "POST /v1/specialists/{id}/time-off"]
        ),
        "hours overlap": (
            "not over other hours of the same date",
            ["POST /v1/specialists/{id}/availability/preview", "PUT /v1/specialists/{id}/availability"]
        ),
        "intake one_condition": ("one condition at most", ["PATCH /v1/cases/{id}", "POST /v1/cases"]),
        "latest range": ("after `earliest`, and ahead", ["POST /v1/waitlist"]),
        "licences duplicate": ("no two of the same jurisdiction", ["PUT /v1/specialists/{id}/licences"]),
        "match of_case": ("a match of the case", ["POST /v1/cases/{id}/offers"]),
        "organisation unknown": ("one that there is", ["POST /v1/specialist-proposals"]),
        "overrides duplicate": (
            "one alone that replaces the hours of a date",
            ["POST /v1/specialists/{id}/availability/preview", "PUT /v1/specialists/{id}/availability"]
        ),
        "patient not_yours": ("oneself, or for whom one acts", ["POST /v1/cases"]),
        "question unknown_question": ("a question of the case", ["PUT /v1/cases/{id}/opinion"]),
        "seq range": ("a number of the thread", ["PUT /v1/cases/{id}/mark"]),
        "specialist choice": (
            "of the directory, and who accepted the case", ["GET /v1/openings", "POST /v1/cases/{id}/colleagues"]
        ),
        "specialist on_menu": ("of the match", ["POST /v1/cases/{id}/offers"]),
        "startDate start": (
            "a date of the rule where that counts from it",
            ["POST /v1/specialists/{id}/availability/preview", "PUT /v1/specialists/{id}/availability"]
        ),
        "state transition": ("a step that the record's state allows", ["PATCH /v1/cases/{id}/records/{record}"]),
        "taxonomyCodes unknown": ("of the taxonomy that was imported", ["POST /v1/specialist-proposals"]),
        "to range": (
            "after `from`, by no more than so many days",
            ["GET /v1/openings", "POST /v1/specialists/{id}/availability/preview"]
        ),
        "visitType choice": (
            "one that there is",
            ["GET /v1/openings", "GET /v1/openings/soonest", "POST /v1/holds", "POST /v1/waitlist"]
        ),
        "visitTypes choice": (
            "ones that there are",
            ["POST /v1/specialists/{id}/availability/preview", "PUT /v1/specialists/{id}/availability"]
        ),
        "wording unknown": ("of a wording that is in force", ["POST /v1/cases/{id}/consents"]),
    ]

    /// What takes neither a body nor a parameter that could be wrong.
    private static let formless = [
        "GET /v1/consent-wordings", "GET /v1/me", "GET /v1/me/calendar-feeds", "GET /v1/me/caregivers",
        "GET /v1/me/notifications", "GET /v1/offers", "GET /v1/organisations", "GET /v1/second-factor-recoveries",
        "GET /v1/sessions", "GET /v1/visit-types",
    ]

    /// Where the walk does not come as far as the rule: a password is proved, and the attempt counted, in a transaction
    /// of its own, which the walk takes back.
    private static let unreached = ["PUT /v1/me/password /newPassword:"]
}
