import Clinic
import FoundationEssentials
@testable import Gateway
@testable import HTTPServer
@testable import JSON
import Postgres
@testable import ServiceAPI
import TestSupport
import Vault

/// Two scenarios in one database: strangers have theirs first, with everything that one can have; then comes the one that
/// is looked at.
enum RightsMatrix {
    /// People of the strangers' scenario.
    actor Strangers {
        private(set) var requests: [PlayedRequest] = []
        private(set) var people: [RightsProbe.Actor] = []

        func note(_ request: PlayedRequest) { requests.append(request) }
        func meet(_ people: [RightsProbe.Actor]) { self.people = people }
    }

    static func asOwner(_ sql: SQL) async throws {
        try await TestDatabase.current.owner.withTransaction(as: .nobody) { _ = try await $0.execute(sql) }
    }

    /// Makes every commit of a connection that says so fail as one that lost a race: what it did is taken back, and its
    /// caller told `conflict`. Only what is counted for everybody alike stays.
    static func takeBackProbes() async throws {
        try await asOwner(
            """
            CREATE FUNCTION consilium.take_back() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF current_setting('consilium.probe', true) = 'on' THEN
                    RAISE EXCEPTION 'a probe' USING ERRCODE = 'serialization_failure';
                END IF;
                RETURN NULL;
            END $$
            """)
        try await asOwner("GRANT EXECUTE ON FUNCTION consilium.take_back() TO consilium_app")
        let tables = try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT c.relname::text FROM pg_class c
                WHERE c.relnamespace = 'consilium'::regnamespace AND c.relkind = 'r'
                    AND c.relname NOT IN ('rate_bucket', 'calendar_feed_fetch')
                """
            ).map { try $0.decode(String.self) }
        }
        for table in tables {
            try await asOwner(
                """
                CREATE CONSTRAINT TRIGGER take_back AFTER INSERT OR UPDATE OR DELETE ON consilium.\(identifier: table)
                    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consilium.take_back()
                """)
        }
    }

    /// What the probes have spent of what an address, an account or a network may do is nothing that the scenario did.
    static func forgetCounts() async throws { try await asOwner("DELETE FROM consilium.rate_bucket") }

    /// Runs a gateway of the service of which nothing stays: what it writes is taken back (`takeBackProbes`), and what it
    /// reads leaves no entry.
    static func withProbes(
        of services: TestServices, people: [TestPerson], _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        var settings = TestDatabase.current.app.settings
        settings.conninfo += " options='-c consilium.probe=on'"
        let database = Database(settings, logger: TestDatabase.current.logger)
        let probing = try await TestServices.make(vault: services.vault, database: database)
        let authenticator = services.identity(of: people)
        let identity = Authenticator(
            resolve: authenticator.resolve, locate: authenticator.locate, record: { _ in }, ended: authenticator.ended)
        try await TestGateway.with(
            probing.all.endpoints,
            settings: {
                $0.accountRate = .init(capacity: 1_000_000, perSecond: 1_000_000)
                $0.handlerDeadline = .seconds(60)
            },
            database: database, identity: identity, body)
        await database.close()
    }

    /// Lets the strangers' scenario be over: their addresses and the names of their organisations are free, their
    /// specialists take no more cases, and their tasks are off the worklist.
    static func endStrangersScenario() async throws -> [CaseID] {
        try await asOwner("UPDATE consilium.account SET email_digest = sha256(id::text::bytea)")
        try await asOwner("UPDATE consilium.specialist SET accepting = false")
        try await asOwner("UPDATE consilium.organisation SET name = id::text")
        try await asOwner("UPDATE consilium.task SET state = 'done', done_at = clock_timestamp() WHERE state = 'open'")
        return try await TestDatabase.current.owner.withTransaction(as: .nobody) { tx in
            try await tx.query("SELECT id FROM consilium.clinical_case").map { try $0.decode(CaseID.self) }
        }
    }
}
