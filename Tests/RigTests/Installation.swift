import Foundation
import Glibc
import Postgres
import Rig
import TestSupport
import Vault

/// The commands as an operator runs them, over the suite's database, with a keyring and a folder of their own.
struct Installation: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "consilium-\(UUID())").path
    let vault: Vault
    private let environment: [String: String]

    var checkpoints: String { "\(folder)/checkpoints.jsonl" }
    var keyring: String { "\(folder)/keyring.json" }

    /// What a command ended with.
    typealias Outcome = (code: Int32, said: String)

    /// - Parameter settings: further ones, by their names in the environment.
    init(_ settings: [String: String] = [:], over database: TestDatabase = .current) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try command([consilium, "keys", "create", "\(folder)/keyring.json"])
        vault = Vault(try Keyring.load("\(folder)/keyring.json"))
        try Vault.newToken().write(toFile: "\(folder)/join.secret", atomically: true, encoding: .utf8)
        environment = [
            "CONSILIUM_DATABASE_CONNINFO": database.superuser.conninfo,
            "CONSILIUM_DATABASE_MIGRATIONS": "\(Cluster.repository)/Database/migrations",
            "CONSILIUM_GATEWAY_PORT": "0", "CONSILIUM_GATEWAY_OPS_PORT": "0",
            "CONSILIUM_KEYRING_PATH": "\(folder)/keyring.json",
            "CONSILIUM_WORKER_CHECKPOINTS": "\(folder)/checkpoints.jsonl",
            "CONSILIUM_MAIL_DIRECTORY": "\(folder)/mail",
            "CONSILIUM_JOIN_SECRET_FILE": "\(folder)/join.secret",
            "CONSILIUM_IDENTITY_BLOCKLIST": "\(Cluster.repository)/Database/reference/password_blocklist.txt",
        ].merging(settings) { $1 }
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// A file in its folder.
    /// - Returns: its path.
    func file(_ text: String) throws -> String {
        let path = "\(folder)/\(UUID())"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Starts a command, whose output goes to a file of its own.
    func start(_ arguments: String...) throws -> Program { try start(arguments) }

    private func start(_ arguments: [String], input: String? = nil) throws -> Program {
        try Program(
            arguments.joined(separator: " "), [consilium] + arguments, environment: environment,
            input: try input.map(file) ?? "/dev/null", log: "\(folder)/\(UUID()).log")
    }

    /// Runs a command to its end.
    func run(_ arguments: String..., input: String? = nil) throws -> Outcome { try run(arguments, input: input) }

    func run(_ arguments: [String], input: String? = nil) throws -> Outcome {
        let program = try start(arguments, input: input)
        defer { if program.isRunning { program.signal(SIGKILL) } }
        return (try program.wait(), program.said)
    }
}
