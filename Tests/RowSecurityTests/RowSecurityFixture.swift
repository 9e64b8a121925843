import Clinic
import FoundationEssentials
import Postgres
import TestSupport

/// Somebody of the tests of row-level security, with the number that their account has in the fixture; `nobody` acts for
/// no one.
enum Person: Int, CaseIterable {
    case nobody = 0
    case patient, otherPatient, caregiver, candidate, specialist, former, sendsOnly, consults, coordinator, stranger

    var actor: Actor { self == .nobody ? .nobody : Actor(u(rawValue)) }
}

/// The id with this number in the fixture.
func u(_ number: Int) -> UUID {
    let digits = String(number)
    return UUID(uuidString: "00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits)
        ?? UUID()
}

/// Three cases in one database, in which every part there is reads and hides: 101 is blinded and under review, was
/// another specialist's before, and has a clinician who only sends records and one who consults; 102 waits for a
/// candidate's answer, another one's offer has lapsed; 103, of another patient, is delivered.
enum RowSecurityFixture {
    private actor Maker {
        private var made: [String: Task<Void, any Error>] = [:]

        func make(in database: TestDatabase, _ script: String) async throws {
            let task =
                made[database.name]
                ?? Task {
                    let settings = Database.Settings(conninfo: database.conninfo(as: "consilium_owner"))
                    try await Session.with(settings, logger: database.logger) { try await $0.run(script: script) }
                }
            made[database.name] = task
            try await task.value
        }
    }
    private static let maker = Maker()

    /// Makes the cases, once in a suite's database.
    static func made(in database: TestDatabase) async throws { try await maker.make(in: database, script) }

    /// Makes the cases once in a suite's database, and switches row-level security off there.
    static func madeWithoutPolicies(in database: TestDatabase) async throws {
        try await maker.make(in: database, script + withoutPolicies)
    }

    private static let withoutPolicies = """
        DO $$
        DECLARE
            secured regclass;
        BEGIN
            FOR secured IN SELECT oid FROM pg_class
                WHERE relnamespace = 'consilium'::regnamespace AND relrowsecurity
            LOOP
                EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', secured);
            END LOOP;
        END $$;
        """

    private static let script = #"""
        CREATE FUNCTION pg_temp.u(n int) RETURNS uuid
            LANGUAGE sql IMMUTABLE RETURN ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid;
        CREATE FUNCTION pg_temp.b(n int) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN sha256(n::text::bytea);
        BEGIN;
        INSERT INTO account (id, state, email_digest, email_key, email, jurisdiction, language, time_zone,
            confirmed_at)
        SELECT pg_temp.u(n), 'active', pg_temp.b(n), 'l1', 'x', 'US-OH', 'en', 'America/New_York', clock_timestamp()
        FROM generate_series(1, 10) n;
        INSERT INTO account_particular SELECT pg_temp.u(n), k, 'x'
            FROM generate_series(1, 10) n, unnest(ARRAY['name', 'birth', 'contact']) k;
        INSERT INTO person_key (account_id, wrapped, master_key) SELECT pg_temp.u(n), 'x', 'm1'
            FROM generate_series(1, 10) n;
        INSERT INTO password (account_id, hash) SELECT pg_temp.u(n), 'x' FROM generate_series(1, 10) n;
        INSERT INTO session (id, account_id, token_digest, second_factor, idle_limit, expires_at)
        SELECT pg_temp.u(n + 20), pg_temp.u(n), pg_temp.b(n), false, '1 hour', '2099-01-01'
            FROM generate_series(1, 10) n;
        INSERT INTO second_factor (account_id, next_secret) SELECT pg_temp.u(n), 'x' FROM generate_series(1, 10) n;
        INSERT INTO recovery_code (account_id, digest) SELECT pg_temp.u(n), 'x' FROM generate_series(1, 10) n;
        INSERT INTO request_source (id, account_id, body, used_at)
        SELECT pg_temp.u(n + 700), pg_temp.u(n), 'x', now() FROM generate_series(1, 10) n;
        INSERT INTO sign_in (id, account_id, state)
        SELECT pg_temp.u(n + 720), pg_temp.u(n), 'opened' FROM generate_series(1, 10) n;
        INSERT INTO known_device (id, account_id, token_digest, expires_at)
        SELECT pg_temp.u(n + 30), pg_temp.u(n), pg_temp.b(n), '2099-01-01' FROM generate_series(1, 10) n;
        INSERT INTO factor_recovery (id, account_id, email, state, proposed_by)
        VALUES (pg_temp.u(80), pg_temp.u(1), 'x', 'proposed', pg_temp.u(9));
        INSERT INTO mail_token (digest, account_id, purpose, expires_at)
        SELECT pg_temp.b(n), pg_temp.u(n), 'reset_password', '2099-01-01' FROM generate_series(1, 10) n;
        INSERT INTO notification_preference (account_id) SELECT pg_temp.u(n) FROM generate_series(1, 10) n;
        INSERT INTO calendar_feed (id, account_id, token_digest) SELECT pg_temp.u(n + 550), pg_temp.u(n),
            pg_temp.b(n + 550) FROM generate_series(1, 10) n;
        INSERT INTO calendar_feed_fetch SELECT pg_temp.u(n + 550), clock_timestamp() FROM generate_series(1, 10) n;
        INSERT INTO notification (id, account_id, template) SELECT pg_temp.u(n + 40), pg_temp.u(n),
            'case_submitted' FROM generate_series(1, 10) n;
        INSERT INTO delivery (notification_id, channel, state) SELECT pg_temp.u(n + 40), 'email', 'sent'
            FROM generate_series(1, 10) n;
        INSERT INTO idempotency_key (account_id, route, key, fingerprint) SELECT pg_temp.u(n), 'POST /v1/holds',
            'k', 'x' FROM generate_series(1, 10) n;
        INSERT INTO sign_in_throttle VALUES ('x', 1, clock_timestamp(), clock_timestamp());
        INSERT INTO rate_bucket VALUES ('x', 1, clock_timestamp());
        INSERT INTO organisation VALUES (pg_temp.u(60), 'Clinic', 'Columbus', 'US-OH');
        INSERT INTO specialist_proposal (id, state, email, email_digest, email_key, name, credentials, organisation_id,
            time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by)
        VALUES (pg_temp.u(85), 'proposed', 'x', sha256('one'), 'k', 'Sam', 'MD', pg_temp.u(60), 'America/New_York',
            '{207RH0003X}', '{en}', true, 10, pg_temp.u(9));
        INSERT INTO specialist_proposal (id, state, email, email_digest, email_key, token_digest, name, credentials,
            organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer, weekly_capacity, proposed_by, approved_at)
        VALUES (pg_temp.u(86), 'approved', 'x', sha256('two'), 'k', 'invited', 'Sam', 'MD', pg_temp.u(60),
            'America/New_York', '{207RH0003X}', '{en}', true, 10, pg_temp.u(9), clock_timestamp());
        INSERT INTO specialist (id, name, credentials, organisation_id, time_zone, taxonomy_codes, languages,
            peer_to_peer, weekly_capacity)
        SELECT pg_temp.u(n), 'Sam', 'MD', pg_temp.u(60), 'America/New_York', '{207RH0003X}', '{en}', true, 10
            FROM generate_series(4, 6) n;
        INSERT INTO licence SELECT pg_temp.u(n), 'US-OH', 'L-1', '2999-12-31' FROM generate_series(4, 6) n;
        INSERT INTO availability_set (id, specialist_id) SELECT pg_temp.u(n), pg_temp.u(n) FROM generate_series(4, 6) n;
        INSERT INTO availability_rule (id, specialist_id, set_id, start_date, starts, ends)
        SELECT pg_temp.u(n), pg_temp.u(n), pg_temp.u(n), '2031-01-06', '09:00', '17:00' FROM generate_series(4, 6) n;
        INSERT INTO availability_date (specialist_id, on_date, rule_id, opens, closes)
        SELECT pg_temp.u(n), '2031-01-06', pg_temp.u(n), 540, 1020 FROM generate_series(4, 6) n;
        INSERT INTO availability_horizon SELECT pg_temp.u(n), '2032-01-01' FROM generate_series(4, 6) n;
        INSERT INTO availability_override (specialist_id, on_date, mode)
        SELECT pg_temp.u(n), '2031-01-13', 'replace' FROM generate_series(4, 6) n;
        INSERT INTO time_off (id, specialist_id, during) SELECT pg_temp.u(n + 60), pg_temp.u(n),
            '[2031-01-01,2031-01-02)' FROM generate_series(4, 6) n;
        INSERT INTO clinical_case (id, patient_id, state, blinded, lane, jurisdiction, language, reason,
            specialist_id) VALUES
            (pg_temp.u(101), pg_temp.u(1), 'reviewing', true, 'licensed', 'US-OH', 'en', 'x', pg_temp.u(5)),
            (pg_temp.u(102), pg_temp.u(1), 'offered', true, 'licensed', 'US-OH', 'en', 'x', NULL),
            (pg_temp.u(103), pg_temp.u(2), 'delivered', false, 'licensed', 'US-OH', 'en', 'x', pg_temp.u(5));
        INSERT INTO case_key (case_id, wrapped, master_key) SELECT pg_temp.u(n), 'x', 'm1'
            FROM generate_series(101, 103) n;
        INSERT INTO caregiver_grant (id, patient_id, caregiver_id, kind, state, token_digest, email, expires_at)
        VALUES (pg_temp.u(70), pg_temp.u(1), pg_temp.u(3), 'grant', 'active', 'x', 'x', '2099-01-01');
        INSERT INTO invitation (id, case_id, token_digest, email, sends_records, reads_opinion, consults, state,
            invited_by, accepted_by, expires_at) VALUES
            (pg_temp.u(111), pg_temp.u(101), 'x1', 'x', true, false, false, 'accepted', pg_temp.u(1),
            pg_temp.u(7), '2099-01-01'),
            (pg_temp.u(112), pg_temp.u(101), 'x2', 'x', true, true, true, 'accepted', pg_temp.u(1), pg_temp.u(8),
            '2099-01-01');
        INSERT INTO first_read (case_id, specialist_id, body, signed_at, signature, signing_key) VALUES
            (pg_temp.u(101), pg_temp.u(6), 'x', clock_timestamp(), 'x', 'x'), (pg_temp.u(101), pg_temp.u(5), 'x',
            NULL, NULL, NULL);
        INSERT INTO blind_break (case_id, account_id, reason) VALUES (pg_temp.u(101), pg_temp.u(6), 'x');
        INSERT INTO case_part (case_id, account_id, part, until) VALUES
            (pg_temp.u(101), pg_temp.u(1), 'patient', NULL), (pg_temp.u(101), pg_temp.u(5), 'specialist', NULL),
            (pg_temp.u(101), pg_temp.u(6), 'specialist', clock_timestamp()), (pg_temp.u(101), pg_temp.u(7),
            'treating_clinician', NULL),
            (pg_temp.u(101), pg_temp.u(8), 'treating_clinician', NULL), (pg_temp.u(101), pg_temp.u(9),
            'coordinator', NULL),
            (pg_temp.u(102), pg_temp.u(1), 'patient', NULL), (pg_temp.u(102), pg_temp.u(4), 'candidate', NULL),
            (pg_temp.u(102), pg_temp.u(6), 'candidate', clock_timestamp()), (pg_temp.u(102), pg_temp.u(9),
            'coordinator', NULL),
            (pg_temp.u(103), pg_temp.u(2), 'patient', NULL), (pg_temp.u(103), pg_temp.u(5), 'specialist', NULL),
            (pg_temp.u(103), pg_temp.u(9), 'coordinator', NULL)
        ON CONFLICT DO NOTHING;
        INSERT INTO account_role SELECT pg_temp.u(n), r
            FROM (VALUES (1, 'patient'), (2, 'patient'), (3, 'caregiver'), (4, 'specialist'), (5, 'specialist'),
                (6, 'specialist'), (7, 'treating_clinician'), (8, 'treating_clinician'), (9, 'coordinator'),
                (10, 'patient')) v (n, r);
        INSERT INTO consent (id, case_id, kind, wording, given_by) VALUES
            (pg_temp.u(121), pg_temp.u(101), 'second_opinion', 'second_opinion.2026-01', pg_temp.u(1)), (pg_temp.u(122),
            pg_temp.u(101), 'peer_to_peer', 'peer_to_peer.2026-01', pg_temp.u(1)),
            (pg_temp.u(123), pg_temp.u(102), 'second_opinion', 'second_opinion.2026-01', pg_temp.u(1)), (pg_temp.u(124),
            pg_temp.u(102), 'peer_to_peer', 'peer_to_peer.2026-01', pg_temp.u(1)),
            (pg_temp.u(125), pg_temp.u(103), 'second_opinion', 'second_opinion.2026-01', pg_temp.u(2));
        INSERT INTO intake_part (id, case_id, kind, reveals_prior, body) VALUES
            (pg_temp.u(131), pg_temp.u(101), 'symptoms', false, 'x'), (pg_temp.u(132), pg_temp.u(101),
            'treatment', true, 'x'),
            (pg_temp.u(133), pg_temp.u(102), 'symptoms', false, 'x'), (pg_temp.u(134), pg_temp.u(103),
            'symptoms', false, 'x');
        INSERT INTO record (id, case_id, kind, state, reveals_prior, title, added_by) VALUES
            (pg_temp.u(201), pg_temp.u(101), 'imaging', 'received', false, 'x', pg_temp.u(1)),
            (pg_temp.u(202), pg_temp.u(101), 'referral_letter', 'received', true, 'x', pg_temp.u(1)),
            (pg_temp.u(203), pg_temp.u(101), 'clinic_note', 'received', true, 'x', pg_temp.u(7)),
            (pg_temp.u(204), pg_temp.u(102), 'imaging', 'received', false, 'x', pg_temp.u(1)),
            (pg_temp.u(205), pg_temp.u(103), 'imaging', 'received', false, 'x', pg_temp.u(2));
        INSERT INTO record_file (id, record_id, case_id, reveals_prior, state, metadata, added_by)
        SELECT pg_temp.u(n + 100), r.id, r.case_id, r.reveals_prior, 'uploading', 'x', r.added_by
            FROM generate_series(201, 205) n JOIN record r ON r.id = pg_temp.u(n);
        INSERT INTO file_chunk (file_id, ordinal, case_id, reveals_prior, starts_at, length, body)
        SELECT f.id, 0, f.case_id, f.reveals_prior, 0, 1, 'x' FROM record_file f;
        UPDATE record_file SET state = 'complete', chunks = 1, received_bytes = 1,
            completed_at = clock_timestamp() WHERE id <> pg_temp.u(301);
        INSERT INTO match (id, case_id, rules_version, input_digest, input, result, ranking) SELECT pg_temp.u(n + 300),
            pg_temp.u(n), 1, 'x', 'x', 'x', '{}' FROM generate_series(101, 103) n;
        INSERT INTO match_candidate SELECT pg_temp.u(c + 300), pg_temp.u(c), s - 3, pg_temp.u(s)
            FROM generate_series(101, 103) c, generate_series(4, 6) s
            WHERE c = 102 OR c = 101 AND s > 4 OR c = 103 AND s < 6;
        INSERT INTO offer (id, case_id, match_id, specialist_id, lane, state, expires_at, decided_at) VALUES
            (pg_temp.u(501), pg_temp.u(101), pg_temp.u(401), pg_temp.u(5), 'licensed', 'accepted', '2099-01-01',
            clock_timestamp()),
            (pg_temp.u(502), pg_temp.u(101), pg_temp.u(401), pg_temp.u(6), 'licensed', 'withdrawn', '2099-01-01',
            clock_timestamp()),
            (pg_temp.u(503), pg_temp.u(102), pg_temp.u(402), pg_temp.u(4), 'licensed', 'waiting', '2099-01-01',
            NULL),
            (pg_temp.u(504), pg_temp.u(102), pg_temp.u(402), pg_temp.u(6), 'licensed', 'lapsed', '2099-01-01',
            clock_timestamp()),
            (pg_temp.u(505), pg_temp.u(103), pg_temp.u(403), pg_temp.u(5), 'licensed', 'accepted', '2099-01-01',
            clock_timestamp());
        INSERT INTO lane_check (id, case_id, specialist_id, gate, lane, lawful, jurisdiction, licence_number,
            licence_expires_on) VALUES
            (pg_temp.u(511), pg_temp.u(101), pg_temp.u(5), 'match', 'licensed', true, 'US-OH', 'L-1', '2999-12-31'),
            (pg_temp.u(512), pg_temp.u(102), pg_temp.u(4), 'match', 'licensed', true, 'US-OH', 'L-1', '2999-12-31'),
            (pg_temp.u(513), pg_temp.u(103), pg_temp.u(5), 'match', 'licensed', true, 'US-OH', 'L-1', '2999-12-31');
        INSERT INTO hold (id, case_id, specialist_id, party_id, visit_type, visit_version, kind, state,
            starts_at, ends_at, token_digest, made_by, expires_at)
        VALUES (pg_temp.u(521), pg_temp.u(101), pg_temp.u(5), pg_temp.u(1), 'consult-45', 1, 'asked', 'active',
            '2030-01-07 15:00Z', '2030-01-07 15:45Z', 'x', pg_temp.u(1), '2030-01-07 14:00Z');
        INSERT INTO waitlist (id, case_id, specialist_id, party_id, visit_type, during, state, joined_by)
        VALUES (pg_temp.u(522), pg_temp.u(101), pg_temp.u(5), pg_temp.u(1), 'consult-45', '[2030-01-01,2030-02-01)',
            'waiting', pg_temp.u(1));
        INSERT INTO appointment (id, case_id, specialist_id, party_id, lane, visit_type, visit_version, state,
            starts_at, ends_at, booked_by) VALUES
            (pg_temp.u(531), pg_temp.u(101), pg_temp.u(5), pg_temp.u(1), 'licensed', 'consult-45', 1, 'booked',
            '2030-01-08 15:00Z', '2030-01-08 15:45Z', pg_temp.u(1)),
            (pg_temp.u(532), pg_temp.u(103), pg_temp.u(5), pg_temp.u(2), 'licensed', 'consult-45', 1, 'booked',
            '2030-01-09 15:00Z', '2030-01-09 15:45Z', pg_temp.u(2));
        INSERT INTO linked_calendar (id, specialist_id, url) SELECT pg_temp.u(n + 580), pg_temp.u(n), 'x'
            FROM generate_series(4, 6) n;
        INSERT INTO calendar_poll (calendar_id) SELECT pg_temp.u(n + 580) FROM generate_series(4, 6) n;
        INSERT INTO imported_busy SELECT pg_temp.u(n + 580), pg_temp.u(n), '[2031-01-01,2031-01-02)'
            FROM generate_series(4, 6) n;
        INSERT INTO consult_room (appointment_id, case_id, state, waiting_since, party_came_at)
        VALUES (pg_temp.u(531), pg_temp.u(101), 'waiting', clock_timestamp(), clock_timestamp());
        INSERT INTO consult_presence (session_id, appointment_id, until)
        SELECT s.id, pg_temp.u(531), '2030-01-08 15:45Z' FROM session s WHERE s.account_id = pg_temp.u(1);
        INSERT INTO opinion (case_id, specialist_id, body, blind, signed_at, signature, signing_key,
            delivered_at) VALUES
            (pg_temp.u(103), pg_temp.u(5), 'x', 'not_blinded', clock_timestamp(), 'x', 'x', clock_timestamp()),
            (pg_temp.u(101), pg_temp.u(5), 'x', 'kept', NULL, NULL, NULL, NULL);
        INSERT INTO outcome (case_id, body, recorded_by) VALUES (pg_temp.u(103), 'x', pg_temp.u(2));
        INSERT INTO outcome_code (month, diagnosis, treatment, advice_followed) VALUES ('2026-01-01',
            'confirmed', 'changed', 'yes');
        INSERT INTO task (id, case_id, kind, state, due_at) VALUES (pg_temp.u(541), pg_temp.u(101),
            'complete_case', 'open', '2030-01-01');
        DO $$
        DECLARE t record; n int;
        BEGIN
            FOR t IN SELECT * FROM thread ORDER BY case_id, kind LOOP
                UPDATE thread SET last_seq = last_seq + 1 WHERE id = t.id;
                INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior, body)
                VALUES (t.id, 1, gen_random_uuid(), t.case_id, t.kind = 'staff', 'text', pg_temp.u(9), false, 'x');
                UPDATE thread SET last_seq = last_seq + 1 WHERE id = t.id;
                INSERT INTO message (thread_id, seq, id, case_id, staff_only, kind, author_id, reveals_prior, body)
                VALUES (t.id, 2, gen_random_uuid(), t.case_id, t.kind = 'staff', 'text', pg_temp.u(9), true, 'x');
                INSERT INTO read_marker (thread_id, account_id, case_id, seq) VALUES (t.id, pg_temp.u(9), t.case_id, 2);
            END LOOP;
        END $$;
        INSERT INTO job (id, kind, payload, max_attempts) VALUES (pg_temp.u(551), 'notice', '{}', 5);
        COMMIT;
        """#
}
