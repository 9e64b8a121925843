// Chapter 11: the audit chains.

extension Journey {
    func audit(_ system: SystemOnThisMachine) async throws {
        steps.chapter("The audit chains")
        try await steps.step("Every chain holds, up to the checkpoints outside of the database") {
            let lines = try system.verifyAudit()
            for line in lines { steps.note(line) }
            let entries = lines.compactMap { try? #/with ([0-9]+) entries/#.firstMatch(in: $0)?.1 }.compactMap {
                Int($0)
            }
            try promise(entries.contains { $0 > 0 }, "the audit log is empty")
        }
    }
}
