import ArgumentParser

/// Prints the one list of settings.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "List every setting, its default and its name in the environment.")

    func run() {
        for setting in Setting.all {
            let fallback = setting.fallback?.description ?? "none: must be set"
            print(
                "\(setting.name)  (\(setting.kind.rawValue), \(setting.variable), default \(fallback))\n    \(setting.summary)"
            )
        }
    }
}
