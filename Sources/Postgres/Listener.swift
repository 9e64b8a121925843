import Logging
import Synchronization

/// A connection that listens, replaced whenever it breaks.
enum Listener {
    static func stream(of channel: String, settings: Database.Settings, logger: Logger) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1024))
        let task = Task {
            var pause = Duration.milliseconds(50)
            while !Task.isCancelled {
                do {
                    try await listen(to: channel, settings: settings, logger: logger, into: continuation)
                    pause = .milliseconds(50)
                } catch {
                    pause = min(pause * 2, PoolState.longestPause)
                }
                try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// Listens until the connection breaks or the task is cancelled.
    private static func listen(
        to channel: String, settings: Database.Settings, logger: Logger, into stream: AsyncStream<String>.Continuation
    ) async throws {
        let (closed, closing) = AsyncStream<Never>.makeStream()
        let connection = try await Connection.open(
            settings, logger: logger, onNotification: { deliver($0, to: stream) }, onClose: { closing.finish() })
        defer { connection.close() }
        let listen: SQL = "LISTEN \(identifier: channel)"
        try await connection.runScript(listen.text)
        stream.yield("")
        for await _ in closed {}
    }

    /// A reader that is too slow loses the oldest payloads, and gets an empty one instead.
    private static func deliver(_ payload: String, to stream: AsyncStream<String>.Continuation) {
        if case .dropped = stream.yield(payload) { stream.yield("") }
    }
}
