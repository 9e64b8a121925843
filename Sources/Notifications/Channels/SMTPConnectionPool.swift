import Synchronization

/// The connections to one mail server. Each mail takes an idle one, or opens a new one: no mail waits for another. Their
/// number is bounded by how many mails are sent at once.
final class SMTPConnectionPool: Sendable {
    private struct Idle {
        let connection: SMTPConnection
        let since: ContinuousClock.Instant
    }

    private struct State {
        var idle: [Idle] = []
        var isSweeping = false
        var isClosed = false
    }

    /// How long an idle connection is kept: reuse sends ten times as many mails a second.
    private static let longestIdle = Duration.seconds(30)

    private let settings: SMTPSettings
    private let state = Mutex(State())

    init(_ settings: SMTPSettings) {
        self.settings = settings
    }

    /// - Throws: as `SMTPConnection.send`.
    func send(_ mail: Mail, _ preSendCheck: MailChannel.PreSendCheck) async throws {
        let connection = state.withLock { $0.idle.popLast()?.connection } ?? SMTPConnection(settings)
        let cancellation = CancellationFlag()
        defer { keep(connection) }
        try await withTaskCancellationHandler {
            try await connection.send(mail, cancellation, preSendCheck)
        } onCancel: {
            cancellation.set()
        }
    }

    /// Quits on all idle connections at once.
    func close() async {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle.removeAll() }
            return state.idle
        }
        await Self.quit(idle)
    }

    private static func quit(_ idle: [Idle]) async {
        await withDiscardingTaskGroup { group in
            for entry in idle { group.addTask { await entry.connection.quit() } }
        }
    }

    private func keep(_ connection: SMTPConnection) {
        let (isClosed, mustSweep) = state.withLock { state in
            guard !state.isClosed else { return (true, false) }
            state.idle.append(Idle(connection: connection, since: .now))
            defer { state.isSweeping = true }
            return (false, !state.isSweeping)
        }
        if isClosed { Task { await connection.quit() } }
        if mustSweep { Task { await sweep() } }
    }

    /// Closes those that have been idle for long, until none is left.
    private func sweep() async {
        var isDone = false
        while !isDone {
            try? await Task.sleep(for: Self.longestIdle / 2)
            let (old, isEmpty) = state.withLock { state in
                let limit = ContinuousClock.now - Self.longestIdle
                let old = state.idle.filter { $0.since <= limit }
                state.idle.removeAll { $0.since <= limit }
                state.isSweeping = !state.idle.isEmpty
                return (old, state.idle.isEmpty)
            }
            await Self.quit(old)
            isDone = isEmpty
        }
    }
}
