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
                that was cut off and a chain that was rewritten as a whole, and checks that no line of them was altered, \
                moved or removed. Connects as consilium_backup.

                Exits 0 when every entry is as it was written, as far as checkpoints reach; 1 when anything is wrong; 2 \
                when nothing is wrong but there are no checkpoints, so that not every entry is proved.
                """)

        @Option(name: .long, help: "The checkpoints, instead of the setting worker.checkpoints.")
        var checkpoints: String?

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.load()
            let path = try checkpoints ?? settings.text("worker.checkpoints")
            let vault = try settings.vault()
            let file = CheckpointFile(FileManager.default.contents(atPath: path).map(Array.init) ?? [], vault: vault)
            if file.checkpoints.isEmpty { print("There are no checkpoints at \(path).") }
            let report = try await AuditLog(settings.database(as: .backup), logger: settings.logger())
                .verify(checkpoints: file.checkpoints, vault: vault)
            print(
                "\(report.chains) chains with \(report.entries) entries, against \(report.checkpoints) checkpoints")
            for fault in file.faults { print(fault) }
            for fault in report.faults { print(fault) }
            guard report.isClean, file.faults.isEmpty else { throw ExitCode(1) }
            guard report.checkpoints > 0 else {
                print(
                    """
                    Nothing is wrong as far as the database by itself can show. Without checkpoints it is not proved that \
                    no chain was cut off at its end, rewritten as a whole, or removed.
                    """)
                throw ExitCode(2)
            }
            guard report.unwitnessed > 0 else { return print("Every entry is as it was written.") }
            print(
                """
                Every entry up to its chain's last checkpoint is as it was written. \(report.unwitnessed) are newer: that \
                none of them was cut off or rewritten is not proved until the next checkpoint.
                """)
        }
    }
}
