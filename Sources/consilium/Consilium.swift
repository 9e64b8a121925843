import ArgumentParser

/// The one executable: every process of the house, and every tool for its operators.
@main
struct Consilium: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consilium",
        abstract: "The backend of a virtual second-opinion service.",
        discussion:
            "Every command reads its settings from --config and the environment; `consilium settings` lists them.",
        subcommands: [
            GatewayCommand.self, WorkerCommand.self, MigrateCommand.self, SeedCommand.self, ImportCommand.self,
            DemoCommand.self, AccountCommand.self, OrganisationCommand.self, SpecialistCommand.self,
            AuditCommand.self, KeysCommand.self, OpeningsCommand.self, JobsCommand.self,
            JourneyCommand.self, ReadyCommand.self, SettingsCommand.self,
        ])
}
