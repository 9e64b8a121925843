import Clinic
import Foundation
import Glibc
package import Vault

/// The whole service as an operator runs it: a PostgreSQL of its own, real gateways and workers as processes of their
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
        /// The program's settings beyond the rig's own, as `CONSILIUM_…`.
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
    private let config: String

    /// Runs `body` with all of it made, and takes everything away afterwards. Gateways and workers are not started. When
    /// it throws, the ends of all logs are printed first.
    package static func with(_ plan: Plan, _ body: (Rig) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "consilium-\(plan.name)-\(getpid())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try Cluster(plan.name, settings: plan.postgres)
        defer {
            Program.murderAll()
            // Nobody needs it again: it need not write down what it has in memory first.
            try? cluster.crash()
            try? cluster.remove()
        }
        do {
            let rig = try Rig(plan, cluster, folder)
            try rig.prepare()
            try body(rig)
        } catch {
            printLogs(in: [folder, cluster.socket])
            throw error
        }
    }

    private init(_ plan: Plan, _ cluster: Cluster, _ folder: String) throws {
        self.plan = plan
        self.cluster = cluster
        self.folder = folder
        guard FileManager.default.isExecutableFile(atPath: consilium) else { throw RigFailure.notBuilt(consilium) }
        let free = try Self.freePorts(2 * plan.gateways)
        (ports, opsPorts) = (Array(free.prefix(plan.gateways)), Array(free.suffix(plan.gateways)))
        config = "\(folder)/consilium.json"
        try Self.write(config, Self.settings(folder: folder, socket: cluster.socket))
        try Self.write("\(folder)/join.secret", Vault.newToken())
        chmod("\(folder)/join.secret", 0o600)
        try command([consilium, "keys", "create", "\(folder)/keyring.json"])
        vault = Vault(try Keyring.load("\(folder)/keyring.json"))
    }

    /// The last lines of each, to the standard error.
    private static func printLogs(in folders: [String]) {
        for folder in folders {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? []
            where name.hasSuffix(".log") {
                let log = (try? command(["tail", "-n", "40", "\(folder)/\(name)"])) ?? ""
                FileHandle.standardError.write(Data("--- \(name)\n\(log)".utf8))
            }
        }
    }

    /// Schema, people and their hours: a synthetic programme whose specialists can be booked around the clock.
    private func prepare() throws {
        try cluster.sql(
            String(contentsOfFile: "\(Cluster.repository)/Database/roles.sql", encoding: .utf8), database: "postgres")
        try cluster.sql("CREATE DATABASE consilium OWNER consilium_owner", database: "postgres")
        try cluster.sql(String(contentsOfFile: "\(Cluster.repository)/Database/privileges.sql", encoding: .utf8))
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
            UPDATE consilium.specialist SET availability_version = availability_version + 1;
            ANALYZE;
            """)
    }

    /// Runs one of the program's commands to its end.
    @discardableResult
    package func run(_ arguments: String...) throws -> String {
        try command([consilium] + arguments + ["--config", config], environment: plan.settings)
    }

    /// What is behind readiness's answer, a line each; nil when there is none.
    package func readiness(_ number: Int) -> [Substring]? {
        (try? Wire(port: opsPorts[number], patience: 5).send(Ask("GET", "/health/ready")).text)?.split(separator: "\n")
    }

    // MARK: Processes

    /// Starts the gateway of this number, and waits until it is ready.
    /// - Parameter behind: a program that becomes the gateway.
    package func startGateway(
        _ number: Int, settings: [String: String] = [:], behind: [String] = []
    ) throws -> Program {
        let gateway = try launch("gateway", number, settings: settings, behind: behind)
        try waitUntilReady(gateway, number)
        return gateway
    }

    /// Starts all gateways at once, and waits until each is ready.
    package func startGateways() throws -> [Program] {
        let gateways = try (0..<plan.gateways).map { try launch("gateway", $0) }
        for (number, gateway) in gateways.enumerated() { try waitUntilReady(gateway, number) }
        return gateways
    }

    private func waitUntilReady(_ gateway: Program, _ number: Int) throws {
        try until("gateway \(number) to be ready; see \(gateway.log)") {
            guard gateway.isRunning else {
                throw RigFailure.command("gateway \(number)", output: gateway.said)
            }
            return isReady(number)
        }
    }

    /// Starts a gateway or worker without waiting for it.
    package func launch(
        _ kind: String, _ number: Int, settings: [String: String] = [:], behind: [String] = []
    ) throws -> Program {
        var environment = plan.settings.merging(settings) { $1 }
        if kind == "gateway" {
            environment["CONSILIUM_GATEWAY_PORT"] = "\(ports[number])"
            environment["CONSILIUM_GATEWAY_OPS_PORT"] = "\(opsPorts[number])"
        }
        return try Program(
            "\(kind) \(number)", behind + [consilium, kind, "--config", config], environment: environment,
            log: "\(folder)/\(kind)-\(number).log")
    }

    /// Whether the gateway's readiness answers 200.
    package func isReady(_ number: Int) -> Bool {
        readiness(number) == ["ready"]
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
            let digest = sessionDigest(of: token)
            return "(gen_random_uuid(), '\(account)', '\(digest)', true, '12 hours', now() + interval '7 days')"
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
        "\\x" + Vault.digest(secret: token, for: .session).map { String(format: "%02x", $0) }.joined()
    }

    private static func write(_ path: String, _ text: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func settings(folder: String, socket: String) -> String {
        """
        {
          "database": {"conninfo": "host=\(socket) dbname=consilium",
                       "migrations": "\(Cluster.repository)/Database/migrations"},
          "keyring": {"path": "\(folder)/keyring.json"},
          "gateway": {"requestsPerMinute": 1000000, "addressRequestsPerMinute": 10000000, "drainSeconds": 0,
                      "networkShare": 100},
          "identity": {"blocklist": "\(Cluster.repository)/Database/reference/password_blocklist.txt",
                       "staffSecondFactor": false},
          "join": {"secretFile": "\(folder)/join.secret"},
          "mail": {"directory": "\(folder)/mail"},
          "worker": {"checkpoints": "\(folder)/checkpoints.jsonl"},
          "log": {"level": "warning"}
        }
        """
    }

    /// Ports of this machine that nobody listens on; all are taken before the first is given back.
    package static func freePorts(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            sockets.append(socket)
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
}

/// A patient with an accepted case, signed in.
package struct Patient: Sendable {
    package let account: String
    package let `case`: String
    package let specialist: String
    package let token: String
}
