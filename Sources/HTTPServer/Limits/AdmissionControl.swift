import NIOCore
import Postgres
import Synchronization

/// Limits how many requests wait for the database. It counts the transactions that wait for a connection, and the
/// requests that are about to ask for one: otherwise a burst would be admitted beyond the limit.
final class AdmissionControl: Sendable {
    private let limit: Int
    private let database: Database
    /// The client connections of the requests that are about to ask. Each has one such request at a time.
    private let admitted = Mutex<Set<ObjectIdentifier>>([])

    init(limit: Int, database: Database) { (self.limit, self.database) = (limit, database) }

    /// Admits the request on a client connection; false when too many wait. `leave` ends the admission.
    func enter(_ channel: any Channel) -> Bool {
        admitted.withLock { admitted in
            if admitted.contains(ObjectIdentifier(channel)) { return true }
            guard admitted.count + database.load.waiting < limit else { return false }
            admitted.insert(ObjectIdentifier(channel))
            return true
        }
    }

    /// Ends the admission: the request asks the database now, or not at all.
    func leave(_ channel: any Channel) {
        admitted.withLock { _ = $0.remove(ObjectIdentifier(channel)) }
    }
}
