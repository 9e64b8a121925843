import ArgumentParser
import Postgres
import Vault

/// The keyring: made, its keys replaced, and the old ones let go.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make the keyring and replace its keys.",
        discussion: """
            Master and signing keys change in two phases, so that no process meets a key that it does not know: add the
            key and copy the file everywhere; then promote it, copy again, and rotate. The look-up key is replaced while
            everything is stopped. Losing the keyring loses everything sealed.
            """,
        subcommands: [
            Create.self, Add.self, Promote.self, Rotate.self, Remove.self, Retire.self, ReplaceLookup.self,
        ])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a new keyring; an existing file is left alone.")

        @Argument(help: "The file to write, of mode 0600.")
        var file: String

        func run() throws {
            try Keyring.generate().write(to: file)
            print("Wrote \(file). Keep a copy offline, apart from the database's backups.")
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a new master key, or signing key, beside the current one.")

        @Flag(help: "A signing key.") var signing = false
        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try signing ? $0.addingSigningKey(change.name) : $0.adding(change.name) }
            print("Added \(change.name). Copy the file to every gateway and worker and restart them, then promote it.")
        }
    }

    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an added master key, or signing key, the current one.")

        @Flag(help: "A signing key.") var signing = false
        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try signing ? $0.promotingSigningKey(change.name) : $0.promoting(change.name) }
            let then = signing ? "`consilium keys retire` the old one" : "run `consilium keys rotate`"
            print("\(change.name) is current. Copy the file everywhere, restart, then \(then).")
        }
    }

    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroy the private half of a signing key; what it has signed can be verified as before.")

        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try $0.retiringSigningKey(change.name) }
            print("\(change.name) signs no more. Copy the file everywhere, and destroy the copies that are older.")
        }
    }

    struct ReplaceLookup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the key that addresses and tokens are looked up by, while everything is stopped.",
            discussion: """
                Everybody signs in again; links in mails, invitations, calendar feeds and recovery codes are to be made
                anew. A run that broke off is run again. Then copy the file everywhere and start.
                """)

        @Argument(help: "The keyring's file.")
        var file: String

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.load()
            // On the disk before anything depends on it.
            let keyring = try Keyring.load(file).addingLookupKey()
            try keyring.write(to: file, replacing: true)
            let accounts = try await settings.withDatabase(as: .owner) { database in
                try await LookupRotation(keyring, database: database).run()
            }
            try keyring.promotingLookupKey().write(to: file, replacing: true)
            print("\(accounts) accounts are found by the new key. Copy the file everywhere, then start.")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take out a master key by which nothing in the database is wrapped any more.")

        @OptionGroup var change: Change
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.load()
            let name = change.name
            let left = try await settings.withDatabase(as: .owner) { database in
                try await KeyRotation(Keyring.load(change.file), database: database).wrapped(by: name)
            }
            guard left == 0 else {
                throw ValidationError(
                    "\(left) data keys are still wrapped by \(name): run `consilium keys rotate` first")
            }
            try change.apply { try $0.removing(name) }
            print("Removed \(name). Backups from its time need it: keep it offline as long as you keep them.")
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wrap every data key by the current master key, online; can be stopped and run again.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.load()
            let progress = try await settings.withDatabase(as: .owner) { database in
                try await KeyRotation(Keyring.load(settings.text("keyring.path")), database: database).run { progress in
                    print("\(progress.done) wrapped anew, \(progress.left) left")
                }
            }
            print("Done: \(progress.done) wrapped anew, \(progress.left) left.")
        }
    }

    /// A change of one key in the file.
    struct Change: ParsableArguments {
        @Argument(help: "The name of the master key, as 2026-11.")
        var name: String

        @Argument(help: "The keyring's file.")
        var file: String

        func apply(_ change: (Keyring) throws -> Keyring) throws {
            try change(Keyring.load(file)).write(to: file, replacing: true)
        }
    }
}
