import NIOCore
import Postgres
import Synchronization

/// The line for the database: transactions that wait for a connection, and requests on their way to it. Without these a
/// burst would find room that is spoken for.
final class AdmissionControl: Sendable {
    private let limit: Int
    private let database: Database
    /// The connections that they came on; each brings one at a time.
    private let coming = Mutex<Set<ObjectIdentifier>>([])

    init(limit: Int, database: Database) { (self.limit, self.database) = (limit, database) }

    /// Keeps a place for the request that came on a connection; false when there is none left. `leave` gives it back.
    func enter(_ channel: any Channel) -> Bool {
        coming.withLock { coming in
            if coming.contains(ObjectIdentifier(channel)) { return true }
            guard coming.count + database.load.waiting < limit else { return false }
            coming.insert(ObjectIdentifier(channel))
            return true
        }
    }

    /// The request goes to the database now, or not at all.
    func leave(_ channel: any Channel) {
        coming.withLock { _ = $0.remove(ObjectIdentifier(channel)) }
    }
}
