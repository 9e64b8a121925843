import FoundationEssentials
import Identity
import Logging
import Postgres
import Vault

// Chapter 11: the audit chains.

extension Journey {
    /// Recomputes every chain, as `consilium audit verify` does.
    func audit(_ settings: Settings) async throws {
        steps.chapter("The audit chains")
        try await steps.step("Every chain holds, up to the checkpoints outside of the database") {
            let (report, file) = try await AuditCommand.verify(settings)
            if let fault = file.faults.first { throw BrokenPromise("\(fault)") }
            if let fault = report.faults.first { throw BrokenPromise("\(fault)") }
            try promise(report.entries > 0, "the audit log is empty")
            steps.note("\(report.chains) chains, \(report.entries) entries, \(report.checkpoints) checkpoints")
        }
    }
}
