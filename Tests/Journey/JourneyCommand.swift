import ArgumentParser

/// Plays the whole story of a second opinion against running gateways.
@main
struct JourneyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journey",
        abstract: "Play the whole story over HTTP as six people, and stop at the first thing that is not as promised.",
        discussion:
            "The system must hold the demo programme and a running worker that writes mails as files. Every run makes "
            + "new patients, so it can be played again. With --config, on the machine of the system, it also verifies "
            + "the audit chains and looks for every private word that it typed in a dump of the database, the logs, "
            + "the mails and the metrics.")

    @Option(name: .long, help: "A gateway, as http://127.0.0.1:8080. Give several, and requests take turns.")
    var url: [String]

    @Option(name: .long, help: "Where the worker writes its mails; by default where --config says.")
    var mail: String?

    @Option(name: .long, help: "The demo programme that the system holds.")
    var programme = "Database/demo/programme.json"

    @Option(name: .long, help: "A PEM file of the authority of the gateways' certificate, if it is no public one.")
    var ca: String?

    @Option(name: .long, help: "Draw what an earlier run drew: the seed that it printed.")
    var seed: UInt64?

    @Option(
        name: .long,
        help: "The system's settings file, when this is its machine; the logs lie beside it, `consilium` beside this.")
    var config: String?

    func validate() throws {
        for url in url where !url.hasPrefix("http://") && !url.hasPrefix("https://") {
            throw ValidationError("--url must begin with http:// or https://")
        }
    }

    func run() async throws {
        let system = try config.map { try SystemOnThisMachine(config: $0) }
        guard let mails = mail ?? system?.mails else {
            throw ValidationError("give --mail or --config: the story reads the mails that the worker writes")
        }
        let programme = try Programme(file: programme)
        let client = try Client(gateways: url, authority: ca)
        do {
            try await Journey(
                client: client, mailbox: Mailbox(directory: mails), programme: programme, system: system,
                choices: RandomChoices(seed: seed ?? .random(in: .min ... .max))
            ).play()
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            print("\nNot as promised: \(error)")
            throw ExitCode.failure
        }
    }
}
