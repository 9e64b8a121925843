import ArgumentParser
import Clinic
import Foundation
import Outbox
import Postgres

/// Jobs that no worker takes any more, and their revival.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List and revive the jobs that no worker takes any more.",
        discussion: """
            A job is buried when it failed for good or too often, and set aside when two workers in a row died of it. \
            Both commands connect as consilium_worker.
            """,
        subcommands: [Stuck.self, Revive.self])

    private static let id: @Sendable (String) throws -> JobID = { text in
        guard let id = JobID(text) else { throw ValidationError("\(text) is not the id of a job") }
        return id
    }

    struct Stuck: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Print what is buried or set aside, the oldest first: id, kind, state, cause, attempts, since when.")

        @Option(name: .long, help: "How many at most.")
        var limit = 1000

        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
        }

        func run() async throws {
            let settings = try await options.load()
            let stuck = try await settings.withDatabase(as: .worker) { database in
                try await database.withTransaction(as: .nobody) { try await Outbox().stuck(limit: limit, in: $0) }
            }
            for job in stuck {
                print(
                    job.id, job.kind.rawValue, job.isSetAside ? "set_aside" : "buried", job.cause, job.attempts,
                    job.createdAt.formatted(.iso8601), separator: "\t")
            }
        }
    }

    struct Revive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give stuck jobs all their attempts again, at once; mails go out under their old Message-ID.",
            discussion: "Mend the cause first. Exits 1 when there was none to revive.")

        @Argument(help: "The jobs' ids.", transform: JobsCommand.id)
        var ids: [JobID] = []

        @Option(name: .long, help: "All with this cause instead, as `jobs stuck` prints it.")
        var cause: String?

        @Flag(name: .long, help: "All of them instead.")
        var all = false

        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard [!ids.isEmpty, cause != nil, all].count(where: { $0 }) == 1 else {
                throw ValidationError("name ids, or --cause, or --all")
            }
        }

        func run() async throws {
            let settings = try await options.load()
            let selection: Outbox.Selection =
                if let cause { .cause(cause) } else if all { .all } else { .ids(ids) }
            let count = try await settings.withDatabase(as: .worker) { database in
                try await database.withTransaction(as: .nobody) { tx in
                    try await Outbox().revive(selection, in: tx)
                }
            }
            print("\(count) revived")
            guard count > 0 else { throw ExitCode(1) }
        }
    }
}
