import Foundation
import Rig
import Testing

@Suite("The list of parts")
struct SBOMTests {
    private struct List: Decodable {
        struct Part: Decodable {
            var purl: String?
            var name: String
            var version: String
        }
        var bomFormat: String
        var components: [Part]
    }

    private struct Pins: Decodable {
        struct Pin: Decodable {
            struct State: Decodable { var version: String? }
            var identity: String
            var state: State
        }
        var pins: [Pin]
    }

    @Test("names every Swift package as it was resolved, what is linked of Debian, and the compiler")
    func isComplete() throws {
        let text = try command(["\(Cluster.repository)/Deploy/sbom", consilium])
        let list = try JSONDecoder().decode(List.self, from: Data(text.utf8))
        #expect(list.bomFormat == "CycloneDX")
        let resolved = try Data(contentsOf: URL(filePath: "\(Cluster.repository)/Package.resolved"))
        let pins = try JSONDecoder().decode(Pins.self, from: resolved).pins
        let known = Dictionary(list.components.map { ($0.name, $0.version) }) { first, _ in first }
        #expect(!pins.isEmpty)
        for pin in pins { #expect(known[pin.identity] == pin.state.version, "\(pin.identity)") }
        let debian = list.components.filter { $0.purl?.hasPrefix("pkg:deb/debian/") == true }.map(\.name)
        for library in ["libpq5", "libical3", "libcurl4", "libc6"] { #expect(debian.contains(library)) }
        #expect(known["swift"] != nil)
    }

    @Test("is of the one build that there is, and says so where there is none", arguments: ["debug", "release"])
    func newestBuild(configuration: String) throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(path: "consilium-sbom-\(UUID())").path
        defer { try? files.removeItem(atPath: folder) }
        try files.createDirectory(atPath: "\(folder)/Deploy", withIntermediateDirectories: true)
        for name in ["Deploy/sbom", "Package.resolved"] {
            try files.copyItem(atPath: "\(Cluster.repository)/\(name)", toPath: "\(folder)/\(name)")
        }
        let refusal = #expect(throws: RigFailure.self) { try command(["\(folder)/Deploy/sbom"]) }
        #expect("\(try #require(refusal))".contains("nothing is built here"))
        try files.createDirectory(atPath: "\(folder)/.build/\(configuration)", withIntermediateDirectories: true)
        try files.createSymbolicLink(
            atPath: "\(folder)/.build/\(configuration)/consilium", withDestinationPath: consilium)
        let list = try JSONDecoder().decode(List.self, from: Data(try command(["\(folder)/Deploy/sbom"]).utf8))
        #expect(list.components.contains { $0.name == "libpq5" })
    }
}
