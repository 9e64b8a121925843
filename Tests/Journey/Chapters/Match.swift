import JSON

// Chapters 3 and 4: the coordinator completes the case, it is matched, one specialist declines, the next accepts.

extension Journey {
    /// A coordinator of the demo programme with a session.
    func coordinatorSignsIn() async throws -> Person {
        let coordinator = Person(
            "coordinator", email: try programme.coordinator, password: Programme.password, client: client)
        return try await signIn(coordinator, "A coordinator of the programme")
    }

    /// The coordinator finds the case in the worklist and completes it.
    func complete(_ loaded: LoadedCase, by coordinator: Person) async throws {
        try await steps.step("The coordinator finds it in the worklist and completes it") {
            let task = try await task("complete_case", of: loaded, for: coordinator)
            try await coordinator.post("/v1/tasks/\(task)/done")
            let state = try await loaded.patient.get("/v1/cases/\(loaded.id)").text("state")
            try promise(state == "ready", "the completed case is \(state)")
        }
    }

    /// The open task of that kind about the case, however far down the worklist.
    private func task(_ kind: String, of loaded: LoadedCase, for coordinator: Person) async throws -> String {
        for task in try await coordinator.all("/v1/tasks?limit=100&kind=\(kind)", "tasks")
        where task["case"] == .string(loaded.id) {
            return try task.text("id")
        }
        throw BrokenPromise("the worklist has no task \(kind) for the case")
    }

    /// The match is made and explained.
    func match(_ loaded: LoadedCase, by person: Person) async throws -> JSONValue {
        let match = try await steps.step("The match is made: a menu with reasons, the others with theirs") {
            let id = try await person.post("/v1/cases/\(loaded.id)/matches").text("id")
            let match = try await person.get("/v1/matches/\(id)")
            let candidates = try match.list("candidates")
            try promise(candidates.count >= 2, "the menu has fewer than two specialists")
            for candidate in candidates {
                try promise(try !candidate.list("reasons").isEmpty, "a candidate comes without reasons")
            }
            let excluded = try match.list("excluded")
            try promise(!excluded.isEmpty, "nobody is excluded, though licences end at state lines")
            for other in excluded {
                try promise(try !other.list("reasons").isEmpty, "somebody is excluded without a reason")
            }
            try explain(candidates, excluded)
            return match
        }
        return match
    }

    /// Shows the reasons, as the patient reads them.
    private func explain(_ candidates: [JSONValue], _ excluded: [JSONValue]) throws {
        for candidate in candidates {
            let reasons = try candidate.list("reasons").map { try $0.text("text") }.joined(separator: "; ")
            steps.note("\(try candidate.text("name")): \(reasons)")
        }
        let codes = try excluded.flatMap { try $0.list("reasons").map { try $0.text("code") } }
        let counts = Dictionary(grouping: codes) { $0 }.sorted { $0.key < $1.key }
        steps.note("excluded: " + counts.map { "\($0.value.count) × \($0.key)" }.joined(separator: ", "))
    }

    /// The first of the menu declines, the next accepts.
    func offer(_ loaded: LoadedCase, of match: JSONValue) async throws -> Specialist {
        let patient = loaded.patient
        let offer = try await steps.step("The case is offered to the first of the menu") {
            try await patient.post("/v1/cases/\(loaded.id)/offers", ["match": .string(try match.text("id"))])
        }
        let first = try await specialist(try offer.text("specialist"), in: match)
        try await steps.step("The specialist sees the coarse reason and nothing else, and declines") {
            let waiting = try await first.person.get("/v1/offers")
            try promise(waiting.mentions(loaded.reason), "the offer does not show the reason for review")
            for word in loaded.open + loaded.prior {
                try promise(!waiting.mentions(word), "the offer shows more than the reason for review")
            }
            let seen = try await first.person.ask(.get, "/v1/cases/\(loaded.id)")
            for word in loaded.open + loaded.prior {
                try promise(!seen.body.mentions(word), "a candidate reads more of the case than its reason")
            }
            try await first.person.post(
                "/v1/offers/\(try offer.text("id"))/decline", ["reason": "conflict_of_interest"])
        }
        let rolled = try await steps.step("It rolls on to the next of the menu by itself") {
            let offers = try await patient.get("/v1/cases/\(loaded.id)/offers").list("offers")
            guard let waiting = offers.first(where: { $0["state"] == "waiting" }) else {
                throw BrokenPromise("no offer waits after the first was declined")
            }
            return waiting
        }
        let next = try await specialist(try rolled.text("specialist"), in: match)
        try await steps.step("The next accepts") {
            try await next.person.post("/v1/offers/\(try rolled.text("id"))/accept")
            let state = try await patient.get("/v1/cases/\(loaded.id)").text("state")
            try promise(state == "accepted", "the accepted case is \(state)")
        }
        try await steps.step("Who declined has lost the case from sight") {
            steps.shown(try await first.person.ask(.get, "/v1/cases/\(loaded.id)").refusing(404))
        }
        return next
    }

    /// A specialist of the menu, signed in. They take more cases a week than the programme's file says, so that the
    /// story can be played often.
    func specialist(_ id: String, in match: JSONValue) async throws -> Specialist {
        guard let candidate = try match.list("candidates").first(where: { $0["specialist"] == .string(id) }) else {
            throw BrokenPromise("the case was offered to somebody who is not on the menu")
        }
        let name = try candidate.text("name")
        let person = try await signIn(
            Person(name, email: try programme.email(of: name), password: Programme.password, client: client), name)
        try await person.change(.patch, "/v1/specialists/\(id)", ["weeklyCapacity": 100])
        return Specialist(id: id, person: person)
    }

    /// The lane of a specialist without a licence where the patient lives is closed, whoever asks for it.
    func offerWithoutLane(_ loaded: LoadedCase, of match: JSONValue) async throws {
        try await steps.step("To a specialist without a licence where the patient lives it cannot be offered") {
            let unlicensed = try match.list("excluded").first { excluded in
                try excluded.list("reasons").contains { $0["code"] == "no_licence" }
            }
            guard let unlicensed else { throw BrokenPromise("nobody is excluded for want of a licence") }
            let answer = try await loaded.patient.ask(
                .post, "/v1/cases/\(loaded.id)/offers",
                ["match": .string(try match.text("id")), "specialist": .string(try unlicensed.text("specialist"))])
            steps.shown(try answer.refusing(403, 409, 422))
        }
    }

    /// Another patient's case with the same condition, accepted by the same specialist.
    func rival(of specialist: Specialist, patient: Person, by coordinator: Person) async throws -> LoadedCase {
        try await steps.step("Another patient's case is accepted by the same specialist") {
            let loaded = try await draft(of: patient, condition: condition.code, lane: "licensed")
            for kind in Self.consents { try await consent(to: kind, in: loaded) }
            try await patient.post("/v1/cases/\(loaded.id)/submit")
            let task = try await task("complete_case", of: loaded, for: coordinator)
            try await coordinator.post("/v1/tasks/\(task)/done")
            let match = try await coordinator.post("/v1/cases/\(loaded.id)/matches")
            let offer = try await patient.post(
                "/v1/cases/\(loaded.id)/offers",
                ["match": .string(try match.text("id")), "specialist": .string(specialist.id)])
            try await specialist.person.post("/v1/offers/\(try offer.text("id"))/accept")
            return loaded
        }
    }
}
