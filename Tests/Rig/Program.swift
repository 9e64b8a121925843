import Foundation
import Glibc
import Synchronization

/// A process under test, with its output in a file.
package final class Program: Sendable {
    package let name: String
    package let log: String
    package let pid: Int32

    /// Starts it.
    /// - Parameter input: the file that it reads as its standard input.
    package init(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null",
        log: String
    ) throws {
        self.name = name
        self.log = log
        pid = try spawn(arguments, environment: environment, input: input, output: log, errors: log)
        Program.running.withLock { _ = $0.insert(pid) }
    }

    /// Whether it has not ended, or nobody waited for its end yet.
    package var isRunning: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == 0
    }

    /// What is in its log.
    package var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    package func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for its end; once.
    /// - Returns: its exit code, or minus the signal that ended it.
    @discardableResult
    package func wait(patience: Duration = .seconds(60)) throws -> Int32 {
        try until("the end of \(name)", patience: patience) { !isRunning }
        let code = reap(pid)
        Program.running.withLock { _ = $0.remove(pid) }
        return code
    }

    /// `kill -9`, and waits until it is gone.
    package func murder() throws {
        signal(SIGKILL)
        try wait()
    }

    /// Resident memory in bytes, as Linux counts it; 0 when it is gone.
    package var memory: Int {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return 0 }
        return (line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first ?? 0) * 1024
    }

    /// Processor time that it has used, in seconds.
    package var processorTime: Double { Proc.time(of: pid, withEnded: false) }

    /// The children that would outlive this process if it were stopped midway.
    private static let running = Mutex<Set<pid_t>>([])

    /// Kills every child: for a run that is stopped.
    static func murderAll() {
        for pid in running.withLock({ $0 }) { kill(pid, SIGKILL) }
    }
}

/// The program that was built beside this one.
package let consilium: String = {
    let path =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(filePath: path).deletingLastPathComponent().appending(path: "consilium").path
}()

/// The Python of the environment that `Tests/python` makes.
package let python = "\(Cluster.repository)/.data/python/bin/python3"

/// Runs a command to its end.
/// - Returns: what it printed.
/// - Throws: `RigFailure.command` when it exits with anything but 0.
@discardableResult
package func command(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
) throws -> String {
    // Files, not pipes: a server that the command leaves behind keeps what it inherited open.
    let scratch = FileManager.default.temporaryDirectory.appending(path: "consilium-command-\(UUID())").path
    let (output, errors, said) = ("\(scratch).out", "\(scratch).err", "\(scratch).in")
    defer { for file in [output, errors, said] { unlink(file) } }
    if let input { try input.write(toFile: said, atomically: false, encoding: .utf8) }
    let pid = try spawn(
        ["/usr/bin/env"] + arguments, environment: environment, input: input == nil ? "/dev/null" : said,
        output: output, errors: errors)
    let code = reap(pid)
    let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
    guard code == 0 else {
        let complaint = String(decoding: FileManager.default.contents(atPath: errors) ?? Data(), as: UTF8.self)
        throw RigFailure.command(arguments.prefix(3).joined(separator: " "), output: complaint + text)
    }
    return text
}

/// Starts a process in a session of its own, as systemd does, with the signals as a shell would leave them. Linux may
/// share the processor out by sessions (sched(7), "The autogroup feature"), and each backend of PostgreSQL is one: two
/// gateways within their clients' would have the share of a single backend. Foundation's `Process` takes a child for
/// alive as long as anything that it left behind is.
private func spawn(
    _ arguments: [String], environment: [String: String], input: String, output: String, errors: String
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var (all, none) = (sigset_t(), sigset_t())
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    // glibc's <spawn.h> shows POSIX_SPAWN_SETSID to whoever defines _GNU_SOURCE, which Swift's Glibc does not.
    let inNewSession: Int32 = 0x80
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | inNewSession))
    defer {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
    }
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    var (words, pairs) = (arguments.map { strdup($0) } + [nil], variables.map { strdup($0) } + [nil])
    defer { for pointer in words + pairs { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &actions, &attributes, &words, &pairs)
    guard code == 0 else { throw RigFailure.command(arguments[0], output: String(cString: strerror(code))) }
    return pid
}

/// Waits for a child's end: its exit code, or minus the signal that ended it.
private func reap(_ pid: pid_t, patience: Duration = .seconds(900)) -> Int32 {
    var status: Int32 = 0
    let end = ContinuousClock.now + patience
    var ended = waitpid(pid, &status, WNOHANG)
    while ended == 0, ContinuousClock.now < end {
        usleep(1_000)
        ended = waitpid(pid, &status, WNOHANG)
    }
    if ended == 0 {
        // It heads a session of its own: whatever it started goes with it.
        kill(-pid, SIGKILL)
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
}

/// Whoever stops a run stops what it started, too.
package func stopChildrenOnSignals() {
    for number in [SIGINT, SIGTERM] {
        Glibc.signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number)
        source.setEventHandler {
            Program.murderAll()
            Cluster.removeAll()
            exit(128 + number)
        }
        source.activate()
        // Kept for as long as the process runs.
        _ = Unmanaged.passRetained(source as AnyObject)
    }
}
