import Foundation
import Rig

/// Gateways of one service, asked one after the other.
struct ClockedService {
    let rig: Rig
    let gateways: [Gateway]

    struct Gateway {
        let wire: Wire

        func get(_ path: String, _ token: String) throws -> Reply { try wire.send(Ask("GET", path, token: token)) }

        func write(_ write: Write, key: String = UUID().uuidString) throws -> Reply {
            try wire.send(Ask(write, key: key))
        }
    }

    init(_ rig: Rig) {
        self.rig = rig
        gateways = rig.ports.map { Gateway(wire: Wire(port: $0)) }
    }

    func everywhere<Answer>(_ ask: (Gateway) throws -> Answer) throws -> [Answer] { try gateways.map(ask) }

    func run(_ sql: String) throws { try rig.cluster.sql(sql) }

    func count(_ sql: String) throws -> Int { try rig.cluster.count(sql) }
}

extension ClockProof {
    /// Sessions end by their absolute and by their idle limit.
    func showSessions(_ service: ClockedService, _ patient: Patient, _ report: Report) throws {
        func asked(_ change: String) throws -> [Int] {
            guard let token = try service.rig.sessions(of: [patient.account]).first else { return [] }
            try service.run(
                "UPDATE consilium.session SET \(change) WHERE token_digest = '\(service.rig.sessionDigest(of: token))'")
            return try service.everywhere { try $0.get("/v1/sessions", token).status }
        }
        let live = [
            try asked("expires_at = clock_timestamp() + interval '1 minute'"),
            try asked("seen_at = clock_timestamp() - idle_limit + interval '1 minute'"),
        ]
        let over = [
            try asked("expires_at = clock_timestamp()"), try asked("seen_at = clock_timestamp() - idle_limit"),
        ]
        report.check("a session with a minute left counts", "\(live)", Set(live.flatMap(\.self)) == [200])
        report.check("one that is over does not", "\(over)", Set(over.flatMap(\.self)) == [401])
    }

    /// A patient signs in at one gateway, turns on a second factor there, and signs in with it at the next: at wrong ones,
    /// or in the full size one at each.
    func showSignIn(_ service: ClockedService, _ report: Report) throws {
        struct SignedIn: Decodable { var token: String }
        struct Factor: Decodable { var secret: String }
        func signIn(_ gateway: ClockedService.Gateway, _ email: String, code: String? = nil) throws -> Reply {
            let more = code.map { #","code":"\#($0)""# } ?? ""
            return try gateway.wire.send(
                Ask("POST", "/v1/sessions", json: #"{"email":"\#(email)","password":"\#(Self.password)"\#(more)}"#))
        }
        var (statuses, live, lasting) = ([Int](), [Int](), [Int]())
        for number in size.of([1], [0, 1, 2]) {
            let gateway = service.gateways[number]
            let email = "patient-\(number)@seed-1.example"
            let reply = try signIn(gateway, email)
            statuses.append(reply.status)
            let token = try reply.decode(SignedIn.self).token
            live += try service.everywhere { try $0.get("/v1/sessions", token).status }
            lasting.append(
                try service.count(
                    "SELECT extract(epoch FROM expires_at - clock_timestamp())::integer FROM consilium.session "
                        + "WHERE token_digest = '\(service.rig.sessionDigest(of: token))'"))
            let secret = try gateway.wire.send(
                Ask("POST", "/v1/me/second-factor", token: token, key: UUID().uuidString)
            ).decode(Factor.self).secret
            let codes = try Self.codes(of: secret)
            statuses.append(
                try gateway.wire.send(
                    Ask(
                        "POST", "/v1/me/second-factor/confirm", token: token, key: UUID().uuidString,
                        json: #"{"code":"\#(codes[0])"}"#)
                ).status)
            let next = service.gateways[(number + 1) % service.gateways.count]
            statuses.append(try signIn(next, email, code: codes[1]).status)
        }
        report.check(
            "by password, and by the codes of a second factor, one signs in", "\(statuses)",
            statuses == size.of([201, 200, 201], [201, 200, 201, 201, 200, 201, 201, 200, 201]))
        let week = 7 * 86_400
        report.check(
            "for a week, with all of them", "\(lasting) s, \(live.count) times asked",
            Set(live) == [200] && lasting.allSatisfy { (week - 10...week).contains($0) })
    }

    /// What every account of a synthetic programme signs in with.
    private static let password = "a second look is worth it"

    /// The codes of this and of the next step (RFC 6238), by Python.
    private static func codes(of secret: String) throws -> [String] {
        let script = """
            import sys, base64, hmac, struct, time
            secret = sys.stdin.read()
            key = base64.b32decode(secret + "=" * (-len(secret) % 8))
            for step in [int(time.time()) // 30, int(time.time()) // 30 + 1]:
                mac = hmac.digest(key, struct.pack(">q", step), "sha1")
                place = mac[-1] & 15
                print("%06d" % ((struct.unpack(">I", mac[place:place + 4])[0] & 0x7fffffff) % 1000000))
            """
        return try command([python, "-c", script], input: secret).split(separator: "\n").map(String.init)
    }

    /// A key stands for its write for a day.
    func showKeys(_ service: ClockedService, _ patient: Patient, _ report: Report) throws {
        var (young, old) = ([Int](), [Int]())
        for gateway in service.gateways {
            let (write, key) = (Write.message("Once", from: patient), UUID().uuidString)
            func sent(_ gateway: ClockedService.Gateway) throws -> Int? {
                let reply = try gateway.write(write, key: key)
                guard reply.status == 201, reply.headers["idempotency-replayed"] == nil else { return nil }
                return try reply.decode(Made.self).seq
            }
            func age(_ hours: Int) throws {
                try service.run(
                    """
                    UPDATE consilium.idempotency_key SET created_at = clock_timestamp() - interval '\(hours) hours'
                    WHERE account_id = '\(patient.account)'
                    """)
            }
            guard try sent(gateway) != nil else { continue }
            try age(23)
            young.append(try service.everywhere(sent).compactMap(\.self).count)
            try age(25)
            old.append(try service.everywhere(sent).compactMap(\.self).count)
        }
        report.check("a key of 23 hours repeats its answer", "\(young) executed anew", young == [0, 0, 0])
        report.check("one of 25 hours is forgotten, and stands for the next", "\(old) executed anew", old == [1, 1, 1])
    }

    /// One bucket for all gateways, which fills by the database's clock.
    /// - Parameter patients: of whom none asked yet, but who signed in above.
    func showRates(_ service: ClockedService, _ patients: ArraySlice<Patient>, _ report: Report) throws {
        let fresh = try patients.first {
            try service.count("SELECT count(*) FROM consilium.session WHERE account_id = '\($0.account)'") == 1
        }
        guard let patient = fresh else { throw RigFailure.waited("a patient who has not signed in") }
        let began = ContinuousClock.now
        var (granted, waits) = ([Int](), [String]())
        for gateway in service.gateways {
            var (count, reply) = (0, try gateway.get("/v1/sessions", patient.token))
            while reply.status == 200, count <= 2 * Self.burst {
                count += 1
                reply = try gateway.get("/v1/sessions", patient.token)
            }
            granted.append(count)
            waits.append(reply.headers["retry-after"] ?? "\(reply.status)")
        }
        // A whole token counts.
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        let most = Self.burst + Int(seconds * Double(Self.burst) / 24)
        report.check(
            "an account's requests are counted together", "\(granted) granted, then wait \(waits) s; at most \(most)",
            (Self.burst...most).contains(granted.reduce(0, +)) && Set(waits) == ["1"])
    }
}
