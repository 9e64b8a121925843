import Foundation
import Rig
import Testing

/// PgBouncer in transaction mode in front of the test server.
final class PgBouncer {
    private let folder: String
    private let program: Program

    /// - Parameters:
    ///   - server: the folder of the server's socket.
    ///   - ignoresOptions: whether it lets the startup parameter `options` fall, or refuses who sends it.
    init(before server: String, ignoresOptions: Bool) throws {
        folder = "/tmp/pgbouncer-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try """
        [databases]
        * = host=\(server)
        [pgbouncer]
        unix_socket_dir = \(folder)
        listen_port = 6432
        auth_type = trust
        auth_file = \(folder)/users
        pool_mode = transaction
        \(ignoresOptions ? "ignore_startup_parameters = options" : "")
        """.write(toFile: "\(folder)/pgbouncer.ini", atomically: true, encoding: .utf8)
        try #""consilium_owner" """#.write(toFile: "\(folder)/users", atomically: true, encoding: .utf8)
        // It refuses to be root, as PostgreSQL does.
        let isRoot = getuid() == 0
        if isRoot { try command(["chown", "-R", "postgres", folder]) }
        let arguments = ["/usr/sbin/pgbouncer", "\(folder)/pgbouncer.ini"]
        program = try Program(
            "pgbouncer", isRoot ? ["/usr/bin/setpriv", "--reuid=postgres", "--clear-groups"] + arguments : arguments,
            log: "\(folder).log")
        let end = ContinuousClock.now + .seconds(30)
        while !FileManager.default.fileExists(atPath: "\(folder)/.s.PGSQL.6432") {
            try #require(ContinuousClock.now < end, "PgBouncer does not listen: \(program.said)")
            usleep(10_000)
        }
    }

    var conninfo: String { "host=\(folder) port=6432" }

    func stop() throws {
        program.signal(SIGTERM)
        _ = try program.wait()
        for path in [folder, "\(folder).log"] { try? FileManager.default.removeItem(atPath: path) }
    }
}
