import JSON

// Chapter 5, continued: many hands reach for one opening.

extension Journey {
    /// How many clients reach at once.
    static let crowd = 64

    /// Two cases of one specialist reach for the same opening from many clients: one gets it.
    func race(_ mine: LoadedCase, against other: LoadedCase) async throws {
        let opening = try await steps.step("Both patients are shown the same opening") {
            let starts = try Set(await openings(of: other, for: other.patient).map { try $0.text("startsAt") })
            let both = try await openings(of: mine, for: mine.patient).map { try $0.text("startsAt") }
                .filter { starts.contains($0) }
            return try choices.draw(both, orElse: "two patients of one specialist see no common opening")
        }
        let holds = try await steps.step("\(Self.crowd) clients of both reach for it at once: one of the two gets it") {
            let answers = try await all(Self.crowd) { turn in
                let reaching = turn.isMultiple(of: 2) ? mine : other
                return try await reaching.patient.ask(
                    .post, "/v1/holds", holdRequest(of: opening, for: reaching), key: "one-hold-of-\(reaching.id)")
            }
            let won = answers.filter { $0.status == 201 }
            let ids = try Set(won.map { try $0.body.text("id") })
            try promise(ids.count == 1, "\(ids.count) holds were given for one opening: \(tally(answers))")
            let lost = answers.filter { $0.status != 201 }
            try promise(
                lost.count == Self.crowd / 2, "not one side of two lost: \(tally(answers))")
            for answer in lost { try answer.refusing(409) }
            try promise(
                lost.allSatisfy { (try? $0.body.list("nextOpenings").isEmpty) == false },
                "a client who lost was not told the next openings")
            steps.shown(lost[0])
            return won[0].body
        }
        try await steps.step("\(Self.crowd) clients book that hold at once: one consult, the others 409, no 5xx") {
            let winner = holds["case"] == .string(mine.id) ? mine : other
            let answers = try await all(Self.crowd) { _ in
                try await winner.patient.ask(.post, "/v1/appointments", holds.booking)
            }
            try promise(answers.filter { $0.status == 201 }.count == 1, "not one client booked: \(tally(answers))")
            for answer in answers where answer.status != 201 { try answer.refusing(409) }
            guard let booked = answers.first(where: { $0.status == 201 }) else { return }
            let read = try await winner.patient.ask(.get, "/v1/appointments/\(booked.body.text("id"))").expecting(200)
            _ = try await winner.patient.ask(
                .post, "/v1/appointments/\(booked.body.text("id"))/cancel", headers: read.ifMatch
            ).expecting(200, 204)
        }
    }

    /// How many answers were which.
    private func tally(_ answers: [Answer]) -> String {
        Dictionary(grouping: answers, by: \.summary).map { "\($0.value.count) × \($0.key)" }.sorted()
            .joined(separator: ", ")
    }

    private func all(
        _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Answer
    ) async throws -> [Answer] {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            for turn in 0..<count { group.addTask { try await body(turn) } }
            var answers: [Answer] = []
            for try await answer in group { answers.append(answer) }
            return answers
        }
    }
}
