import Rig
import TestSupport
import Testing

@Suite("The command line", .database)
struct CommandLineTests {
    @Test("tells version and commit")
    func version() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        let told = try installation.run("--version")
        #expect(told.code == 0)
        let line = told.said.wholeMatch(of: #/consilium [0-9]+\.[0-9]+ \((unknown|[0-9a-f]{12}(\+changes)?)\)\n/#)
        #expect(line != nil, "\(told.said)")
    }

    @Test("refuses a command and an option that there are not, and what a command needs and was not given")
    func usage() async throws {
        let installation = try Installation()
        defer { installation.remove() }
        for arguments in [
            ["journey"], ["settings", "--colour"], ["keys", "create"], ["import", "icd10cm"],
            ["organisation", "create", "--name", "x"], ["jobs", "revive"], ["account", "close"],
        ] {
            let refused = try installation.run(arguments)
            #expect(refused.code == 64 && refused.said.contains("Usage: consilium"), "\(arguments): \(refused.said)")
        }
    }
}
