import Foundation
import Rig

/// The instant of decision is the database's: a gateway whose machine has the wrong time answers as the others do.
struct ClockProof {
    let size: Size

    /// What libfaketime adds to each gateway's clock, in days.
    static let days = [0, 3, -3]
    /// How many requests an account may send at once.
    static let burst = 120

    func show(_ report: Report) throws {
        report.title("Clocks: a gateway that is right, one three days ahead, one three days behind")
        var plan = size.plan("clock")
        (plan.gateways, plan.patients, plan.specialists) = (Self.days.count, 12, 1)
        // Of a minute's requests two fifths at once.
        plan.settings["CONSILIUM_GATEWAY_REQUESTS_PER_MINUTE"] = "\(Self.burst * 5 / 2)"
        try Rig.with(plan) { rig in
            var programs: [Program] = []
            defer { for program in programs { Self.forget(program) } }
            for (number, days) in Self.days.enumerated() {
                programs.append(
                    try rig.startGateway(
                        number, settings: Self.environment(daysAhead: days), behind: ["/usr/bin/env"]))
            }
            let service = ClockedService(rig)
            let patients = try rig.patients()
            try showClocks(service, patients[0], report)
            try showOpenings(service, patients[0], report)
            try showHolds(service, patients[1...3].map(\.self), rival: patients[4], report)
            try showJoining(service, patients[5], report)
            try showSessions(service, patients[6], report)
            try showSignIn(service, report)
            try showKeys(service, patients[7], report)
            try showRates(service, patients[8...], report)
        }
    }

    /// Only what the wall clock shows is wrong, as on a machine whose clock was set wrong: not how fast it goes. libfaketime adds
    /// a variable of its own to the environment, below which Swift looks for a program's arguments: it does so in `env`,
    /// before that becomes the gateway.
    private static func environment(daysAhead days: Int) -> [String: String] {
        days == 0
            ? [:]
            : [
                "LD_PRELOAD": "/usr/$LIB/faketime/libfaketime.so.1", "FAKETIME": "\(days > 0 ? "+" : "")\(days)d",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ]
    }

    /// What libfaketime leaves behind in shared memory of a process that is killed.
    private static func forget(_ program: Program) {
        for name in ["faketime_shm", "sem.faketime_sem"] {
            try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)_\(program.pid)")
        }
    }

    /// Ids begin with the milliseconds of who makes them (RFC 9562 §5.7), and decide nothing.
    private func showClocks(_ service: ClockedService, _ patient: Patient, _ report: Report) throws {
        let now = Date().timeIntervalSince1970
        let days = try service.everywhere { gateway -> Int in
            let id = try gateway.write(.hold(for: patient, at: Grid(now: Date()).instant(0))).decode(Made.self).id
            let milliseconds = Int(id.replacing("-", with: "").prefix(12), radix: 16) ?? 0
            return Int(((Double(milliseconds) / 1000 - now) / 86_400).rounded())
        }
        report.check("control: the clocks are wrong, by the ids that they make", "\(days) days", days == Self.days)
    }

    /// What can be booked depends on the notice, two hours, and on the horizon, 90 days.
    private func showOpenings(_ service: ClockedService, _ patient: Patient, _ report: Report) throws {
        func shown(_ path: String) throws -> Bool {
            var replies: [String] = []
            // As time goes on an opening goes by: then they are asked once more.
            for _ in 0..<3 {
                replies = try service.everywhere { try $0.get(path, patient.token).text }
                if try replies[0] == service.gateways[0].get(path, patient.token).text { break }
            }
            return Set(replies).count == 1 && replies[0].contains("startsAt")
        }
        let lists = ["/v1/openings?case=\(patient.case)", "/v1/openings/soonest?case=\(patient.case)&limit=20"]
        let same = try lists.count { try shown($0) }
        report.check("the same openings are shown", "\(same) of \(lists.count) lists", same == lists.count)

        struct Found: Decodable {
            struct Opening: Decodable { var startsAt: String }
            var openings: [Opening]
        }
        let soonest = try service.gateways[0].get(
            "/v1/openings/soonest?case=\(patient.case)&visitType=consult-30&limit=20", patient.token
        ).decode(Found.self).openings
        let grid = Grid(now: Date())
        func held(_ start: String) throws -> [Int] {
            try service.everywhere { try $0.write(.hold(for: patient, at: start)).status }
        }
        let (near, late) = (try held(soonest[soonest.count - 1].startsAt), try held(grid.instant(86 * 96)))
        report.check(
            "starts in a few hours, and in 89 days, are held", "\(near), \(late)",
            Set(near + late) == [201])
        let (past, far) = (
            try held(Date(timeIntervalSinceNow: -86_400).formatted(.iso8601)), try held(grid.instant(88 * 96))
        )
        report.check(
            "a start that is over, and one in 91 days, are not", "\(past), \(far)", Set(past + far) == [409])
    }

    /// What one gateway keeps is kept for ten minutes at all of them, and then over.
    private func showHolds(
        _ service: ClockedService, _ patients: [Patient], rival: Patient, _ report: Report
    ) throws {
        struct Shown: Decodable, Sendable { let state: String }
        var (lasting, live, lapsed, over, free) = ([Int](), [Int](), [String](), [String](), [Int]())
        for (gateway, patient) in zip(service.gateways, patients) {
            let start = Grid(now: Date()).instant(8)
            let hold = try gateway.write(.hold(for: patient, at: start)).decode(Made.self)
            lasting.append(
                try service.count(
                    "SELECT extract(epoch FROM expires_at - clock_timestamp())::integer FROM consilium.hold "
                        + "WHERE id = '\(hold.id)'"))
            live += try service.everywhere { try $0.get("/v1/holds/\(hold.id)", patient.token).status }
            try service.run(
                """
                UPDATE consilium.hold SET created_at = created_at - interval '1 day', expires_at = clock_timestamp()
                WHERE id = '\(hold.id)'
                """)
            lapsed += try service.everywhere {
                try $0.get("/v1/holds/\(hold.id)", patient.token).decode(Shown.self).state
            }
            over += try service.everywhere { try $0.write(.booking(of: hold, by: patient)).problem ?? "" }
            // The range is free for another, who holds and books it there and calls it off.
            let next = try gateway.write(.hold(for: rival, at: start)).decode(Made.self)
            let booked = try gateway.write(.booking(of: next, by: rival))
            free.append(booked.status)
            free.append(try gateway.write(.cancellation(of: booked.decode(Made.self), by: rival)).status)
        }
        report.check(
            "a hold lasts ten minutes, whoever makes it", "\(lasting) s",
            lasting.allSatisfy { (590...600).contains($0) })
        report.check("while it lasts it is seen by all", "\(live.count) times", Set(live) == [200])
        report.check(
            "when it is over all say so, and nobody books it", "\(lapsed.count) times, \(over.count) refused",
            Set(lapsed) == ["lapsed"] && Set(over) == ["hold-over"])
        report.check("and its range is booked by another", "\(free)", free == [201, 200, 201, 200, 201, 200])
    }

    /// The window of a consult, and of the token that opens its room.
    private func showJoining(_ service: ClockedService, _ patient: Patient, _ report: Report) throws {
        let hold = try service.gateways[1].write(.hold(for: patient, at: Grid(now: Date()).instant(16)))
            .decode(Made.self)
        let booked = try service.gateways[2].write(.booking(of: hold, by: patient)).decode(Made.self)
        guard let specialist = try service.rig.sessions(of: [patient.specialist]).first else { return }
        func join(startingIn minutes: Int) throws -> [Reply] {
            try service.run(
                """
                UPDATE consilium.appointment a SET starts_at = s.at, ends_at = s.at + interval '30 minutes'
                FROM (SELECT clock_timestamp() + interval '\(minutes) minutes' AS at) s WHERE a.id = '\(booked.id)'
                """)
            return try service.everywhere {
                try $0.wire.send(Ask("POST", "/v1/appointments/\(booked.id)/join", token: specialist, json: "{}"))
            }
        }
        let (early, late) = (try join(startingIn: 16), try join(startingIn: -31))
        report.check(
            "before the window and after it nobody joins", "\(early.map(\.status)), \(late.map(\.status))",
            Set((early + late).map(\.problem)) == ["outside-join-window"])
        let passes = try join(startingIn: 14)
        let claims = try passes.map { try $0.decode(JoinWindow.Pass.self).window }
        let window = try service.rig.cluster.sql(
            """
            SELECT ceil(extract(epoch FROM starts_at - interval '15 minutes'))::bigint,
                floor(extract(epoch FROM ends_at))::bigint
            FROM consilium.appointment WHERE id = '\(booked.id)'
            """
        ).first
        report.check(
            "in it each does, by a token of that very window", "\(passes.map(\.status))",
            Set(passes.map(\.status)) == [200] && Set(claims.map { ["\($0.nbf)", "\($0.exp)"] }) == [window])
    }
}

/// When a join token counts.
private struct JoinWindow: Decodable {
    let nbf: Int
    let exp: Int

    struct Pass: Decodable {
        let token: String?

        var window: JoinWindow {
            get throws {
                let body = (token ?? "..").split(separator: ".", omittingEmptySubsequences: false)[1]
                    .replacing("-", with: "+").replacing("_", with: "/")
                let padded = body + String(repeating: "=", count: (4 - body.utf8.count % 4) % 4)
                return try JSONDecoder().decode(JoinWindow.self, from: Data(base64Encoded: String(padded)) ?? Data())
            }
        }
    }
}
