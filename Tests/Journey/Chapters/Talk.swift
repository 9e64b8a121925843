import JSON

// Chapter 6: messages, live, through a broken line.

extension Journey {
    /// Patient and specialist write to each other while a stream watches; a reconnect loses nothing.
    func talk(_ loaded: inout LoadedCase, with specialist: Person) async throws {
        let patient = loaded.patient
        let stream: Path = "/v1/cases/\(loaded.id)/events"
        let messages: Path = "/v1/cases/\(loaded.id)/messages"
        steps.chapter("They talk, and a live stream watches")
        let watch = try await EventWatch.open(stream, as: patient)
        let open = canaries.word("message of the specialist")
        let heard = try await steps.step("The specialist writes, and the patient's stream shows it at once") {
            try await specialist.post(messages, ["text": .string("Bring the \(open), please.")])
            return try await watch.events(until: "the specialist's message") { $0.data.mentions(open) }
        }
        let answer = canaries.word("message of the patient")
        let seq = try await steps.step("The patient answers, and their own stream shows that too") {
            let posted = try await patient.post(messages, ["text": .string("I have the \(answer).")])
            _ = try await watch.events(until: "the patient's message") { $0.data.mentions(answer) }
            return try posted.number("seq")
        }
        watch.close()
        let missed = [canaries.word("message while the line is broken"), canaries.word("message after that")]
        try await steps.step("The line breaks; meanwhile two messages are written") {
            for word in missed { try await specialist.post(messages, ["text": .string("Also \(word).")]) }
        }
        try await steps.step("It comes back with Last-Event-ID and has lost nothing, nor heard anything twice") {
            guard let last = heard.last?.id else { throw BrokenPromise("the stream's events have no id") }
            let again = try await EventWatch.open(stream, as: patient, after: last)
            let events = try await again.events(until: "the last message") { $0.data.mentions(missed[1]) }
            again.close()
            for word in [answer] + missed {
                try promise(
                    events.filter { $0.data.mentions(word) }.count == 1,
                    "after the reconnect a message came not exactly once")
            }
            try promise(!events.contains { $0.data.mentions(open) }, "the reconnect repeats what was heard")
        }
        let prior = canaries.word("message about the earlier opinion")
        try await steps.step("The patient writes what reveals the earlier opinion, and says so") {
            try await patient.post(messages, ["text": .string("They called it \(prior)."), "revealsPrior": true])
        }
        try await steps.step("The thread has no gap: to the specialist the withheld one is a number alone") {
            let list = try await specialist.get(messages).list("messages")
            let numbers = try list.map { try $0.number("seq") }
            try promise(numbers == numbers.indices.map { $0 + 1 }, "the thread's numbers have a gap")
            try promise(!JSONValue.array(list).mentions(prior), "the specialist reads what is withheld")
            try promise(JSONValue.array(list).mentions(answer), "the specialist does not read the patient's message")
        }
        try await steps.step("Both see how far the other has read") {
            _ = try await specialist.ask(.put, "/v1/cases/\(loaded.id)/mark", ["seq": .number(String(seq))])
                .expecting(200, 204)
            let marks = try await patient.get(messages)["marks"]
            try promise(marks != nil && marks != .null, "the thread does not say how far its people have read")
        }
        try await steps.step("A word is found again by a search that no URL carries") {
            let found = try await patient.post("/v1/cases/\(loaded.id)/messages/search", ["text": .string(answer)])
            try promise(found.mentions(answer), "the search does not find the message")
        }
        loaded.prior.append(prior)
        loaded.open += [open, answer] + missed
    }
}
