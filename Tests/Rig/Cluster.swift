import Foundation
import Glibc
import Synchronization

/// A PostgreSQL of the run's own. `fsync` and `synchronous_commit` are on unless a control turns them off: what it
/// acknowledges is on the disk.
package final class Cluster: Sendable {
    package let name: String
    /// The folder of its Unix socket.
    package let socket: String
    private let settings: [String]

    /// Makes it anew and starts it.
    package init(_ name: String, settings: [String] = []) throws {
        self.name = name
        self.settings = ["max_connections=500"] + settings
        try Self.script("remove", name)
        Self.made.withLock { $0.append(name) }
        do {
            socket = try Self.script("start", name, self.settings)
        } catch {
            _ = try? Self.script("remove", name)
            throw error
        }
    }

    /// Makes a streaming standby of another cluster anew, and starts it.
    package init(_ name: String, standbyOf primary: Cluster) throws {
        self.name = name
        settings = primary.settings
        try Self.script("remove", name)
        Self.made.withLock { $0.append(name) }
        do {
            socket = try Self.script("standby", name, [primary.name] + settings)
        } catch {
            _ = try? Self.script("remove", name)
            throw error
        }
    }

    /// Makes a standby the primary.
    package func promote() throws { try Self.script("promote", name) }

    /// Freezes it whole: it holds its connections, takes new ones, and answers nothing until it is thawed.
    package func freeze() throws {
        kill(try pid(), SIGSTOP)
        for pid in try processes() { kill(pid, SIGSTOP) }
    }

    package func thaw() throws {
        for pid in try processes().reversed() { kill(pid, SIGCONT) }
    }

    /// The folder of the repository.
    package static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    @discardableResult
    private static func script(_ verb: String, _ name: String, _ settings: [String] = []) throws -> String {
        try command(["\(repository)/Deploy/cluster", verb, name] + settings)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts it again after a stop or a crash, and waits until it takes connections: what is still dying counts as
    /// running, and is not what takes them.
    package func start() throws {
        var failure: (any Error)?
        do {
            try until("PostgreSQL to take connections") {
                do {
                    try Self.script("start", name, settings)
                    try sql("SELECT 1", database: "postgres")
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
        } catch {
            throw failure ?? error
        }
    }

    package func stop() throws { try Self.script("stop", name) }
    package func remove() throws { try Self.script("remove", name) }

    private static let made = Mutex<[String]>([])

    /// Takes away every cluster of this process: for a run that is stopped.
    static func removeAll() {
        for name in made.withLock({ $0 }) { _ = try? script("remove", name) }
    }

    /// `kill -9` of the postmaster and of everything it started: a crash of the machine, but for the disk's cache.
    package func crash() throws {
        // It starts nobody more while the list is made.
        kill(try pid(), SIGSTOP)
        let all = try processes()
        for pid in all { kill(pid, SIGKILL) }
        try until("the end of PostgreSQL") { all.allSatisfy(Proc.hasLeft) }
        // Until init has heard of its end, the postmaster would count as running by what it left.
        for name in ["data/postmaster.pid", ".s.PGSQL.5432.lock"] { unlink("\(socket)/\(name)") }
    }

    /// The postmaster and everything that it started.
    package func processes() throws -> [Int32] {
        let postmaster = try pid()
        let children = try command(["ps", "-o", "pid=", "--ppid", "\(postmaster)"])
        return [postmaster] + children.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    /// The postmaster's process. After a crash the file names one that is gone, and whose number may be a stranger's.
    package func pid() throws -> Int32 {
        let file = try command(["cat", "\(socket)/data/postmaster.pid"])
        guard let pid = file.split(separator: "\n").first.flatMap({ Int32($0) }),
            try command(["cat", "/proc/\(pid)/comm"]) == "postgres\n"
        else { throw RigFailure.command("cat postmaster.pid", output: file) }
        return pid
    }

    /// The lines of its log.
    package func log() throws -> [Substring] {
        try command(["cat", "\(socket)/postgresql.log"]).split(separator: "\n")
    }

    /// Processor time that it and all its processes have used, in seconds.
    package func processorTime() throws -> Double {
        try processes().reduce(0) { $0 + Proc.time(of: $1, withEnded: true) }
    }

    /// Runs SQL as the superuser by psql, independent of the program's own driver.
    /// - Returns: the rows of the last statement, as text.
    @discardableResult
    package func sql(_ sql: String, database: String = "consilium") throws -> [[String]] {
        let output = try command(
            [
                "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", socket, "-U", "postgres",
                "-d", database, "-f", "-",
            ], input: sql)
        return output.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// One number.
    package func count(_ query: String) throws -> Int { Int(try sql(query).first?.first ?? "") ?? -1 }
}
