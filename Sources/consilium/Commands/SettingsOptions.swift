import ArgumentParser

/// What every command that reads settings takes.
struct SettingsOptions: ParsableArguments {
    @Option(name: .long, help: "A JSON file of settings; the environment overrides it.")
    var config: String?

    /// The settings of this process.
    func load() async throws -> Settings {
        try await Settings(file: config)
    }
}
