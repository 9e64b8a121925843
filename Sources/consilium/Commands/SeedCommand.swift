import ArgumentParser
import Foundation
import Postgres

/// A synthetic programme of any size, for load tests.
struct SeedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed", abstract: "Add a synthetic programme of a stated size, for load tests.",
        discussion: """
            Adds specialists with weekly hours, patients with an accepted case each, and completed consults. The same \
            seed and sizes make the same programme. Every account's password is the one that `consilium demo` prints. \
            A database with accounts that neither this nor `consilium demo` made is refused.
            """)

    @Option(name: .long, help: "How many specialists.") var specialists = 100
    @Option(name: .long, help: "How many patients, each with one case.") var patients = 100
    @Option(name: .long, help: "How many completed consults.") var consults = 1000
    @Option(name: .long, help: "What tells two programmes apart.") var seed = 1
    @OptionGroup var options: SettingsOptions

    func validate() throws {
        guard (1...100_000).contains(specialists), (1...1_000_000).contains(patients),
            (0...10_000_000).contains(consults)
        else {
            throw ValidationError("1 to 100000 specialists, 1 to 1000000 patients, up to 10000000 consults")
        }
    }

    func run() async throws {
        let settings = try await options.load()
        let programme = SyntheticProgramme(
            seed: seed, specialists: specialists, patients: patients, consults: consults)
        try await settings.withDatabase(as: .owner) { database in
            try await programme.load(into: database, settings) { print($0) }
        }
    }
}
