import Cases
import Clinic
import HTTPServer
import Identity
import Logging
import Matching
import Messaging
import Outbox
import Postgres
import Scheduling
import Vault

/// Loads the reference data and the demo programme. Everything is found again by its key, so that a second load
/// changes nothing.
struct DemoLoader {
    /// The folder with `reference` and `demo`.
    let directory: String
    let vault: Vault
    let accounts: AccountCreation
    let offersLast: Duration
    let rooms: VideoRooms
    /// As `consilium_owner`.
    let owner: Database

    struct Report {
        var reference: [(name: String, report: ReferenceImport.Report)] = []
        var accounts = 0
        var specialists = 0
        var cases = 0
    }

    func load() async throws -> Report {
        let file = try DemoFile(path: "\(directory)/demo/programme.json")
        let outbox = Outbox()
        let matching = MatchingService(vault: vault, outbox: outbox, offersLast: offersLast)
        var report = Report()
        try await owner.withTransaction(as: .nobody) { try await Demonstration.claim(in: $0) }
        report.reference = try await loadReference()
        (report.accounts, report.specialists) = try await owner.withTransaction(as: .nobody) { tx in
            // Two loads at once would only wait for each other's rows, and then fail.
            try await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('consilium demo', 0))")
            let people = try await DemoPeople(file: file, accounts: accounts).load(in: tx)
            let directory = DemoDirectory(
                file: file, matching: matching,
                proposals: SpecialistProposals(vault: vault, outbox: outbox, settings: accounts.settings))
            return (people, try await directory.load(in: DemoTransaction(tx: tx)))
        }
        let cases = DemoCases(
            file: file, vault: vault,
            cases: CaseService(vault: vault, outbox: outbox, fileLimit: GatewaySettings().uploadLimit),
            matching: matching,
            scheduler: Scheduler(
                vault: vault, outbox: outbox, database: owner, rooms: rooms, allowsPlainFeeds: false),
            thread: DemoThread(
                file: file, messenger: Messenger(vault: vault, outbox: outbox, notifier: ThreadNotifier(owner))))
        for entry in file.cases {
            let isNew = try await owner.withTransaction(as: .nobody) { tx in
                try await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('consilium demo', 0))")
                return try await cases.load(entry, in: DemoTransaction(tx: tx))
            }
            if isNew { report.cases += 1 }
        }
        return report
    }

    private func loadReference() async throws -> [(name: String, report: ReferenceImport.Report)] {
        let folder = "\(directory)/reference"
        return try await owner.withTransaction(as: .nobody) { tx in
            let reference = ReferenceImport()
            return [
                ("conditions", try await reference.conditions(at: "\(folder)/icd10cm.txt", in: tx)),
                ("taxonomies", try await reference.taxonomy(at: "\(folder)/nucc_taxonomy.csv", in: tx)),
                (
                    "usual taxonomies",
                    try await reference.usualTaxonomy(at: "\(folder)/condition_taxonomy.csv", in: tx)
                ),
            ]
        }
    }
}
