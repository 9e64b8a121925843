import ArgumentParser
import Foundation
import Identity

/// The audit log, checked from outside.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Check the audit log.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recompute every hash chain; name the first entry of each that is not as it was written.",
            discussion: """
                Compares with the checkpoints that the worker writes outside the database, which is what shows a tail \
                that was cut off. Connects as consilium_backup. Exits 1 when anything is wrong.
                """)

        @Option(name: .long, help: "The checkpoints, instead of the setting worker.checkpoints.")
        var checkpoints: String?

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let report = try await AuditCommand.verify(options.load(), checkpoints: checkpoints)
            print(
                "\(report.chains) chains with \(report.entries) entries, against \(report.checkpoints) checkpoints")
            for fault in report.faults { print(fault) }
            guard report.isClean else { throw ExitCode(1) }
            print("Every entry is as it was written.")
        }
    }

    /// Verifies the log of the system that the settings describe.
    static func verify(_ settings: Settings, checkpoints: String? = nil) async throws -> AuditReport {
        let path = try checkpoints ?? settings.text("worker.checkpoints")
        let file = FileManager.default.contents(atPath: path).map(Array.init) ?? []
        if file.isEmpty {
            print("No checkpoints at \(path): a tail that was cut off would not be seen.")
        }
        return try await AuditLog(settings.database(as: .backup), logger: settings.logger())
            .verify(checkpoints: AuditCheckpoint.read(file), vault: settings.vault())
    }
}
