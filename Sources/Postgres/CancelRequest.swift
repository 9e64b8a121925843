import CLibPQ

/// The one owner of a `PGcancel`: what is needed to cancel a connection's statement from another thread.
final class CancelRequest: @unchecked Sendable {
    private let handle: OpaquePointer

    /// `nil` when there is nothing to cancel.
    init?(_ connection: OpaquePointer) {
        // libpq, 34.7: "PQgetCancel will return NULL if the given conn is NULL or an invalid connection".
        guard let handle = PQgetCancel(connection) else { return nil }
        self.handle = handle
    }

    deinit { PQfreeCancel(handle) }

    /// Asks the server to stop, and waits until it has heard: it makes a connection, which blocks.
    ///
    /// libpq, 34.7: the PGcancel object "is read-only as far as PQcancel is concerned, so it can also be invoked from
    /// a thread that is separate from the one manipulating the PGconn object".
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        PQcancel(handle, &message, Int32(message.count))
    }
}
