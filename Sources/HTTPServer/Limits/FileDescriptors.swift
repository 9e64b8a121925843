import Glibc

/// How many files the system lets this process open.
package enum FileDescriptors {
    /// Files besides the connections of clients and of the database: listeners, logs, the event loops' own.
    package static let reserve = 128

    /// Raises the soft limit, which a shell often sets to 1,024, to the hard limit.
    /// - Returns: how many may be open at once.
    package static func raiseLimit() -> Int {
        // getrlimit(2): a process without privileges may set its soft limit to anything up to the hard one.
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// The system allows too few open files for the requests that the gateway is set to have in flight.
    package struct TooFew: Error, Equatable, CustomStringConvertible {
        package let allowed: Int
        package let needed: Int

        package var description: String {
            "The system lets this process open \(allowed) files (LimitNOFILE of its unit, `ulimit -Hn` of a shell), and it "
                + "needs \(needed) at least: \(reserve) of its own, database.connections, and gateway.requestsInFlight. "
                + "Raise the limit, best above gateway.connections, or lower these settings."
        }
    }

    /// The most client connections: the setting, or what the limit of open files leaves if that is less.
    /// - Throws: ``TooFew``.
    package static func connections(
        _ settings: GatewaySettings, database: Int, within allowed: Int
    ) throws(TooFew) -> Int {
        let own = reserve + database
        guard allowed >= own + settings.requestsInFlight else {
            throw TooFew(allowed: allowed, needed: own + settings.requestsInFlight)
        }
        return min(settings.connections, allowed - own)
    }
}
