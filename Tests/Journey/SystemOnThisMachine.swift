import ArgumentParser
import Foundation
import JSON
import Rig

/// What the story reads besides the API when it is played on the machine of the system.
struct SystemOnThisMachine: Sendable {
    /// The settings file.
    let config: String
    let conninfo: String
    let mails: String
    /// The address of the metrics.
    let metrics: String

    /// The folder that the settings file and the logs lie in.
    var folder: String { URL(filePath: config).deletingLastPathComponent().path }

    /// - Parameter config: a settings file in which everything that the story reads is stated.
    /// - Throws: `ValidationError`, which names the file or the setting.
    init(config: String) throws {
        guard let data = FileManager.default.contents(atPath: config), let file = try? JSONValue.read(Array(data))
        else {
            throw ValidationError("\(config) cannot be read as JSON")
        }
        func setting(_ group: String, _ name: String) throws -> JSONValue {
            guard let value = file[group]?[name] else {
                throw ValidationError("\(config) does not state \(group).\(name), which the story needs")
            }
            return value
        }
        func text(_ group: String, _ name: String) throws -> String {
            guard case .string(let text) = try setting(group, name) else {
                throw ValidationError("\(group).\(name) is no text in \(config)")
            }
            return text
        }
        guard case .number(let port) = try setting("gateway", "opsPort") else {
            throw ValidationError("gateway.opsPort is no number in \(config)")
        }
        self.config = config
        conninfo = try text("database", "conninfo")
        mails = try text("mail", "directory")
        metrics = "http://\(try text("gateway", "opsHost")):\(port)/metrics"
    }

    /// A dump of the database as its backup role makes it.
    /// - Throws: `RigFailure` when `pg_dump` fails.
    func dump() throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "consilium-\(UUID()).sql").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try command(
            ["pg_dump", "--enable-row-security", "--file", file, "--dbname", conninfo],
            environment: ["PGUSER": "consilium_backup"])
        return [UInt8](try Data(contentsOf: URL(filePath: file)))
    }

    /// Recomputes every audit chain, as its operator does.
    /// - Returns: what `consilium audit verify` says.
    /// - Throws: `RigFailure` when anything is not as it was written.
    func verifyAudit() throws -> [String] {
        try command([consilium, "audit", "verify", "--config", config]).split(separator: "\n").map(String.init)
    }
}
