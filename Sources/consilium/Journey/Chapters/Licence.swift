// Chapter 10, ahead of its time: a lane that was open at the match is looked at again when a consult is booked.

extension Journey {
    /// The specialist's licence where the patient lives is found to have run out; nothing can be booked until it is
    /// renewed.
    func bookWithoutLicence(
        _ inHand: CaseInHand, with specialist: Specialist, coordinator: Person
    ) async throws {
        let entry: Path = "/v1/specialists/\(specialist.id)"
        try await steps.step("With the specialist's licence there run out, nothing can be booked") {
            let licences = try await coordinator.get(entry).list("licences")
            let lapsed = licences.map { licence in
                licence["jurisdiction"] == .text(Self.home) ? licence.with("expiresOn", "2020-12-31") : licence
            }
            try await keep(lapsed, at: entry, by: coordinator)
            let refused: Answer
            do {
                refused = try await bookFirst(inHand)
            } catch {
                try await keep(licences, at: entry, by: coordinator)
                throw error
            }
            try await keep(licences, at: entry, by: coordinator)
            steps.shown(try refused.refusing(409))
        }
    }

    /// Holds the first opening and asks to book it, wherever that ends.
    private func bookFirst(_ inHand: CaseInHand) async throws -> Answer {
        let patient = inHand.patient
        let openings = try await patient.ask(.get, "/v1/openings/soonest?case=\(inHand.id)")
        guard let first = try? openings.body.list("openings").first else { return openings }
        let hold = try await patient.ask(.post, "/v1/holds", holdRequest(of: first["startsAt"], for: inHand))
        guard hold.status == 201 else { return hold }
        return try await patient.ask(.post, "/v1/appointments", ["hold": hold.body["id"], "token": hold.body["token"]])
    }

    private func keep(_ licences: [JSONValue], at entry: Path, by coordinator: Person) async throws {
        try await coordinator.change(
            .put, entry.below("licences"), ["licences": .list(licences)], asReadAt: entry)
    }

    /// Where the patients of the story live.
    static let home = "US-OH"
}
