import ArgumentParser
import Matching
import Postgres

/// Loads reference data from the files that their publishers give out.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Load reference data; a malformed line changes nothing.",
        subcommands: [Conditions.self, Taxonomy.self, Usual.self, Consents.self])

    struct Conditions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "icd10cm", abstract: "The ICD-10-CM order file of CMS (icd10cm-order-YYYY.txt).")

        @Argument(help: "The file.") var file: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await load(options, "conditions") { try await ReferenceImport().conditions(at: file, in: $0) }
        }
    }

    struct Taxonomy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "taxonomy", abstract: "The provider taxonomy of NUCC, as CSV.")

        @Argument(help: "The file.") var file: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await load(options, "taxonomy codes") { try await ReferenceImport().taxonomy(at: file, in: $0) }
        }
    }

    struct Usual: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "condition-taxonomy", abstract: "Which taxonomy usually treats a condition, as CSV.")

        @Argument(help: "The file.") var file: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await load(options, "pairs") { try await ReferenceImport().usualTaxonomy(at: file, in: $0) }
        }
    }
}

extension ImportCommand {
    struct Consents: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "consent-wordings",
            abstract: "What patients are asked to agree to, as CSV: name,kind,language,text.",
            discussion: """
                The file is what is in force from now on: a wording that it does not hold, of a kind that it has, is retired. \
                What somebody may have agreed to never changes: a new text has a new name.
                """)

        @Argument(help: "The file.") var file: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await load(options, "texts") { try await ReferenceImport().consentWordings(at: file, in: $0) }
        }
    }
}

/// Runs one import as the owner and says what it did.
private func load(
    _ options: SettingsOptions, _ noun: String,
    _ work: @Sendable (Transaction) async throws -> ReferenceImport.Report
) async throws {
    let report = try await options.load().withOwner { try await work($0) }
    print("\(report.read) \(noun) read: \(report.added) new, \(report.changed) changed, \(report.removed) removed.")
}
