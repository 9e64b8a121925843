import Foundation
import Postgres
import Rig
import TestSupport
import Vault

/// The commands as an operator runs them, over the suite's database, with a keyring and a folder of their own.
struct Installation: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "consilium-\(UUID())").path
    let vault: Vault
    private let consilium: String
    private let environment: [String: String]

    var checkpoints: String { "\(folder)/checkpoints.jsonl" }

    init(_ settings: [String: String] = [:]) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        consilium = URL(filePath: tests).deletingLastPathComponent().appending(path: "consilium").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let keyring = "\(folder)/keyring.json"
        try command([consilium, "keys", "create", keyring])
        vault = Vault(try Keyring.load(keyring))
        environment = [
            "CONSILIUM_DATABASE_CONNINFO": TestDatabase.current.superuser.conninfo,
            "CONSILIUM_DATABASE_MIGRATIONS": "\(Cluster.repository)/Database/migrations",
            "CONSILIUM_KEYRING_PATH": keyring, "CONSILIUM_WORKER_CHECKPOINTS": "\(folder)/checkpoints.jsonl",
            "CONSILIUM_MAIL_DIRECTORY": "\(folder)/mail",
        ].merging(settings) { $1 }
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// Starts a command, whose output goes to a file of its own.
    func start(_ arguments: String...) throws -> Program { try start(arguments) }

    private func start(_ arguments: [String]) throws -> Program {
        try Program(
            arguments.joined(separator: " "), [consilium] + arguments, environment: environment,
            log: "\(folder)/\(UUID()).log")
    }

    /// Runs a command to its end.
    func run(_ arguments: String...) throws -> (code: Int32, said: String) { try run(arguments) }

    func run(_ arguments: [String]) throws -> (code: Int32, said: String) {
        let program = try start(arguments)
        let code = try program.wait()
        return (code, program.said)
    }
}
