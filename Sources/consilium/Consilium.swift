import ArgumentParser
import CBuildInfo
import Clinic

/// The one executable: gateway, worker, and every tool for their operators.
@main
struct Consilium: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consilium",
        abstract: "The backend of a virtual second-opinion service.",
        discussion:
            "Every command reads its settings from --config and the environment; `consilium settings` lists them.",
        version: "consilium \(ProgramVersion.number) (\(String(cString: build_commit())))",
        subcommands: [
            GatewayCommand.self, WorkerCommand.self, MigrateCommand.self, SeedCommand.self, ImportCommand.self,
            DemoCommand.self, AccountCommand.self, OrganisationCommand.self, SpecialistCommand.self,
            AuditCommand.self, KeysCommand.self, OpeningsCommand.self, JobsCommand.self,
            ReadyCommand.self, SettingsCommand.self,
        ])
}
