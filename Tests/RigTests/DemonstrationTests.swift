import Foundation
import Postgres
import Rig
import TestSupport
import Testing
import Vault

@Suite("Made-up people, whose passwords are printed, have a database of their own")
struct DemonstrationTests {
    /// What a command says, in the test's database.
    private func run(_ arguments: [String]) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let consilium = URL(filePath: tests).deletingLastPathComponent().appending(path: "consilium").path
        let folder = FileManager.default.temporaryDirectory.appending(path: "demonstration-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Keyring.generate().write(to: "\(folder)/keyring.json")
        try Vault.newToken().write(toFile: "\(folder)/join.secret", atomically: true, encoding: .utf8)
        let database = "\(Cluster.repository)/Database"
        do {
            return try command(
                [consilium] + arguments,
                environment: [
                    "CONSILIUM_DATABASE_CONNINFO": TestDatabase.current.superuser.conninfo,
                    "CONSILIUM_KEYRING_PATH": "\(folder)/keyring.json",
                    "CONSILIUM_JOIN_SECRET_FILE": "\(folder)/join.secret",
                    "CONSILIUM_IDENTITY_BLOCKLIST": "\(database)/reference/password_blocklist.txt",
                ])
        } catch RigFailure.command(_, let output) {
            return output
        }
    }

    private func seed(_ number: Int) throws -> String {
        try run(["seed", "--specialists", "1", "--patients", "1", "--consults", "0", "--seed", "\(number)"])
    }

    private func accounts() async throws -> Int {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT count(*) FROM consilium.account")?.decode(Int.self) ?? -1
        }
    }

    @Test("They are added to an empty database, and then to that one again", .database)
    func intoItsOwn() async throws {
        for number in 1...2 {
            let said = try seed(number)
            #expect(said.contains("1 of 1 patients"), "\(said)")
        }
        #expect(try await accounts() == 4)
    }

    @Test("A database with anybody's account is refused, and nothing is added", .database)
    func besideRealPeople() async throws {
        _ = try await Seed.account(Vault(.generate()))
        let folder = "\(Cluster.repository)/Database"
        for said in [try seed(1), try run(["demo", "--directory", folder])] {
            #expect(said.contains("holds accounts that neither demo nor seed has made"), "\(said)")
        }
        #expect(try await accounts() == 1)
    }
}
