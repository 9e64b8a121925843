import JSON

// Chapter 9: the patient sees who has looked.

extension Journey {
    func accessLog(of loaded: LoadedCase, showing specialist: Specialist, and coordinator: Person) async throws {
        steps.chapter("Who has looked")
        try await steps.step("The patient's access log names the specialist's and the coordinator's reads") {
            let entries = try await loaded.patient.all("/v1/cases/\(loaded.id)/access-log?limit=100", "entries")
            let coordinatorID = try await coordinator.get("/v1/me").text("id")
            for reader in [specialist.id, coordinatorID] {
                let reads = entries.filter { $0["actor"]?["id"] == .string(reader) }
                try promise(!reads.isEmpty, "the access log does not name everyone who read the case")
            }
            steps.note("\(entries.count) entries")
        }
    }
}
