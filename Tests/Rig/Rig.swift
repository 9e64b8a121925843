import Clinic
import Foundation
import Glibc
package import Vault

/// The whole house as an operator runs it: a PostgreSQL of its own, real gateways and workers as processes of their
/// own, and people who are signed in.
package final class Rig: Sendable {
    /// What is set up.
    package struct Plan: Sendable {
        package var name: String
        package var gateways = 2
        package var workers = 0
        package var specialists = 4
        package var patients = 64
        package var consults = 0
        /// PostgreSQL's settings, such as `synchronous_commit=off`.
        package var postgres: [String] = []
        /// The house's settings beyond the rig's own, as `CONSILIUM_…`.
        package var settings: [String: String] = [:]

        package init(_ name: String) { self.name = name }
    }

    package let plan: Plan
    package let cluster: Cluster
    /// A folder that is gone when the run is.
    package let folder: String
    package let ports: [Int]
    package let opsPorts: [Int]
    package let vault: Vault
    private let consilium: String
    private let config: String

    /// Runs `body` with the house made, and takes everything away afterwards. Gateways and workers are not started.
    package static func with(_ plan: Plan, _ body: (Rig) throws -> Void) throws {
        let rig = try Rig(plan)
        defer {
            Program.murderAll()
            // Nobody needs it again: it need not write down what it has in memory first.
            try? rig.cluster.crash()
            try? rig.cluster.remove()
            try? FileManager.default.removeItem(atPath: rig.folder)
        }
        try body(rig)
    }

    private init(_ plan: Plan) throws {
        self.plan = plan
        consilium =
            URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "consilium").path
        guard FileManager.default.isExecutableFile(atPath: consilium) else { throw RigFailure.notBuilt(consilium) }
        folder = FileManager.default.temporaryDirectory.appending(path: "consilium-\(plan.name)-\(getpid())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        cluster = try Cluster(plan.name, settings: plan.postgres)
        ports = try (0..<plan.gateways).map { _ in try Self.freePort() }
        opsPorts = try (0..<plan.gateways).map { _ in try Self.freePort() }
        config = "\(folder)/consilium.json"
        try Self.write(config, Self.settings(folder: folder, socket: cluster.socket))
        try Self.write("\(folder)/join.secret", Vault.newToken())
        chmod("\(folder)/join.secret", 0o600)
        try command([consilium, "keys", "create", "\(folder)/keyring.json"])
        vault = Vault(try Keyring.load("\(folder)/keyring.json"))
        do {
            try prepare()
        } catch {
            try? cluster.remove()
            throw error
        }
    }

    /// Schema, people and their hours: a synthetic programme whose specialists can be booked around the clock.
    private func prepare() throws {
        try cluster.sql(
            String(contentsOfFile: "\(Cluster.repository)/Database/roles.sql", encoding: .utf8), database: "postgres")
        try cluster.sql("CREATE DATABASE consilium OWNER consilium_owner", database: "postgres")
        try run("migrate")
        try run(
            "seed", "--specialists", "\(plan.specialists)", "--patients", "\(plan.patients)", "--consults",
            "\(plan.consults)")
        try cluster.sql(
            """
            UPDATE consilium.availability_rule SET rrule = 'FREQ=DAILY', starts = '00:00', ends = '24:00';
            DELETE FROM consilium.availability_date;
            INSERT INTO consilium.availability_date (specialist_id, on_date, rule_id, opens, closes)
            SELECT r.specialist_id, d, r.id, 0, 1440 FROM consilium.availability_rule r,
                generate_series(current_date - 2, current_date + 120, interval '1 day') d;
            ANALYZE;
            """)
    }

    /// Runs one of the house's commands to its end.
    @discardableResult
    package func run(_ arguments: String...) throws -> String {
        try command([consilium] + arguments + ["--config", config], environment: plan.settings)
    }

    // MARK: Processes

    /// Starts the gateway of this number, and waits until it is ready.
    package func startGateway(_ number: Int, settings: [String: String] = [:]) throws -> Program {
        let gateway = try launch("gateway", number, settings: settings)
        try until("gateway \(number) to be ready; see \(gateway.log)") {
            guard gateway.isRunning else {
                throw RigFailure.command(
                    "gateway \(number)", output: (try? String(contentsOfFile: gateway.log, encoding: .utf8)) ?? "")
            }
            return isReady(number)
        }
        return gateway
    }

    /// Starts a gateway or worker without waiting for it.
    package func launch(_ kind: String, _ number: Int, settings: [String: String] = [:]) throws -> Program {
        var environment = plan.settings.merging(settings) { $1 }
        if kind == "gateway" {
            environment["CONSILIUM_GATEWAY_PORT"] = "\(ports[number])"
            environment["CONSILIUM_GATEWAY_OPS_PORT"] = "\(opsPorts[number])"
        }
        return try Program(
            "\(kind) \(number)", [consilium, kind, "--config", config], environment: environment,
            log: "\(folder)/\(kind)-\(number).log")
    }

    /// Whether the gateway's readiness answers 200.
    package func isReady(_ number: Int) -> Bool {
        (try? Wire(port: opsPorts[number], patience: 5).send(Ask("GET", "/health/ready")).status) == 200
    }

    // MARK: People

    /// Every patient of the programme, with a session.
    package func patients() throws -> [Patient] {
        let rows = try cluster.sql(
            """
            SELECT c.patient_id, c.id, c.specialist_id FROM consilium.clinical_case c
            WHERE c.state = 'accepted' ORDER BY c.specialist_id, c.id
            """)
        let tokens = try sessions(of: rows.map { $0[0] })
        return zip(rows, tokens).map { row, token in
            Patient(account: row[0], case: row[1], specialist: row[2], token: token)
        }
    }

    /// A new session for each account, as its token.
    package func sessions(of accounts: [String]) throws -> [String] {
        let tokens = accounts.map { _ in Vault.newToken() }
        let sessions = zip(accounts, tokens).map { account, token in
            let digest = vault.digest(token, for: .session).map { String(format: "%02x", $0) }.joined()
            return "(gen_random_uuid(), '\(account)', '\\x\(digest)', true, '12 hours', now() + interval '7 days')"
        }
        for start in stride(from: 0, to: sessions.count, by: 1000) {
            try cluster.sql(
                """
                INSERT INTO consilium.session (id, account_id, token_digest, second_factor, idle_limit, expires_at)
                VALUES \(sessions[start..<min(start + 1000, sessions.count)].joined(separator: ", "))
                """)
        }
        return tokens
    }

    /// What a session's row has of its token, as PostgreSQL writes bytes.
    package func sessionDigest(of token: String) -> String {
        "\\x" + vault.digest(token, for: .session).map { String(format: "%02x", $0) }.joined()
    }

    /// Processor time that a process has used, in seconds, and its ended children with it.
    static func processorTime(of pid: Int32, withEnded: Bool) -> Double {
        // proc(5): utime, stime, cutime and cstime are fields 14 to 17, counted behind the name in parentheses.
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return 0 }
        let ticks = text[name...].split(separator: " ").dropFirst(12).prefix(withEnded ? 4 : 2).compactMap {
            Double($0)
        }
        return ticks.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Of this process and of the commands that it has run to their end.
    package static var ownProcessorTime: Double { processorTime(of: getpid(), withEnded: true) }

    private static func write(_ path: String, _ text: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func settings(folder: String, socket: String) -> String {
        """
        {
          "database": {"conninfo": "host=\(socket) dbname=consilium",
                       "migrations": "\(Cluster.repository)/Database/migrations"},
          "keyring": {"path": "\(folder)/keyring.json"},
          "gateway": {"requestsPerMinute": 1000000, "addressRequestsPerMinute": 10000000},
          "identity": {"blocklist": "\(Cluster.repository)/Database/reference/password_blocklist.txt",
                       "staffSecondFactor": false},
          "join": {"secretFile": "\(folder)/join.secret"},
          "mail": {"directory": "\(folder)/mail"},
          "worker": {"checkpoints": "\(folder)/checkpoints.jsonl"},
          "log": {"level": "warning"}
        }
        """
    }

    /// A port of this machine that nobody listens on.
    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard bound else { throw RigFailure.command("bind", output: "errno \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// A patient with an accepted case, signed in.
package struct Patient: Sendable {
    package let account: String
    package let `case`: String
    package let specialist: String
    package let token: String
}
