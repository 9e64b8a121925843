import ArgumentParser
import Postgres
import Vault

/// The master keyring: made, rotated in two phases, and its old keys let go.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make and rotate the master keyring.",
        discussion: """
            A rotation has two phases, so that no process meets a key that it does not know: add the key and copy the
            file everywhere; then promote it, copy again, and rotate. Losing the keyring loses everything sealed.
            """,
        subcommands: [Create.self, Add.self, Promote.self, Rotate.self, Remove.self])

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
        static let configuration = CommandConfiguration(abstract: "Put a new master key beside the current one.")

        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try $0.adding(change.name) }
            print("Added \(change.name). Copy the file to every gateway and worker and restart them, then promote it.")
        }
    }

    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an added master key the current one.")

        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try $0.promoting(change.name) }
            print("\(change.name) is current. Copy the file everywhere, restart, then run `consilium keys rotate`.")
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
