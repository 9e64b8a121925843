import CLibPQ
import Synchronization

/// Receives the server's warnings. One matters: that a commit stopped waiting for the synchronous replica.
final class Notices: Sendable {
    private let isDoubtful = Atomic(false)

    /// Receives the notices of `connection`, which must not outlive this object.
    func listen(to connection: OpaquePointer) {
        // libpq, 34.13: the receiver gets the notice as a PGresult of status PGRES_NONFATAL_ERROR, which it must not
        // clear. It runs inside of the calls that read from the connection, and so on the thread that holds its lock.
        PQsetNoticeReceiver(
            connection,
            { argument, notice in
                guard let argument, let notice, Notices.isCommitWarning(notice) else { return }
                Unmanaged<Notices>.fromOpaque(argument).takeUnretainedValue().isDoubtful
                    .store(true, ordering: .relaxed)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Whether there was such a warning since the last time.
    func take() -> Bool {
        isDoubtful.exchange(false, ordering: .relaxed)
    }

    /// "canceling the wait for synchronous replication …" comes with SQLSTATE 01000 from the server's C code. A
    /// `RAISE WARNING` in PL/pgSQL has the same SQLSTATE and comes from `exec_stmt_raise`.
    private static func isCommitWarning(_ notice: OpaquePointer) -> Bool {
        DatabaseError.field("C", of: notice) == "01000" && DatabaseError.field("R", of: notice) != "exec_stmt_raise"
    }
}
