import ArgumentParser
import Identity
import Matching
import Scheduling

/// Loads the demo programme.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Load the reference data and the demo programme; again, and nothing changes.",
        discussion: """
            Every demo account signs in with the password \(DemoPeople.password). The addresses are \
            NAME@specialists.example, @patients.example, @staff.example and @clinicians.example; \
            demo/programme.json lists them. A database with accounts of real people is refused.
            """)

    @OptionGroup var options: SettingsOptions

    @Option(help: "The folder with reference and demo.")
    var directory = "Database"

    func run() async throws {
        let settings = try await options.load()
        let vault = try settings.vault()
        let accounts = AccountCreation(vault: vault, settings: try settings.identity())
        let offersLast = try settings.offersLast()
        let rooms = try await settings.rooms()
        let report = try await settings.withDatabase(as: .owner) { owner in
            try await DemoLoader(
                directory: directory, vault: vault, accounts: accounts, offersLast: offersLast, rooms: rooms,
                owner: owner
            ).load()
        }
        for (name, loaded) in report.reference {
            print("\(name): \(loaded.read) read, \(loaded.added) added, \(loaded.changed) changed")
        }
        print("\(report.accounts) accounts, \(report.specialists) specialists and \(report.cases) cases are new.")
    }
}
