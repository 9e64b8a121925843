import ArgumentParser
import Clinic
import Matching
import Outbox
import Postgres

/// The organisations that specialists belong to, as operators keep them over HTTP (`/v1/organisations`).
struct OrganisationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organisation", abstract: "List, make, change and retire organisations.",
        subcommands: [List.self, Create.self, Change.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All of them by name, the retired ones too.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            for organisation in try await work(options, { try await $0.organisations(in: $1) }) { show(organisation) }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an organisation.")

        @Option(name: .long) var name: String
        @Option(name: .long) var city: String
        @Option(name: .long, help: "ISO 3166-2, as US-OH.") var jurisdiction: Jurisdiction
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let draft = OrganisationDraft(name: name, city: city, jurisdiction: jurisdiction)
            show(try await work(options) { try await $0.makeOrganisation(draft, in: $1) })
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change an organisation, retire it, or take that back.",
            discussion: "No new specialist is proposed for a retired organisation; its specialists stay.")

        @Option(name: .long, help: "Its id.") var id: OrganisationID
        @Option(name: .long) var name: String?
        @Option(name: .long) var city: String?
        @Option(name: .long, help: "ISO 3166-2, as US-OH.") var jurisdiction: Jurisdiction?
        @Flag(inversion: .prefixedNo, help: "Whether no new specialist is proposed for it.") var retired: Bool?
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let edit = OrganisationEdit(name: name, city: city, jurisdiction: jurisdiction, retired: retired)
            let changed = try await work(options) { [id] matching, tx in
                guard let now = try await matching.organisations(in: tx).first(where: { $0.id == id }) else {
                    throw MatchingRefusal.notFound
                }
                return try await matching.editOrganisation(id, edit, ifVersion: ExpectedVersion(now.version), in: tx)
            }
            show(changed)
        }
    }
}

/// Works in one transaction as the owner.
private func work<Value: Sendable>(
    _ options: SettingsOptions, _ body: @Sendable (MatchingService, Transaction) async throws -> Value
) async throws -> Value {
    let settings = try await options.load()
    let matching = try MatchingService(vault: settings.vault(), outbox: Outbox(), offersLast: settings.offersLast())
    return try await settings.withOwner { try await body(matching, $0) }
}

private func show(_ organisation: Organisation) {
    let place = "\(organisation.city), \(organisation.jurisdiction.rawValue)"
    print("\(organisation.id)  \(organisation.name), \(place)\(organisation.retired ? " (retired)" : "")")
}
