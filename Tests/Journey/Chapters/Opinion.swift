import JSON

// Chapter 7: the first read, then what it was kept from, then the signed opinion.

extension Journey {
    /// The specialist reads blind, signs a first read, sees the rest, and gives an opinion.
    func opine(_ loaded: LoadedCase, by specialist: Person) async throws -> JSONValue {
        let base = loaded.id
        steps.chapter("The first read, then the opinion")
        try await steps.step("The specialist sees all that hides the earlier opinion, and nothing else") {
            let seen = try await everything(of: loaded, to: specialist)
            for word in loaded.open { try promise(seen.mentions(word), "what reveals nothing is withheld") }
            for word in loaded.prior { try promise(!seen.mentions(word), "what reveals the earlier opinion is shown") }
            let withheld = try await specialist.get("/v1/cases/\(base)")["withheld"]
            try promise(
                try withheld?.number("intakeParts") ?? 0 > 0, "the specialist is not told that something is withheld")
            try await read(loaded.openRecord, of: loaded, by: specialist)?.expecting(200)
            try await read(loaded.priorRecord, of: loaded, by: specialist)?.refusing(404)
        }
        try await steps.step("The specialist drafts an opinion, and cannot sign it before their first read") {
            _ = try await specialist.ask(.put, "/v1/cases/\(base)/opinion", opinion(of: loaded)).expecting(200, 201)
            steps.shown(try await sign("/v1/cases/\(base)/opinion", as: specialist).refusing(409))
        }
        try await steps.step("The specialist writes their first read and signs it") {
            _ = try await specialist.ask(
                .put, "/v1/cases/\(base)/first-read",
                [
                    "findings": .string(canaries.sentence("findings of the first read")),
                    "impression": .string(canaries.sentence("impression of the first read")), "confidence": "moderate",
                ]
            ).expecting(200, 201)
            _ = try await sign("/v1/cases/\(base)/first-read", as: specialist).expecting(200)
        }
        try await steps.step("Now the earlier opinion appears, and the thread says what was revealed") {
            let seen = try await everything(of: loaded, to: specialist)
            for word in loaded.prior { try promise(seen.mentions(word), "what reveals the earlier opinion is missing") }
            try await read(loaded.priorRecord, of: loaded, by: specialist)?.expecting(200)
            let messages = try await specialist.get("/v1/cases/\(base)/messages").list("messages")
            try promise(messages.contains { $0["kind"] == "revealed" }, "the thread does not say what was revealed")
        }
        try await steps.step("The patient cannot read what is not signed") {
            steps.shown(try await loaded.patient.ask(.get, "/v1/cases/\(base)/opinion").refusing(404))
        }
        try await steps.step("The specialist revises the opinion, signs it, and it is delivered") {
            try await specialist.change(.put, "/v1/cases/\(base)/opinion", opinion(of: loaded))
            _ = try await sign("/v1/cases/\(base)/opinion", as: specialist).expecting(200)
        }
        try await steps.step("What was signed cannot be changed") {
            let read = try await specialist.ask(.get, "/v1/cases/\(base)/opinion").expecting(200)
            let again = try await specialist.ask(
                .put, "/v1/cases/\(base)/opinion", opinion(of: loaded), headers: read.ifMatch)
            steps.shown(try again.refusing(409))
        }
        return try await steps.step("The patient reads it; its signature holds, and it says that the blind was kept") {
            let opinion = try await loaded.patient.get("/v1/cases/\(base)/opinion")
            try promise(opinion.mentions(canaries.tag), "the opinion has lost its words")
            try promise(opinion["blind"] == "kept", "the opinion does not say that the blind was kept")
            try promise(opinion["signature"]?["verified"] == true, "the opinion's signature does not hold")
            return opinion
        }
    }

    /// The patient's account of what followed.
    func outcome(of loaded: LoadedCase) async throws {
        try await steps.step("The outcome is recorded, and the case closed") {
            _ = try await loaded.patient.ask(
                .put, "/v1/cases/\(loaded.id)/outcome",
                ["adviceFollowed": "yes", "text": .string(canaries.sentence("outcome"))]
            ).expecting(200, 201)
            try await loaded.patient.post("/v1/cases/\(loaded.id)/close")
            let state = try await loaded.patient.get("/v1/cases/\(loaded.id)").text("state")
            try promise(state == "closed", "the closed case is \(state)")
        }
    }

    /// The file of a record, if the case has such a one.
    private func read(_ record: String?, of loaded: LoadedCase, by reader: Person) async throws -> Answer? {
        guard let record else { return nil }
        return try await reader.ask(.get, "/v1/cases/\(loaded.id)/records/\(record)/content")
    }

    /// Signs the draft that stands there now.
    private func sign(_ draft: Path, as specialist: Person) async throws -> Answer {
        let read = try await specialist.ask(.get, draft).expecting(200)
        return try await specialist.ask(.post, draft.below("sign"), headers: read.ifMatch)
    }

    /// Case, records and messages as somebody reads them.
    private func everything(of loaded: LoadedCase, to reader: Person) async throws -> JSONValue {
        .array([
            try await reader.get("/v1/cases/\(loaded.id)"), try await reader.get("/v1/cases/\(loaded.id)/records"),
            try await reader.get("/v1/cases/\(loaded.id)/messages"),
        ])
    }

    /// An opinion with a canary in every field that takes words.
    private func opinion(of loaded: LoadedCase) -> JSONValue {
        [
            "diagnosis": ["verdict": "clarified", "text": .string(canaries.sentence("opinion on the diagnosis"))],
            "treatment": ["verdict": "changed", "text": .string(canaries.sentence("opinion on the treatment"))],
            "missingStudies": [.string(canaries.sentence("missing study"))],
            "alternatives": [
                [
                    "text": .string(canaries.sentence("alternative")),
                    "outcomes": .string(canaries.sentence("outcomes of an alternative")),
                ]
            ],
            "answers": .array(
                loaded.questions.map {
                    ["question": .string($0), "text": .string(canaries.sentence("answer to a question"))]
                }),
            "summary": .string(canaries.sentence("summary of the opinion")),
        ]
    }
}
