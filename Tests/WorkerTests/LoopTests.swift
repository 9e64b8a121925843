import Clinic
import FoundationEssentials
import Outbox
import Postgres
import TestSupport
import Testing
import Vault

@testable import Worker

@Suite("The worker's loops", .database, .timeLimit(.minutes(5)))
struct LoopTests {
    let vault = Vault(.generate())
    let owner = TestDatabase.current.owner
    let worker = TestDatabase.current.worker

    private func hold(expires: SQL) async throws -> HoldID {
        let patient = try await Seed.account(vault)
        let specialist = try await Seed.account(vault, roles: [.specialist])
        let caseID = try await Seed.openCase(of: patient, vault, state: .accepted)
        let id = HoldID.random()
        try await owner.withTransaction(as: .nobody) { tx in
            let organisation = UUID()
            try await tx.execute(
                """
                INSERT INTO consilium.organisation (id, name, city, jurisdiction)
                VALUES (\(organisation), \("Clinic \(organisation)"), 'Columbus', 'US-OH')
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes,
                    languages, peer_to_peer, weekly_capacity)
                VALUES (\(specialist), 'Ines Okafor', 'MD', \(organisation), 'America/New_York',
                    ARRAY['207RX0202X'], ARRAY['en'], true, 5)
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
                    starts_at, ends_at, token_digest, made_by, created_at, expires_at)
                VALUES (\(id), \(caseID), \(specialist), \(patient), 'consult-30', 1, 'asked', 'active',
                    now() + interval '2 days', now() + interval '2 days 30 minutes', \(Vault.digest(secret: "\(id)", for: .hold)),
                    \(patient), now() - interval '1 hour', \(fragment: expires))
                """)
        }
        return id
    }

    private func standing(_ id: HoldID) async throws -> (state: String, busy: Int)? {
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT state::text, (SELECT count(*) FROM consilium.busy b WHERE b.hold_id = h.id)
                FROM consilium.hold h WHERE id = \(id)
                """)?.decode(String.self, Int.self)
        }
    }

    @Test("A hold lapses when its time is over, and not before")
    func lapses() async throws {
        let due = try await hold(expires: "now() - interval '1 second'")
        let early = try await hold(expires: "now() + interval '5 minutes'")
        #expect(try await HoldLapse(database: worker).run() == 1)
        #expect(try #require(try await standing(due)) == ("lapsed", 0))
        #expect(try #require(try await standing(early)) == ("active", 2))
        #expect(try await HoldLapse(database: worker).run() == 0)
    }

    @Test("What has had its time is removed, the rest stays")
    func cleans() async throws {
        let account = try await Seed.account(vault)
        let old = try Job(JobKind(rawValue: "test.old"), payload: 1)
        let new = try Job(JobKind(rawValue: "test.new"), payload: 1)
        let outbox = Outbox()
        try await owner.withTransaction(as: .nobody) { tx in
            for (key, age) in [("old", 25), ("new", 23)] {
                try await tx.execute(
                    """
                    INSERT INTO consilium.idempotency_key (account_id, route, key, fingerprint, created_at)
                    VALUES (\(account), 'POST /v1/holds', \(key), '', now() - make_interval(hours => \(age)::integer))
                    """)
                try await tx.execute(
                    """
                    INSERT INTO consilium.rate_bucket (bucket, tokens, changed_at)
                    VALUES (\(Array(key.utf8)), 1, now() - make_interval(hours => \(age)::integer))
                    """)
            }
            try await outbox.enqueue(old, in: tx)
            try await outbox.enqueue(new, in: tx)
            try await tx.execute(
                "UPDATE consilium.job SET state = 'running', lease_until = now() WHERE kind LIKE 'test%'")
            try await tx.execute(
                """
                UPDATE consilium.job SET state = 'done', lease_until = NULL,
                    finished_at = now() - CASE id WHEN \(old.id) THEN interval '8 days' ELSE interval '6 days' END
                WHERE kind LIKE 'test%'
                """)
        }
        try await Cleanup(database: worker, outbox: outbox).run()
        let left = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.query(
                """
                SELECT key FROM consilium.idempotency_key WHERE account_id = \(account) UNION ALL
                SELECT convert_from(bucket, 'UTF8') FROM consilium.rate_bucket WHERE bucket IN ('old', 'new') UNION ALL
                SELECT substr(kind, 6) FROM consilium.job WHERE kind LIKE 'test%'
                """
            ).map { try $0.decode(String.self) }
        }
        #expect(left == ["new", "new", "new"])
    }

    @Test("However much has gathered, all of it goes, in batches of bounded size")
    func cleansInBatches() async throws {
        let account = try await Seed.account(vault)
        // 2,500 whose time is over, and one whose is not.
        try await owner.withTransaction(as: .nobody) { tx in
            try await tx.execute(
                """
                INSERT INTO consilium.request_source (id, account_id, body, refused_at)
                SELECT gen_random_uuid(), \(account), '', now() - make_interval(days => CASE n WHEN 0 THEN 89 ELSE 91 END)
                FROM generate_series(0, 2500) n
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.idempotency_key (account_id, route, key, fingerprint, created_at)
                SELECT \(account), 'POST /v1/messages', n::text, '',
                    now() - make_interval(hours => CASE n WHEN 0 THEN 23 ELSE 25 END, secs => n)
                FROM generate_series(0, 2500) n
                """)
            try await tx.execute(
                """
                INSERT INTO consilium.rate_bucket (bucket, tokens, changed_at)
                SELECT convert_to('batch ' || n, 'UTF8'), 1, now() - make_interval(hours => CASE n WHEN 0 THEN 23 ELSE 25 END)
                FROM generate_series(0, 2500) n
                """)
        }
        let first = try await worker.withTransaction(as: .nobody) { tx in
            try await tx.first("SELECT consilium.delete_expired_identity(100)")?.decode(Int.self)
        }
        #expect(first == 100)
        try await Cleanup(database: worker, outbox: Outbox()).run()
        let left = try await owner.withTransaction(as: .nobody) { tx in
            try await tx.first(
                """
                SELECT (SELECT count(*) FROM consilium.request_source WHERE account_id = \(account)),
                    (SELECT count(*) FROM consilium.idempotency_key WHERE account_id = \(account)),
                    (SELECT count(*) FROM consilium.rate_bucket WHERE starts_with(convert_from(bucket, 'UTF8'), 'batch'))
                """)?.decode(Int.self, Int.self, Int.self)
        }
        #expect(try #require(left) == (1, 1, 1))
    }
}
