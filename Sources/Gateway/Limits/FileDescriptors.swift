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
}
