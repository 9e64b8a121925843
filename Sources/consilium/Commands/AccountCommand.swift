import ArgumentParser
import Clinic
import Foundation
import Identity
import Postgres

/// Accounts that nobody can open over HTTP: those of staff.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Make accounts of staff.", subcommands: [Create.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a confirmed account with a role and a second factor.",
            discussion: """
                Reads the password from standard input, and prints the second factor's secret and the recovery codes \
                once: hand them over in person.
                """)

        @Option(name: .long, help: "patient, caregiver, specialist, treating_clinician, coordinator or operator.")
        var role: Role
        @Option(name: .long) var email: String
        @Option(name: .long) var name: String
        @Option(name: .long, help: "As 1970-01-31.") var birthDate: String
        @Option(name: .long, help: "ISO 3166-2, as US-OH.") var jurisdiction: String
        @Option(name: .long, help: "BCP 47.") var language = "en"
        @Option(name: .long, help: "An IANA zone.") var timeZone = "America/New_York"
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            guard let jurisdiction = Jurisdiction(rawValue: jurisdiction) else {
                throw ValidationError("--jurisdiction must be an ISO 3166-2 code, as US-OH")
            }
            guard let birthDate = CivilDate(rawValue: birthDate) else {
                throw ValidationError("--birth-date must be a date, as 1970-01-31")
            }
            guard let password = readLine(), !password.isEmpty else {
                throw ValidationError("the password is read from standard input, and there was none")
            }
            let settings = try await options.load()
            let creation = try AccountCreation(vault: settings.vault(), settings: settings.identity())
            let account = NewAccount(
                email: email, particulars: Particulars(name: name, birthDate: birthDate), jurisdiction: jurisdiction,
                language: language, timeZone: timeZone, roles: [role])
            do {
                let hash = try await creation.hash(password, for: account)
                let (secret, recovery) = try await settings.withDatabase(as: .owner) { database in
                    try await database.withTransaction(as: Actor(account.id.rawValue)) { tx in
                        try await creation.create(account, password: hash, in: tx)
                        return try await creation.renewSecondFactor(of: account.id, email: account.email, in: tx)
                    }
                }
                print("Account \(account.id)")
                print("Second factor: \(secret.uri)")
                print("Recovery codes: \(recovery.recoveryCodes.joined(separator: " "))")
            } catch let refusal as FieldRefusal {
                throw ValidationError("\(refusal.pointer.dropFirst()): \(refusal.detail)")
            }
        }
    }
}

extension Role: ExpressibleByArgument {}
