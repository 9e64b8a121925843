import FoundationEssentials
import JSON

// Chapter 5: openings, a hold, a consult, its move, and races that one wins.

extension Journey {
    /// Books a consult for the case, and moves it.
    /// - Returns: the appointment.
    func book(_ loaded: LoadedCase, as party: Person) async throws -> JSONValue {
        let openings = try await openings(for: loaded, as: party)
        // Not the first: what begins within hours can no longer be moved.
        let opening = try choices.draw(
            Array(openings.dropFirst(openings.count / 4)), orElse: "there is no opening that can be moved later")
        let hold = try await steps.step("The opening is held") {
            try await party.post("/v1/holds", holdRequest(of: opening.text("startsAt"), for: loaded))
        }
        let request = try hold.booking
        let key = UUID().uuidString
        let booked = try await steps.step("It is booked") {
            let answer = try await party.ask(.post, "/v1/appointments", request, key: key).expecting(201)
            try promise(answer.body["startsAt"] == opening["startsAt"], "the consult is at another time")
            return answer
        }
        try await steps.step("The same request with the same key is answered the same, and books nothing more") {
            let again = try await party.ask(.post, "/v1/appointments", request, key: key).expecting(201)
            try promise(again.bytes == booked.bytes, "the retry was answered differently")
        }
        try await steps.step("The same key with another body is refused") {
            let other = request.with("token", "another")
            steps.shown(
                try await party.ask(.post, "/v1/appointments", other, key: key).refusing(422, as: "key-reused"))
        }
        try await steps.step("The hold cannot be booked a second time") {
            steps.shown(try await party.ask(.post, "/v1/appointments", request).refusing(409))
        }
        return booked.body
    }

    /// What is asked for to hold an opening.
    func holdRequest(of start: String, for loaded: LoadedCase) -> JSONValue {
        ["case": .string(loaded.id), "startsAt": .string(start), "visitType": .string(Self.visitType)]
    }

    /// The consult that everybody books.
    static let visitType = "consult-45"

    /// What can be booked, with both clocks.
    func openings(for loaded: LoadedCase, as party: Person) async throws -> [JSONValue] {
        try await steps.step("Openings are shown with the wall clocks of both") {
            let openings = try await self.openings(of: loaded, for: party)
            try promise(openings.count >= 4, "there are fewer than four openings in two months")
            let soonest = try await party.get("/v1/openings/soonest?case=\(loaded.id)").list("openings")
            try promise(soonest.first == openings.first, "the soonest opening is not the first of all")
            for opening in openings {
                for clock in ["specialistTime", "partyTime"] {
                    _ = try opening.object(clock).text("local")
                    _ = try opening.object(clock).text("timeZone")
                }
            }
            return openings
        }
    }

    /// Everything that can be booked within two months, or moved to.
    func openings(
        of loaded: LoadedCase, for party: Person, moving appointment: String? = nil
    ) async throws -> [JSONValue] {
        let end = Date(timeIntervalSinceNow: 60 * 86_400).formatted(.iso8601)
        let path: Path = "/v1/openings?case=\(loaded.id)&to=\(end)"
        guard let appointment else { return try await party.get(path).list("openings") }
        return try await party.get(path.and("appointment", appointment)).list("openings")
    }

    /// Moves the consult: the same appointment at another time.
    func reschedule(_ appointment: JSONValue, of loaded: LoadedCase, as party: Person) async throws {
        try await steps.step("It is moved to another time and stays the same appointment") {
            let id = try appointment.text("id")
            let openings = try await openings(of: loaded, for: party, moving: id).dropFirst(3)
            let other = try choices.draw(
                openings.filter { $0["startsAt"] != appointment["startsAt"] },
                orElse: "there is no other opening to move to")
            let read = try await party.ask(.get, "/v1/appointments/\(id)").expecting(200)
            let moved = try await party.ask(
                .post, "/v1/appointments/\(id)/reschedule", ["startsAt": .string(try other.text("startsAt"))],
                headers: read.ifMatch
            ).expecting(200).body
            try promise(moved["id"] == .string(id), "the moved consult has another id")
            try promise(moved["startsAt"] == other["startsAt"], "the consult was not moved to the time asked for")
            try promise(
                try moved.number("sequence") > appointment.number("sequence"),
                "the move did not raise the appointment's sequence")
        }
    }
}
