import Glibc

/// What the system lets this process open.
package enum FileDescriptors {
    /// What is open beside the connections of clients and of the database: listeners, logs, the event loops' own.
    package static let reserve = 128

    /// Raises what a shell allows (often 1,024) to what the system allows.
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

    /// The system allows so few open files that a gateway could not serve the requests that it is set to have in flight.
    package struct TooFew: Error, Equatable, CustomStringConvertible {
        package let allowed: Int
        package let needed: Int

        package var description: String {
            "The system lets this process open \(allowed) files (LimitNOFILE of its unit, `ulimit -Hn` of a shell), and it "
                + "needs \(needed) at least: \(reserve) of its own, database.connections, and gateway.requestsInFlight. "
                + "Raise the limit, best above gateway.connections, or lower these settings."
        }
    }

    /// How many connections of clients there may be: as many as are set, or as many as are left of the files that may be open.
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
