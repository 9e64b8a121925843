// Chapter 11: the audit chains.

extension Journey {
    func audit(_ system: SystemOnThisMachine) async throws {
        steps.chapter("The audit chains")
        try await steps.step("Every chain holds, up to the checkpoints outside of the database") {
            for line in try system.verifyAudit() { steps.note(line) }
        }
    }
}
