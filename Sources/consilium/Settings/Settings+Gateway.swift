import HTTPServer
import Postgres

extension Settings {
    /// What the gateway is told.
    func gateway() throws -> GatewaySettings {
        var gateway = GatewaySettings()
        gateway.host = try text("gateway.host")
        gateway.port = try integer("gateway.port", in: 0...65_535)
        gateway.opsHost = try text("gateway.opsHost")
        gateway.opsPort = try integer("gateway.opsPort", in: 0...65_535)
        gateway.trustedProxies = try text("gateway.trustedProxies").split(separator: ",").map { entry in
            String(entry.filter { $0 != " " })
        }
        guard gateway.trustsWellFormedProxies else {
            throw SettingsError.malformed(
                "gateway.trustedProxies", "must be addresses or CIDR blocks, separated by commas")
        }
        let (chain, key) = (try text("gateway.certificate"), try text("gateway.certificateKey"))
        // One without the other is left to fail as a file that cannot be read, rather than to mean plain HTTP.
        if !chain.isEmpty || !key.isEmpty {
            gateway.tls = .init(certificateChain: chain, privateKey: key, profile: try choice("gateway.tlsProfile"))
        }
        try checkReach(of: gateway)
        gateway.bodyLimit = try integer("gateway.bodyBytes", in: 1024...16_777_216)
        gateway.headDeadline = .seconds(try integer("gateway.headSeconds", in: 1...600))
        gateway.writeTimeout = .seconds(try integer("gateway.writeSeconds", in: 1...600))
        gateway.bodyDeadline = .seconds(try integer("gateway.bodySeconds", in: 1...600))
        gateway.uploadLimit = try integer("gateway.uploadBytes", in: 1024...Int(Int32.max))
        gateway.requestsInFlight = try integer("gateway.requestsInFlight", in: 1...100_000)
        gateway.requestsWaiting = try integer("gateway.requestsWaiting", in: 1...100_000)
        gateway.streams = try integer("gateway.streams", in: 1...100_000)
        gateway.transfers = try integer("gateway.transfers", in: 1...100_000)
        gateway.connections = try integer("gateway.connections", in: 1...1_000_000)
        guard gateway.requestsInFlight + gateway.streams + gateway.transfers <= gateway.connections else {
            throw SettingsError.malformed(
                "gateway.connections",
                "must be at least gateway.requestsInFlight, gateway.streams and gateway.transfers together")
        }
        gateway.networkShare = try integer("gateway.networkShare", in: 1...100)
        gateway.handlerDeadline = .seconds(try integer("gateway.requestSeconds", in: 1...600))
        gateway.needsSynchronousStandby = try boolean("gateway.synchronousStandby")
        gateway.accountRate = .account(perMinute: try integer("gateway.requestsPerMinute", in: 1...1_000_000))
        gateway.drainDelay = .seconds(try integer("gateway.drainSeconds", in: 0...300))
        gateway.shutdownDeadline = .seconds(try integer("gateway.leaveSeconds", in: 1...3600))
        guard gateway.bodyDeadline + gateway.handlerDeadline <= gateway.shutdownDeadline else {
            throw SettingsError.malformed(
                "gateway.leaveSeconds", "must be at least gateway.bodySeconds and gateway.requestSeconds together")
        }
        gateway.addressRate = .address(perMinute: try integer("gateway.addressRequestsPerMinute", in: 1...100_000_000))
        gateway.publicRate = .public(perMinute: try integer("gateway.publicRequestsPerMinute", in: 1...1_000_000))
        gateway.securityContact = try securityContact()
        return gateway
    }

    /// What other machines can reach is TLS, or proxies that end it bring what comes over a network of one's own. Without
    /// proxies plain HTTP would carry everybody's tokens past everybody: no setting allows that.
    private func checkReach(of gateway: GatewaySettings) throws {
        guard gateway.tls == nil, !isLoopback(gateway.host) else { return }
        guard try boolean("gateway.trustsNetwork") else {
            throw SettingsError.malformed(
                "gateway.host",
                "is reached from other machines without TLS: name gateway.certificate and gateway.certificateKey, or set "
                    + "gateway.trustsNetwork when proxies end TLS in front of it")
        }
        guard !gateway.trustedProxies.isEmpty else {
            throw SettingsError.missing("gateway.trustedProxies", "gateway.trustsNetwork is for proxies that end TLS")
        }
    }

    /// Whom to tell of a weakness (RFC 9116, 2.5.3): an address that a browser can follow.
    private func securityContact() throws -> String? {
        let contact = try text("gateway.securityContact")
        guard !contact.isEmpty else { return nil }
        guard ["mailto:", "https://", "tel:"].contains(where: { contact.hasPrefix($0) && contact != $0 }),
            contact.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw SettingsError.malformed("gateway.securityContact", "must begin with mailto:, https:// or tel:")
        }
        return contact
    }
}
