import AsyncHTTPClient
import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
import HTTPTypes
import Identity
@testable import JSON
import Messaging
import NIOCore
import NIOHTTP1
import Postgres
@testable import ServiceAPI
import Testing
import TestSupport
import Vault

@Suite("What lasts ends with what it stands on", .database, .timeLimit(.minutes(2)))
struct OpenAccessTests {
    /// A way in which a session or a part ends, whoever brings it about.
    enum End: String, CaseIterable, Sendable {
        case signOut, signOutEverywhere, elsewhere, idle, absolute, accountClosed, partEnded

        var problem: String { self == .partEnded ? "not-found" : "sign-in-needed" }
    }

    /// The service, a patient with a session that is in the database, and a case of theirs.
    private struct Scene: Sendable {
        let test: TestServices
        let patient: TestPerson
        let caseID: CaseID

        static func make() async throws -> Scene {
            let test = try await TestServices.make()
            let specialist = try await Seed.specialist(test.vault)
            let account = try await Seed.account(test.vault)
            let caseID = try await Seed.acceptedCase(of: account, with: specialist, test.vault)
            let patient = TestPerson(token: Vault.newToken(), caller: Seed.caller(account))
            try await owner(
                """
                INSERT INTO consilium.session (id, account_id, token_digest, second_factor, idle_limit, expires_at)
                VALUES (\(patient.caller.session), \(account), \(Vault.digest(secret: patient.token, for: .session)), false,
                    interval '12 hours', clock_timestamp() + interval '7 days')
                """)
            return Scene(test: test, patient: patient, caseID: caseID)
        }

        /// Writes past the services.
        static func owner(_ sql: SQL) async throws {
            _ = try await TestDatabase.current.owner.withTransaction(as: .nobody) { try await $0.execute(sql) }
        }

        /// Lets the session's last request be so long ago.
        func rest(minutes: Int32) async throws {
            try await Self.owner(
                """
                UPDATE consilium.session SET seen_at = clock_timestamp() - make_interval(mins => \(minutes))
                WHERE id = \(patient.caller.session)
                """)
        }

        /// Whether the session's last request was longer ago.
        func wasSeen(minutesAgo minutes: Int32) async throws -> Bool {
            try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
                try await tx.first(
                    """
                    SELECT clock_timestamp() - seen_at > make_interval(mins => \(minutes)) FROM consilium.session
                    WHERE id = \(patient.caller.session)
                    """)?.decode(Bool.self) ?? false
            }
        }

        /// Two gateways of one service.
        func run(
            _ more: [Endpoint] = [], _ body: @Sendable (TestGateway, TestGateway) async throws -> Void
        ) async throws {
            let (services, watching) = (test.all, Task { [watch = test.all.notifier] in try await watch.run() })
            defer { watching.cancel() }
            let wide: @Sendable (inout GatewaySettings) -> Void = {
                $0.accountRate = .init(capacity: 100_000, perSecond: 100_000)
                $0.writeTimeout = .seconds(600)
            }
            let identity = Authenticator(services.identity)
            try await TestGateway.with(services.endpoints + more, settings: wide, identity: identity) { one in
                try await TestGateway.with(services.endpoints + more, settings: wide, identity: identity) { two in
                    try await body(one, two)
                }
            }
        }

        func request(_ gateway: TestGateway, _ path: String) -> HTTPClientRequest {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(path)")
            request.headers.add(name: "Authorization", value: "Bearer \(patient.token)")
            return request
        }

        func bring(_ end: End, at gateway: TestGateway) async throws {
            let (session, account) = (patient.caller.session, patient.caller.account)
            switch end {
            case .signOut: _ = try await gateway.send(.delete, "/v1/sessions/current", as: patient)
            case .signOutEverywhere: _ = try await gateway.send(.delete, "/v1/sessions", as: patient)
            case .elsewhere:
                try await Self.owner("UPDATE consilium.session SET ended_at = now() WHERE id = \(session)")
            case .idle:
                try await Self.owner(
                    "UPDATE consilium.session SET seen_at = now() - interval '12:00:01' WHERE id = \(session)")
            case .absolute:
                try await Self.owner("UPDATE consilium.session SET expires_at = now() WHERE id = \(session)")
            case .accountClosed:
                try await Self.owner("UPDATE consilium.account SET state = 'closed' WHERE id = \(account)")
            case .partEnded:
                try await Self.owner(
                    "UPDATE consilium.case_part SET until = now() WHERE case_id = \(caseID) AND account_id = \(account)"
                )
            }
        }
    }

    @Test(
        "An idle stream says why, and ends, whatever ended its session or part, at whichever gateway",
        arguments: End.allCases)
    func streams(end: End) async throws {
        let scene = try await Scene.make()
        try await scene.run { one, two in
            let stream = try await one.open(scene.request(one, "/v1/cases/\(scene.caseID)/events"))
            #expect(stream.status == .ok)
            try await scene.bring(end, at: two)
            let text = String(buffer: try await stream.body.collect(upTo: 100_000))
            #expect(text.contains("event: problem\ndata: {\"type\":\"/problems/\(end.problem)\""), "\(text)")
            let again = try await one.open(scene.request(one, "/v1/cases/\(scene.caseID)/events"))
            #expect(again.status == (end == .partEnded ? .notFound : .unauthorized))
        }
    }

    @Test("Emergency access is stood on like a part, for its hour")
    func emergency() async throws {
        let scene = try await Scene.make()
        let reader = Seed.caller(try await Seed.account(scene.test.vault, roles: [.operator]), roles: [.operator])
        try await Scene.owner(
            """
            INSERT INTO consilium.session (id, account_id, token_digest, second_factor, idle_limit, expires_at)
            VALUES (\(reader.session), \(reader.account), \(Array(reader.session.description.utf8)), false,
                interval '12 hours', clock_timestamp() + interval '7 days')
            """)
        let held = HeldAccess(session: reader.session, case: scene.caseID)
        let sessions = scene.test.all.identity.sessions
        #expect(try await sessions.ended(of: [held]) == [held])
        try await Scene.owner(
            """
            INSERT INTO consilium.emergency_access (id, case_id, account_id, reason, since, until)
            SELECT gen_random_uuid(), \(scene.caseID), \(reader.account), 'x', t, t + interval '1 hour'
            FROM clock_timestamp() t
            """)
        #expect(try await sessions.ended(of: [held]).isEmpty)
        try await Scene.owner(
            """
            UPDATE consilium.emergency_access SET since = since - interval '1 hour', until = until - interval '1 hour'
            """)
        #expect(try await sessions.ended(of: [held]) == [held])
    }

    @Test("A clinician who merely sends records stands on their part, as long as they have it")
    func sender() async throws {
        let scene = try await Scene.make()
        let sender = try await Seed.signedIn(
            scene.test.vault, try await Seed.account(scene.test.vault, roles: [.treatingClinician]),
            roles: [.treatingClinician])
        let held = HeldAccess(session: sender.caller.session, case: scene.caseID)
        let sessions = scene.test.all.identity.sessions
        #expect(try await sessions.ended(of: [held]) == [held])
        try await Scene.owner(
            """
            INSERT INTO consilium.invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults,
                state, invited_by, accepted_by, expires_at)
            VALUES (gen_random_uuid(), \(scene.caseID), sha256('sender'), '', true, false, false, 'accepted',
                \(scene.patient.caller.account), \(sender.caller.account), clock_timestamp() + interval '7 days')
            """)
        try await Seed.part(.treatingClinician, of: sender.caller.account, in: scene.caseID)
        #expect(try await sessions.ended(of: [held]).isEmpty)
        try await Scene.owner(
            """
            UPDATE consilium.case_part SET until = now() WHERE account_id = \(sender.caller.account)
            """)
        #expect(try await sessions.ended(of: [held]) == [held])
    }

    @Test("What was begun in a session that ended meanwhile is not done")
    func slowBody() async throws {
        let scene = try await Scene.make()
        try await scene.rest(minutes: 10)
        try await scene.run { one, two in
            var request = scene.request(one, "/v1/cases")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            let (body, continuation) = AsyncStream<ByteBuffer>.makeStream()
            request.body = .stream(body, length: .unknown)
            async let answer = HTTPClient.shared.execute(request, timeout: .seconds(30))
            continuation.yield(ByteBuffer(string: #"{"patient":"\#(scene.patient.caller.account)","#))
            try await wait(for: "the request to arrive") { try await !scene.wasSeen(minutesAgo: 5) }
            try await scene.bring(.signOut, at: two)
            continuation.yield(ByteBuffer(string: #""lane":"licensed"}"#))
            continuation.finish()
            #expect(try await answer.status == .unauthorized)
        }
    }

    @Test("A download that nobody takes is cut, and an upload that goes on is refused")
    func files() async throws {
        struct Endless: AsyncSequence, AsyncIteratorProtocol, Sendable {
            typealias Element = ByteBuffer
            func makeAsyncIterator() -> Endless { self }
            mutating func next() async throws -> ByteBuffer? { ByteBuffer(repeating: 7, count: 100_000) }
        }
        let endpoints: [Endpoint] = [
            .upload(.put, "/v1/file", .ops, "Receives", returns: .ok("x", example: "x")) { bytes, _ in
                for try await _ in bytes {}
                return "all"
            },
            .download("/v1/file", .ops, "Sends", audits: .nothing(because: "it is a test")) { _ in
                Download("application/octet-stream", pieces: { _ in Endless() })
            },
        ]
        let scene = try await Scene.make()
        try await scene.run(endpoints) { one, two in
            let download = try await one.open(scene.request(one, "/v1/file"))
            var upload = scene.request(one, "/v1/file")
            upload.method = .PUT
            upload.headers.add(name: "Content-Type", value: "application/pdf")
            let (pieces, source) = AsyncStream<ByteBuffer>.makeStream()
            source.yield(ByteBuffer(string: "begun"))
            upload.body = .stream(pieces, length: .known(Int64(100)))
            async let answer = one.exchange(upload)
            try await wait(for: "http_transfers_open 2.0") {
                try await one.ops("/metrics").text.contains("http_transfers_open 2.0")
            }
            try await scene.bring(.signOut, at: two)
            let refused = try await answer
            source.finish()
            #expect(refused.status == 401 && refused.problem == "sign-in-needed")
            // Nothing more is sent once the place is free; what is on the way breaks off.
            try await wait(for: "http_transfers_open 0.0") {
                try await one.ops("/metrics").text.contains("http_transfers_open 0.0")
            }
            await #expect(throws: (any Error).self) {
                for try await _ in download.body {}
            }
        }
    }

    @Test("Opening a stream does not put off the session's idle limit, and a request does")
    func activity() async throws {
        let scene = try await Scene.make()
        try await scene.rest(minutes: 10)
        try await scene.run { one, _ in
            let stream = try await one.open(scene.request(one, "/v1/cases/\(scene.caseID)/events"))
            #expect(stream.status == .ok)
            #expect(try await scene.wasSeen(minutesAgo: 5))
            #expect(try await one.send(.get, "/v1/me", as: scene.patient).status == 200)
            #expect(try await !scene.wasSeen(minutesAgo: 5))
            withExtendedLifetime(stream) {}
        }
    }
}
