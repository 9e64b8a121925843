import ArgumentParser
import Clinic
import Foundation
import Identity
import Outbox
import Postgres

/// Accounts that nobody can open over HTTP: those of staff. And what operators do over HTTP, for the day when none can
/// sign in.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Make accounts of staff; shut somebody out.",
        subcommands: [Create.self, Close.self, TakeRole.self, Erase.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a confirmed account with a role and a second factor.",
            discussion: """
                Reads the password from standard input, and prints the second factor's secret and the recovery codes \
                once: hand them over in person.
                """)

        @Option(name: .long, help: "patient, caregiver, treating_clinician, coordinator or operator.")
        var role: Role
        @Option(name: .long) var email: String
        @Option(name: .long) var name: String
        @Option(name: .long, help: "As 1970-01-31.") var birthDate: String
        @Option(name: .long, help: "ISO 3166-2, as US-OH.") var jurisdiction: Jurisdiction
        @Option(name: .long, help: "BCP 47.") var language = "en"
        @Option(name: .long, help: "An IANA zone.") var timeZone = "America/New_York"
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard role != .specialist else {
                throw ValidationError("a specialist has an entry in the directory, too: consilium specialist invite")
            }
        }

        func run() async throws {
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
            let (secret, recovery) = try await settings.withOwner(as: Actor(account.id.rawValue)) { tx in
                let hash = try await creation.hash(password, for: account)
                try await creation.create(account, password: hash, in: tx)
                return try await creation.renewSecondFactor(of: account.id, email: account.email, in: tx)
            }
            print("Account \(account.id)")
            print("Second factor: \(secret.uri)")
            print("Recovery codes: \(recovery.recoveryCodes.joined(separator: " "))")
        }
    }
}

extension AccountCommand {
    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close an account: sessions, parts, feeds and links end, and what it held is given back.")

        @OptionGroup var person: Person

        func run() async throws { try await person.change { closure, id, tx in try await closure.close(id, in: tx) } }
    }

    struct TakeRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a role back, with the parts in cases that stand on it.")

        @Option(name: .long, help: "caregiver, specialist, treating_clinician, coordinator or operator.")
        var role: Role
        @OptionGroup var person: Person

        func run() async throws {
            try await person.change { [role] closure, id, tx in try await closure.take(role, from: id, in: tx) }
        }
    }

    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget the person of a closed account, for good.",
            discussion: "Kept are the id, the audit log, and the cases under keys of their own.")

        @OptionGroup var person: Person

        func run() async throws { try await person.change { closure, id, tx in try await closure.erase(id, in: tx) } }
    }

    /// Whose account it is.
    struct Person: ParsableArguments {
        @Option(name: .long, help: "The address of an active account.")
        var email: String?
        @Option(name: .long, help: "The account's id, also of a closed one.")
        var id: AccountID?
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard (email == nil) != (id == nil) else { throw ValidationError("give --email or --id") }
        }

        func change(_ body: @Sendable (AccountClosure, AccountID, Transaction) async throws -> Void) async throws {
            let settings = try await options.load()
            let closure = AccountClosure(vault: try settings.vault(), outbox: Outbox())
            let changed = try await settings.withOwner { tx in
                let account =
                    if let id { id } else { try await closure.find(email: email ?? "", in: tx).account }
                try await body(closure, account, tx)
                return account
            }
            print("Done: account \(changed)")
        }
    }
}
