import CLibPQ
import Glibc

extension Connection {
    /// How long the server may take to name its process.
    private static let identificationDeadline = Duration.seconds(5)

    /// Why a new connection cannot be used, with the reason for the log; nil when it can. Blocks.
    ///
    /// A pooler sends another number than that of the server's process ("PQbackendPID: Returns the process ID of the backend
    /// process handling this connection", libpq, 34.2), or refuses `options`.
    static func refusal(of handle: OpaquePointer) -> (error: DatabaseUnavailable, reason: String)? {
        // The message of a failed connection names hosts and roles, and no personal data.
        var message: String { String(cString: PQerrorMessage(handle)) }
        guard PQstatus(handle) == CONNECTION_OK else {
            return (message.contains("unsupported startup parameter") ? .behindPooler : .unreachable, message)
        }
        guard let process = askForProcess(handle) else { return (.unreachable, message) }
        let pooler = DatabaseUnavailable.behindPooler
        return process == String(PQbackendPID(handle)) ? nil : (pooler, pooler.description)
    }

    /// The number of the server's process; nil when it does not answer in time.
    private static func askForProcess(_ handle: OpaquePointer) -> String? {
        guard PQsendQuery(handle, "SELECT pg_backend_pid()") == 1 else { return nil }
        let end = ContinuousClock.now + identificationDeadline
        var process: String?
        while true {
            while PQisBusy(handle) == 1 {
                let left = (end - ContinuousClock.now) / .milliseconds(1)
                var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
                guard left > 0, poll(&socket, 1, Int32(left.rounded(.up))) >= 0 || errno == EINTR,
                    PQconsumeInput(handle) == 1
                else { return nil }
            }
            // libpq, 34.4: "PQgetResult must be called repeatedly until it returns a null pointer".
            guard let answer = PQgetResult(handle) else { return process }
            if PQresultStatus(answer) == PGRES_TUPLES_OK {
                process = PQgetvalue(answer, 0, 0).map { String(cString: $0) }
            }
            PQclear(answer)
        }
    }
}
