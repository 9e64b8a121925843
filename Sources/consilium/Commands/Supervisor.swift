import FoundationEssentials
import Glibc
import ServiceLifecycle

/// Tells the service manager how this process stands, where it asks for that (sd_notify(3)): that it has started, every
/// half of `WatchdogSec` that it works, and that it stops. Without `NOTIFY_SOCKET` it says nothing.
struct Supervisor: Service {
    private let socket: String?
    private let watchdog: Duration?
    private let started: @Sendable () async -> Void
    private let works: @Sendable () async -> Bool

    /// - Parameters:
    ///   - started: returns when the process does what it is for.
    ///   - works: whether it still does; the manager restarts a process that says nothing for `WatchdogSec`.
    init(
        _ environment: [String: String] = ProcessInfo.processInfo.environment,
        started: @escaping @Sendable () async -> Void = {},
        works: @escaping @Sendable () async -> Bool = { true }
    ) {
        socket = environment["NOTIFY_SOCKET"]
        let isForThis = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap(Int.init) ?? 0
        watchdog = isForThis && microseconds > 0 ? .microseconds(microseconds) : nil
        self.started = started
        self.works = works
    }

    func run() async throws {
        guard let socket else { return try await gracefulShutdown() }
        await cancelWhenGracefulShutdown {
            await started()
            guard !Task.isCancelled else { return }
            tell("READY=1", at: socket)
            guard let watchdog else {
                try? await gracefulShutdown()
                return
            }
            while !Task.isCancelled {
                if await works() { tell("WATCHDOG=1", at: socket) }
                try? await Task.sleep(for: watchdog / 2)
            }
        }
        tell("STOPPING=1", at: socket)
    }

    /// One datagram; that nobody takes it ends nothing.
    private func tell(_ state: String, at path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // unix(7): an abstract name begins with a zero byte, for which the variable has "@".
        if bytes.first == UInt8(ascii: "@") { address.sun_path.0 = 0 }
        let file = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return }
        defer { close(file) }
        let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 0
        let length = socklen_t(offset + bytes.count)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { to in
                sendto(file, state, state.utf8.count, Int32(MSG_NOSIGNAL), to, length)
            }
        }
    }
}
