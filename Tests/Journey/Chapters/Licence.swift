import JSON

// Chapter 10, ahead of its time: a lane that was open at the match is looked at again when a consult is booked.

extension Journey {
    /// The specialist's licence where the patient lives is found to have run out; nothing can be booked until it is
    /// renewed.
    func bookWithoutLicence(
        _ loaded: LoadedCase, with specialist: Specialist, coordinator: Person
    ) async throws {
        let entry: Path = "/v1/specialists/\(specialist.id)"
        try await steps.step("With the specialist's licence there run out, nothing can be booked") {
            let licences = try await coordinator.get(entry).list("licences")
            let lapsed = licences.map { licence in
                licence["jurisdiction"] == .string(Self.home) ? licence.with("expiresOn", "2020-12-31") : licence
            }
            try await keep(lapsed, at: entry, by: coordinator)
            let refused: Answer
            do {
                refused = try await bookFirst(loaded)
            } catch {
                try await keep(licences, at: entry, by: coordinator)
                throw error
            }
            try await keep(licences, at: entry, by: coordinator)
            steps.shown(try refused.refusing(409))
        }
    }

    /// Holds the first opening and asks to book it, wherever that ends.
    private func bookFirst(_ loaded: LoadedCase) async throws -> Answer {
        let patient = loaded.patient
        let openings = try await patient.ask(.get, "/v1/openings/soonest?case=\(loaded.id)")
        guard let first = try? openings.body.list("openings").first else { return openings }
        let hold = try await patient.ask(.post, "/v1/holds", holdRequest(of: first.text("startsAt"), for: loaded))
        guard hold.status == 201 else { return hold }
        return try await patient.ask(.post, "/v1/appointments", hold.body.booking)
    }

    private func keep(_ licences: [JSONValue], at entry: Path, by coordinator: Person) async throws {
        try await coordinator.change(
            .put, entry.below("licences"), ["licences": .array(licences)], asReadAt: entry)
    }

    /// Where the patients of the story live.
    static let home = "US-OH"
}
