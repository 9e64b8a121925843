import Glibc

/// Whether a host's name or address means this machine, so that no network is crossed.
package func isLoopback(_ host: String) -> Bool {
    if host.lowercased() == "localhost" { return true }
    var (four, six) = (in_addr(), in6_addr())
    if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
    guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
    return withUnsafeBytes(of: six) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
}

extension Database.Settings {
    /// Whether the connection string leads over a network to a server whose identity is not verified: anything but
    /// `sslmode=verify-full` (libpq, 34.19.1, "Protection Provided in Different Modes"). With a service file this is not
    /// known, and taken for so.
    /// - Parameter environment: the variables that libpq reads where the string has no setting.
    /// - Throws: `InvalidConninfo`.
    package func crossesNetworkUnverified(_ environment: [String: String]) throws -> Bool {
        let given = try Conninfo.parse(conninfo)
        func value(_ keyword: String, _ variable: String) -> String { given[keyword] ?? environment[variable] ?? "" }
        guard value("sslmode", "PGSSLMODE") != "verify-full" else { return false }
        guard value("service", "PGSERVICE").isEmpty else { return true }
        let names = value("host", "PGHOST").split(separator: ",", omittingEmptySubsequences: false)
        let addresses = value("hostaddr", "PGHOSTADDR").split(separator: ",", omittingEmptySubsequences: false)
        return (0..<max(names.count, addresses.count)).contains { index in
            let address = index < addresses.count ? addresses[index] : ""
            let host = address.isEmpty && index < names.count ? names[index] : address
            // A path, or an abstract name, is a Unix socket; empty is the default one.
            return !(host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") || isLoopback(String(host)))
        }
    }
}
