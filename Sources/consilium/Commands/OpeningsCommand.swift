import ArgumentParser
import Clinic
import Logging
import Scheduling

/// The stored index of free time, from which the soonest of many specialists is found.
struct OpeningsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openings", abstract: "Check or rebuild the index of free time.",
        discussion: """
            The index says where to look for the soonest of many specialists; what is shown and booked is always \
            computed, so a wrong index hides openings and never invents one. Both commands work specialist by \
            specialist beside the running gateways and workers. They connect as consilium_worker.
            """,
        subcommands: [Check.self, Rebuild.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the index with the computed truth; print and count what differs.",
            discussion: "Exits 1 when anything differs.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            var (specialists, differences) = (0, 0)
            try await OpeningsCommand.forEach(options) { spans, specialist in
                specialists += 1
                for difference in try await spans.differences(of: specialist) {
                    differences += 1
                    print(difference)
                }
            }
            print("\(specialists) specialists, \(differences) differences")
            guard differences == 0 else { throw ExitCode(1) }
        }
    }

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write the index anew from the computed truth.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            var specialists = 0
            try await OpeningsCommand.forEach(options) { spans, specialist in
                try await spans.rebuild(specialist)
                specialists += 1
            }
            print("\(specialists) specialists")
        }
    }

    /// Does something for each specialist of the index, in order of id.
    private static func forEach(
        _ options: SettingsOptions, _ body: (FreeSpans, AccountID) async throws -> Void
    ) async throws {
        let settings = try await options.load()
        try await settings.withDatabase(as: .worker) { database in
            let spans = FreeSpans(database: database)
            var last: AccountID?
            while true {
                let page = try await spans.specialists(after: last)
                guard let end = page.last else { return }
                for specialist in page { try await body(spans, specialist) }
                last = end
            }
        }
    }
}
