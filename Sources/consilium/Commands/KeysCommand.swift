package import ArgumentParser
import Postgres
package import Vault

/// The keyring: made, its keys replaced, and the old ones let go.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make the keyring and replace its keys.",
        discussion: """
            Keys change in two phases while everything runs, so that no process meets a key that it does not know: add
            the key, copy the file everywhere and restart; then promote it, copy and restart again, and rotate. A day
            later the old one is removed. A signing key is retired instead. Losing the keyring loses everything sealed.
            """,
        subcommands: [Create.self, Add.self, Promote.self, Rotate.self, Remove.self, Retire.self])

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
            abstract: "Put a new master, look-up or signing key beside the current one.")

        @Flag var kind = KeyKind.master
        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try $0.adding(change.name, of: kind) }
            print("Added \(change.name). Copy the file to every gateway and worker and restart them, then promote it.")
        }
    }

    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an added key the current one of its kind.")

        @Flag var kind = KeyKind.master
        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try $0.promoting(change.name, of: kind) }
            let then = kind == .signing ? "`consilium keys retire` the old one" : "run `consilium keys rotate`"
            print("\(change.name) is current. Copy the file everywhere, restart, then \(then).")
        }
    }

    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroy the private half of a signing key; what it has signed can be verified as before.")

        @OptionGroup var change: Change

        func run() throws {
            try change.apply { try $0.removing(change.name, of: .signing) }
            print("\(change.name) signs no more. Copy the file everywhere, and destroy the copies that are older.")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an old master or look-up key that nothing in the database uses any more.",
            discussion: """
                Refuses while `consilium keys rotate` has work left, and a master key while a kept reply is sealed by it: the
                worker removes the last of these 24 hours after the last gateway was restarted with the promoted key.
                Checkpoint files that were begun before a look-up key was promoted need that key: verify them and begin new
                ones first. Nobody's session, link, feed, device or recovery code ends.
                """)

        @Flag(help: "A look-up key instead of a master key.") var lookup = false
        @OptionGroup var change: Change
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.load()
            let name = change.name
            try await settings.withDatabase(as: .owner) { database in
                try await refuseWhileUsed(name, KeyRotation(Keyring.load(change.file), database: database))
            }
            try change.apply { try $0.removing(name, of: lookup ? .lookup : .master) }
            print(
                lookup
                    ? "Removed \(name). Checkpoint files from its time need it: keep it offline as long as you keep them."
                    : "Removed \(name). Backups from its time need it: keep it offline as long as you keep them.")
        }

        private func refuseWhileUsed(_ name: String, _ rotation: KeyRotation) async throws {
            let left = try await lookup ? rotation.digested(by: name) : rotation.wrapped(by: name)
            guard left == 0 else {
                let what = lookup ? "addresses still use" : "data keys and seals still use"
                throw ValidationError("\(left) \(what) \(name): run `consilium keys rotate` first")
            }
            let kept = try await lookup ? 0 : rotation.keptReplies(sealedBy: name)
            guard kept == 0 else {
                throw ValidationError(
                    "\(kept) replies are still kept under \(name): the worker removes them after 24 hours, wait until then"
                )
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make anew by the current keys what old keys made, online; can be stopped and run again.",
            discussion: """
                Wraps every data key by the current master key, seals by it what no data key seals (addresses of proposals and
                recoveries, mails that wait), and digests every address by the current look-up key.
                """)

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.load()
            let progress = try await settings.withDatabase(as: .owner) { database in
                try await KeyRotation(Keyring.load(settings.text("keyring.path")), database: database).run { progress in
                    print("\(progress.done) made anew, \(progress.left) left")
                }
            }
            print("Done: \(progress.done) made anew, \(progress.left) left.")
        }
    }

    /// A change of one key in the file.
    struct Change: ParsableArguments {
        @Argument(help: "The name of the key, as 2026-11.")
        var name: String

        @Argument(help: "The keyring's file.")
        var file: String

        func apply(_ change: (Keyring) throws -> Keyring) throws {
            try change(Keyring.load(file)).write(to: file, replacing: true)
        }
    }
}

extension KeyKind: EnumerableFlag {
    package static func help(for value: KeyKind) -> ArgumentHelp? {
        switch value {
        case .master: "A master key, which wraps data keys."
        case .lookup: "A look-up key, by which addresses are found."
        case .signing: "A signing key, which signs opinions."
        }
    }
}
