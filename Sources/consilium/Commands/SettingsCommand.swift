import ArgumentParser

/// Prints the one list of settings.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List every setting, its default and its name in the environment.")

    func run() {
        for setting in Setting.all {
            let fallback = setting.fallback.map { $0.isEmpty ? "empty" : $0 } ?? "none: must be set"
            print(
                "\(setting.name)  (\(setting.kind.rawValue), \(setting.variable), default \(fallback))\n    \(setting.summary)"
            )
        }
    }
}

/// What every command that reads settings takes.
struct SettingsOptions: ParsableArguments {
    @Option(name: .long, help: "A JSON file of settings; the environment overrides it.")
    var config: String?

    /// The settings of this process.
    func load() async throws -> Settings {
        try await Settings(file: config)
    }
}
