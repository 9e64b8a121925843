import ArgumentParser
import Clinic
import Identity
import Outbox
import Postgres

/// What a coordinator and an operator do over HTTP (`/v1/specialist-proposals`), for as long as there are not both.
struct SpecialistCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "specialist", abstract: "Invite specialists.", subcommands: [Invite.self])

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Invite somebody as a specialist, by mail.",
            discussion: """
                Check their licences and who they are first. Whoever reads the mail signs up, or in, with that address and a \
                password of their own, and accepts within two weeks; then a coordinator records the licences.
                """)

        @Option(name: .long) var email: String
        @Option(name: .long, help: "As the directory is to show it.") var name: String
        @Option(name: .long, help: "As MD, PhD.") var credentials: String
        @Option(name: .long, help: "An organisation's id: consilium organisation list.")
        var organisation: OrganisationID
        @Option(name: .long, help: "A NUCC code; the principal one first.") var taxonomy: [String]
        @Option(name: .long, help: "BCP 47.") var language: [String] = ["en"]
        @Option(name: .long, help: "An IANA zone.") var timeZone = "America/New_York"
        @Option(name: .long, help: "New cases a week.") var weeklyCapacity = 4
        @Flag(help: "They consult with treating clinicians, too.") var peerToPeer = false
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.load()
            let proposals = try SpecialistProposals(
                vault: settings.vault(), outbox: Outbox(), settings: settings.identity())
            let draft = SpecialistProposalDraft(
                email: email,
                entry: DirectoryEntry(
                    name: name, credentials: credentials, organisation: organisation, timeZone: timeZone,
                    taxonomyCodes: taxonomy, languages: language, peerToPeer: peerToPeer, weeklyCapacity: weeklyCapacity
                ))
            let invited = try await settings.withOwner { try await proposals.invite(draft, in: $0).proposal }
            print("Invited: proposal \(invited.id)")
        }
    }
}
