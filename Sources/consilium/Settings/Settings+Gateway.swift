import Gateway

extension Settings {
    /// What the gateway is told.
    func gateway() throws -> GatewaySettings {
        var gateway = GatewaySettings()
        gateway.host = try text("gateway.host")
        gateway.port = try integer("gateway.port", in: 0...65_535)
        gateway.opsHost = try text("gateway.opsHost")
        gateway.opsPort = try integer("gateway.opsPort", in: 0...65_535)
        let (chain, key) = (try text("gateway.certificate"), try text("gateway.certificateKey"))
        // One without the other is left to fail as a file that cannot be read, rather than to mean plain HTTP.
        if !chain.isEmpty || !key.isEmpty { gateway.tls = .init(certificateChain: chain, privateKey: key) }
        gateway.bodyLimit = try integer("gateway.bodyBytes", in: 1024...16_777_216)
        gateway.headDeadline = .seconds(try integer("gateway.headSeconds", in: 1...600))
        gateway.writeTimeout = .seconds(try integer("gateway.writeSeconds", in: 1...600))
        gateway.bodyDeadline = .seconds(try integer("gateway.bodySeconds", in: 1...600))
        gateway.uploadLimit = try integer("gateway.uploadBytes", in: 1024...Int(Int32.max))
        gateway.requestsInFlight = try integer("gateway.requestsInFlight", in: 1...100_000)
        gateway.requestsInLine = try integer("gateway.requestsInLine", in: 1...100_000)
        gateway.streams = try integer("gateway.streams", in: 1...100_000)
        gateway.handlerDeadline = .seconds(try integer("gateway.requestSeconds", in: 1...600))
        gateway.trustedProxies = try text("gateway.trustedProxies").split(separator: ",").map { entry in
            String(entry.filter { $0 != " " })
        }
        gateway.needsSynchronousStandby = try boolean("gateway.synchronousStandby")
        gateway.accountRate = .account(perMinute: try integer("gateway.requestsPerMinute", in: 1...1_000_000))
        gateway.drainDelay = .seconds(try integer("gateway.drainSeconds", in: 0...300))
        gateway.leaveDeadline = .seconds(try integer("gateway.leaveSeconds", in: 1...3600))
        guard gateway.bodyDeadline + gateway.handlerDeadline <= gateway.leaveDeadline else {
            throw SettingsError.malformed(
                "gateway.leaveSeconds", "must be at least gateway.bodySeconds and gateway.requestSeconds together")
        }
        gateway.addressRate = .address(perMinute: try integer("gateway.addressRequestsPerMinute", in: 1...100_000_000))
        gateway.publicRate = .public(perMinute: try integer("gateway.publicRequestsPerMinute", in: 1...1_000_000))
        return gateway
    }
}
