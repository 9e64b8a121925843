import JSON

// Chapter 2: a case with all that belongs to it.

extension Journey {
    /// The consents that every case needs.
    static let consents = ["second_opinion", "telehealth", "records_release"]

    /// A blinded case with its records, submitted.
    func openCase(of patient: Person) async throws -> LoadedCase {
        steps.chapter("The patient opens a case")
        try await steps.step("The patient finds their condition by a word of it") {
            let found = try await patient.post("/v1/conditions/search", ["text": .string(condition.word)])
            try promise(found.mentions(condition.code), "the search does not find the condition by its name")
        }
        var loaded = try await steps.step("The patient opens a blinded case: reason, intake, questions") {
            try await draft(of: patient, condition: condition.code, lane: "licensed")
        }
        try await steps.step("It cannot be submitted yet: the refusal names the consents") {
            let missing = try await patient.ask(.post, "/v1/cases/\(loaded.id)/submit").refusing(409)
            try promise(
                Self.consents.allSatisfy { missing.body.mentions($0) },
                "the refusal does not name the consents that are missing")
            steps.shown(missing)
        }
        try await give(Self.consents, in: loaded)
        try await addRecords(to: &loaded)
        try await submit(loaded)
        return loaded
    }

    /// Opens a draft with a canary in every field that takes words.
    func draft(of patient: Person, condition: String, lane: String) async throws -> LoadedCase {
        func part(_ kind: String, _ code: String? = nil) -> (word: String, JSONValue) {
            let word = canaries.word("intake \(kind)")
            var part: JSONValue = ["kind": .string(kind), "text": .string("I write \(word) of \(kind).")]
            if let code { part = part.with("code", .string(code)) }
            return (word, part)
        }
        let reason = canaries.sentence("case reason")
        let open = ["symptoms", "medicines", "allergies"].map { part($0) }
        let prior = ["history", "diagnosis", "treatment", "goals"].map { part($0) } + [part("condition", condition)]
        let openQuestion = canaries.word("question")
        let priorQuestion = canaries.word("question about the earlier opinion")
        let answer = try await patient.ask(
            .post, "/v1/cases",
            [
                "lane": .string(lane), "blinded": true, "reason": .string(reason),
                "intake": .array((open + prior).map(\.1)),
                "questions": [
                    ["text": .string("Do I need \(openQuestion)?"), "revealsPrior": false],
                    ["text": .string("Was \(priorQuestion) right?")],
                ],
            ]
        ).expecting(201)
        return LoadedCase(
            id: try answer.body.text("id"), patient: patient, condition: condition, lane: lane, reason: reason,
            open: open.map(\.word) + [openQuestion], prior: prior.map(\.word) + [priorQuestion],
            questions: try answer.body.list("questions").map { try $0.text("id") })
    }

    func give(_ consents: [String], in loaded: LoadedCase) async throws {
        try await steps.step("The patient consents: \(consents.joined(separator: ", "))") {
            for kind in consents { try await consent(to: kind, in: loaded) }
        }
    }

    func consent(to kind: String, in loaded: LoadedCase) async throws {
        try await loaded.patient.post(
            "/v1/cases/\(loaded.id)/consents", ["kind": .string(kind), "wording": .string("\(kind).2026-01")])
    }

    func submit(_ loaded: LoadedCase) async throws {
        try await steps.step("The patient submits the case") {
            try await loaded.patient.post("/v1/cases/\(loaded.id)/submit")
            let state = try await loaded.patient.get("/v1/cases/\(loaded.id)").text("state")
            try promise(["submitted", "collecting"].contains(state), "the submitted case is \(state)")
        }
    }

    /// What the patients of a story can have: conditions for which the demo programme has two specialists or more where
    /// they live. Each story takes one, so that no specialist's weeks fill up.
    static let conditions = [
        Condition(code: "C61", word: "prostate"), Condition(code: "C20", word: "rectum"),
        Condition(code: "C22.0", word: "liver cell"), Condition(code: "C56.1", word: "right ovary"),
    ]

    /// A condition by its code, and how a patient would look for it.
    struct Condition: Sendable {
        let code: String
        let word: String
    }
}
