-- What the gateways share: kept replies (P3) and rate buckets (P11); and what ends an account, which reaches into every file
-- before.

-- A part in a case as it was at the end of a write: a kept reply is given again only to who still has the same rights.
CREATE TYPE consilium.reply_part AS (
    case_id uuid, part consilium.word, reads_case boolean, sees_prior boolean, reads_opinion boolean
);

CREATE TABLE consilium.idempotency_key (
    account_id uuid NOT NULL REFERENCES consilium.account,
    route text NOT NULL CONSTRAINT idempotency_key_route_length CHECK (length(route) <= 200),
    key text NOT NULL CONSTRAINT idempotency_key_key_length CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL,
    status smallint CONSTRAINT idempotency_key_keeps_success_only CHECK (status BETWEEN 200 AND 299),
    reply bytea,
    parts consilium.reply_part[] NOT NULL DEFAULT '{}',
    patients uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, route, key)
);
COMMENT ON TABLE consilium.idempotency_key IS 'The replies that are given again when a write is retried (P3), for 24 hours.';
COMMENT ON COLUMN consilium.idempotency_key.route IS 'The method and template of the route, as "POST /v1/holds".';
COMMENT ON COLUMN consilium.idempotency_key.key IS 'HMAC of the caller''s key.';
COMMENT ON COLUMN consilium.idempotency_key.fingerprint IS 'HMAC of method, path, query and body.';
COMMENT ON COLUMN consilium.idempotency_key.status IS 'NULL only inside the transaction that does the work.';
COMMENT ON COLUMN consilium.idempotency_key.reply IS
    'Headers and body of the reply, and the audit entries that giving it again leaves, sealed by the service key.';
COMMENT ON COLUMN consilium.idempotency_key.parts IS
    'The caller''s parts in the cases that the write touched, at its end: the reply is given again only to who still has as '
    'much.';
COMMENT ON COLUMN consilium.idempotency_key.patients IS 'The patients for whom the caller acted.';
CREATE INDEX idempotency_key_age ON consilium.idempotency_key (created_at);
SELECT consilium.enable_row_security('consilium.idempotency_key');
GRANT SELECT, INSERT, DELETE, UPDATE (status, reply, parts, patients) ON consilium.idempotency_key TO consilium_app;
CREATE POLICY app_all_own ON consilium.idempotency_key TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
GRANT SELECT (created_at), DELETE ON consilium.idempotency_key TO consilium_worker;
CREATE POLICY worker_all ON consilium.idempotency_key TO consilium_worker USING (true);

CREATE UNLOGGED TABLE consilium.rate_bucket (
    bucket bytea PRIMARY KEY,
    tokens double precision NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON TABLE consilium.rate_bucket IS 'Token buckets, shared by all gateways. Losing them in a crash only forgives.';
COMMENT ON COLUMN consilium.rate_bucket.bucket IS 'HMAC of what is limited.';
SELECT consilium.enable_row_security('consilium.rate_bucket');
GRANT SELECT, DELETE ON consilium.rate_bucket TO consilium_worker;
CREATE POLICY worker_all ON consilium.rate_bucket TO consilium_worker USING (true);

-- Takes up to so many tokens from a bucket that refills at a steady rate; returns how many it got, and after how
-- many seconds there will be one when it got none.
CREATE FUNCTION consilium.rate_take(
    the_bucket bytea, wanted integer, capacity integer, per_second double precision,
    OUT granted integer, OUT retry_after double precision
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    available double precision;
BEGIN
    INSERT INTO rate_bucket AS b (bucket, tokens, changed_at)
    VALUES (the_bucket, capacity, clock_timestamp()) ON CONFLICT DO NOTHING;
    SELECT least(capacity, b.tokens + per_second * extract(epoch FROM clock_timestamp() - b.changed_at))
    INTO available FROM rate_bucket b WHERE b.bucket = the_bucket FOR UPDATE;
    granted := least(wanted, floor(available)::integer);
    retry_after := CASE WHEN granted > 0 THEN 0 ELSE (1 - available) / per_second END;
    UPDATE rate_bucket b SET tokens = available - granted, changed_at = clock_timestamp()
    WHERE b.bucket = the_bucket;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.rate_take(bytea, integer, integer, double precision) TO consilium_app;

-- Whether a standby has every commit before it is acknowledged. pg_stat_replication hides that from whoever is no member of
-- pg_read_all_stats; the owner is one, and this function returns nothing else of it.
CREATE FUNCTION consilium.has_synchronous_standby() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
RETURN EXISTS (SELECT FROM pg_catalog.pg_stat_replication r WHERE r.sync_state IN ('sync', 'quorum'));
GRANT EXECUTE ON FUNCTION consilium.has_synchronous_standby() TO consilium_app;

-- Ending an account ---------------------------------------------------------------------------------------------------

-- Ends a person's consults, holds and offers, and moves their cases: a patient's are withdrawn, a specialist's go back to
-- `ready` with a task for the coordinators; delivered cases stay, and lose their consults. An offer that waits for them expires
-- at once, and the worker asks the next candidate. Returns whom to tell of what.
CREATE FUNCTION consilium.release_person(the_person uuid, roles text[])
RETURNS TABLE (notice text, subject_id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
DECLARE
    cases uuid[];
    locked record;
    found record;
    one uuid;
    state_now text;
BEGIN
    IF NOT is_ending_access() THEN
        RAISE EXCEPTION 'not by itself' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'release_person';
    END IF;
    -- All calendars of all these cases, in the order of all that lock calendars; then look again, for whoever came between.
    SELECT array_agg(c ORDER BY c) INTO cases FROM cases_of(the_person) c;
    SELECT * INTO locked FROM calendars_of(cases);
    PERFORM FROM calendar c WHERE c.person_id = ANY (locked.parties) ORDER BY c.person_id FOR NO KEY UPDATE;
    PERFORM FROM calendar c WHERE c.person_id = ANY (locked.specialists || the_person)
        ORDER BY c.person_id FOR NO KEY UPDATE;
    SELECT array_agg(c ORDER BY c) INTO cases FROM cases_of(the_person) c;
    SELECT * INTO found FROM calendars_of(cases);
    IF NOT (locked.parties @> found.parties AND locked.specialists || the_person @> found.specialists) THEN
        RAISE EXCEPTION 'booked meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    cases := coalesce(cases, '{}');

    IF 'specialist' = ANY (roles) THEN
        UPDATE offer o SET expires_at = clock_timestamp() WHERE o.specialist_id = the_person AND o.state = 'waiting';
        FOR one, state_now IN
            SELECT c.id, c.state FROM clinical_case c
            WHERE c.id = ANY (cases) AND c.specialist_id = the_person ORDER BY c.id
        LOOP
            RETURN QUERY
                SELECT 'appointment_cancelled', a.id, person
                FROM appointment a, unnest(consult_people(a)) person
                WHERE a.case_id = one AND a.state IN ('booked', 'checked_in')
                    AND (a.specialist_id = the_person OR state_now IN ('accepted', 'reviewing'));
            IF state_now IN ('accepted', 'reviewing') THEN
                RETURN QUERY
                    SELECT 'case_reassigned', one, p.account_id FROM case_part p
                    WHERE p.case_id = one AND p.until IS NULL AND p.account_id <> the_person
                        AND p.part IN ('patient', 'caregiver', 'colleague');
                PERFORM release_case(one);
                UPDATE case_part p SET until = clock_timestamp()
                WHERE p.case_id = one AND p.part IN ('specialist', 'colleague') AND p.until IS NULL;
                UPDATE clinical_case c SET state = 'ready', specialist_id = NULL, version = c.version + 1 WHERE c.id = one;
                INSERT INTO task (id, case_id, kind, state, due_at)
                VALUES (gen_random_uuid(), one, 'rescue_menu', 'open', clock_timestamp() + interval '1 day')
                ON CONFLICT DO NOTHING;
            ELSE
                INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
                SELECT gen_random_uuid(), one, a.id, 'rebook_consult', 'open', clock_timestamp() + interval '4 hours'
                FROM appointment a WHERE a.case_id = one AND a.specialist_id = the_person
                    AND a.state IN ('booked', 'checked_in')
                ON CONFLICT DO NOTHING;
                UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
                    sequence = a.sequence + 1, version = a.version + 1
                WHERE a.case_id = one AND a.specialist_id = the_person AND a.state IN ('booked', 'checked_in');
            END IF;
        END LOOP;
        FOR one IN
            SELECT p.case_id FROM case_part p WHERE p.account_id = the_person AND p.part = 'colleague' AND p.until IS NULL
            ORDER BY p.case_id
        LOOP
            INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
            SELECT gen_random_uuid(), one, a.id, 'rebook_consult', 'open', clock_timestamp() + interval '4 hours'
            FROM appointment a WHERE a.case_id = one AND a.specialist_id = the_person
                AND a.state IN ('booked', 'checked_in')
            ON CONFLICT DO NOTHING;
            RETURN QUERY
                SELECT CASE r.state WHEN 'cancelled' THEN 'appointment_cancelled' ELSE 'panel_changed' END,
                    r.appointment_id, r.person_id
                FROM release_colleagues(one, the_person) r;
        END LOOP;
        PERFORM end_holds(the_person, tstzrange(clock_timestamp(), NULL));
        UPDATE waitlist w SET state = 'ended', ended_at = clock_timestamp()
        WHERE w.specialist_id = the_person AND w.state = 'waiting';
        -- Without hours nothing of the specialist can be booked; the index of free time follows the version.
        DELETE FROM availability_set s WHERE s.specialist_id = the_person;
        DELETE FROM availability_override o WHERE o.specialist_id = the_person;
        DELETE FROM linked_calendar l WHERE l.specialist_id = the_person;
        UPDATE specialist s SET accepting = false, availability_version = s.availability_version + 1,
            version = s.version + 1
        WHERE s.id = the_person;
    END IF;

    IF 'treating_clinician' = ANY (roles) THEN
        INSERT INTO task (id, case_id, subject_id, kind, state, due_at)
        SELECT gen_random_uuid(), a.case_id, a.id, 'rebook_consult', 'open', clock_timestamp() + interval '4 hours'
        FROM appointment a JOIN clinical_case c ON c.id = a.case_id AND c.patient_id <> the_person
        WHERE a.case_id = ANY (cases) AND a.party_id = the_person AND a.state IN ('booked', 'checked_in')
        ON CONFLICT DO NOTHING;
        RETURN QUERY
            SELECT 'appointment_cancelled', a.id, person
            FROM appointment a JOIN clinical_case c ON c.id = a.case_id AND c.patient_id <> the_person,
                unnest(consult_people(a)) person
            WHERE a.case_id = ANY (cases) AND a.party_id = the_person AND a.state IN ('booked', 'checked_in');
        UPDATE hold h SET state = 'lapsed'
        WHERE h.case_id = ANY (cases) AND h.party_id = the_person AND h.state = 'active';
        UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
            sequence = a.sequence + 1, version = a.version + 1
        FROM clinical_case c
        WHERE c.id = a.case_id AND c.patient_id <> the_person AND a.case_id = ANY (cases)
            AND a.party_id = the_person AND a.state IN ('booked', 'checked_in');
    END IF;

    IF 'patient' = ANY (roles) THEN
        FOR one, state_now IN
            SELECT c.id, c.state FROM clinical_case c WHERE c.id = ANY (cases) AND c.patient_id = the_person ORDER BY c.id
        LOOP
            RETURN QUERY
                SELECT 'appointment_cancelled', a.id, person
                FROM appointment a, unnest(consult_people(a)) person
                WHERE a.case_id = one AND a.state IN ('booked', 'checked_in');
            IF state_now IN ('opined', 'delivered', 'follow_up') THEN
                UPDATE hold h SET state = 'lapsed' WHERE h.case_id = one AND h.state = 'active';
                UPDATE appointment a SET state = 'cancelled', ended_at = clock_timestamp(), ended_by = actor(),
                    sequence = a.sequence + 1, version = a.version + 1
                WHERE a.case_id = one AND a.state IN ('booked', 'checked_in');
                UPDATE waitlist w SET state = 'ended', ended_at = clock_timestamp()
                WHERE w.case_id = one AND w.state = 'waiting';
            ELSE
                RETURN QUERY
                    SELECT 'case_ended', one, p.account_id FROM case_part p
                    WHERE p.case_id = one AND p.until IS NULL AND p.account_id <> the_person
                        AND p.part NOT IN ('candidate', 'patient');
                PERFORM release_case(one);
                UPDATE clinical_case c SET state = 'withdrawn', ended_at = clock_timestamp(), version = c.version + 1
                WHERE c.id = one;
                UPDATE case_part p SET until = clock_timestamp()
                WHERE p.case_id = one AND p.until IS NULL
                    AND p.part IN ('candidate', 'specialist', 'colleague', 'treating_clinician');
            END IF;
        END LOOP;
    END IF;
END
$$;

-- Ends what lets somebody into an account besides its password and its second factor: sessions, the devices that it knows,
-- feeds of its calendar, links in mails; and the invitations that it sent. For who acts as the account, and for operators'
-- commands.
CREATE FUNCTION consilium.end_access(the_account uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM consilium.end_sessions(the_account, NULL);
    PERFORM consilium.end_invitations(the_account);
    DELETE FROM consilium.known_device WHERE account_id = the_account;
    DELETE FROM consilium.calendar_feed WHERE account_id = the_account;
    UPDATE consilium.mail_token SET used_at = clock_timestamp() WHERE account_id = the_account AND used_at IS NULL;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.end_access(uuid) TO consilium_app;

-- Removes everything that lets somebody into an account, or read of it without signing in.
CREATE FUNCTION consilium.end_credentials(the_account uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM end_access(the_account);
    DELETE FROM recovery_code c WHERE c.account_id = the_account;
    DELETE FROM second_factor f WHERE f.account_id = the_account;
    DELETE FROM password p WHERE p.account_id = the_account;
    DELETE FROM idempotency_key k WHERE k.account_id = the_account;
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp()
    WHERE r.account_id = the_account AND r.state = 'proposed';
END
$$;

-- Closes an account, by its owner, an operator, or the owner's command: everything that lets its owner in, or others in
-- its name, ends in this transaction. No row where there is no such active account. The second column names a template.
CREATE FUNCTION consilium.close_account(the_account uuid)
RETURNS TABLE (notice text, subject_id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF the_account IS DISTINCT FROM actor() AND NOT may_end_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'close_account';
    END IF;
    PERFORM FROM account a WHERE a.id = the_account AND a.state = 'active' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO ending_access DEFAULT VALUES;
    -- Before what depends on the roles: who approves, or accepts, locks the roles first too (lock_role).
    DELETE FROM account_role r WHERE r.account_id = the_account;
    PERFORM end_invitations(the_account);
    RETURN QUERY SELECT * FROM release_person(the_account, '{specialist,treating_clinician,patient}');
    PERFORM lock_cases_of_clinician(the_account);
    UPDATE caregiver_grant g SET state = 'ended', ended_at = clock_timestamp()
    WHERE the_account IN (g.patient_id, g.caregiver_id) AND g.state <> 'ended';
    UPDATE case_part p SET until = clock_timestamp() WHERE p.account_id = the_account AND p.until IS NULL;
    PERFORM end_credentials(the_account);
    UPDATE account a SET state = 'closed', version = a.version + 1 WHERE a.id = the_account;
    DELETE FROM ending_access e WHERE e.xact = pg_current_xact_id();
    RETURN QUERY SELECT 'account_closed', the_account, the_account;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.close_account(uuid) TO consilium_app;

-- Takes a role back, by an operator or the owner's command: ends the parts that depend on it, every session, and what the
-- account has invited or proposed and nobody accepted. No row where the account does not have it. A patient stays the patient
-- of their cases for as long as the account is there.
CREATE FUNCTION consilium.take_role(the_account uuid, the_role text)
RETURNS TABLE (notice text, subject_id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT may_end_access() THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'take_role';
    END IF;
    IF NOT EXISTS (SELECT FROM account_role r
        WHERE r.account_id = the_account AND r.role = the_role AND r.role <> 'patient') THEN
        RETURN;
    END IF;
    PERFORM end_sessions(the_account, NULL);
    DELETE FROM account_role r WHERE r.account_id = the_account AND r.role = the_role AND r.role <> 'patient';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO ending_access DEFAULT VALUES;
    PERFORM end_invitations(the_account);
    RETURN QUERY SELECT * FROM release_person(the_account, ARRAY[the_role]);
    PERFORM lock_cases_of_clinician(the_account);
    IF the_role = 'caregiver' THEN
        UPDATE caregiver_grant g SET state = 'ended', ended_at = clock_timestamp()
        WHERE g.caregiver_id = the_account AND g.state <> 'ended';
    END IF;
    UPDATE case_part p SET until = clock_timestamp()
    WHERE p.account_id = the_account AND p.until IS NULL AND CASE the_role
        WHEN 'specialist' THEN p.part IN ('candidate', 'specialist', 'colleague') ELSE p.part = the_role END;
    DELETE FROM ending_access e WHERE e.xact = pg_current_xact_id();
    RETURN QUERY SELECT 'role_taken', the_account, the_account;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.take_role(uuid, text) TO consilium_app;

-- Forgets what is over: claims that nobody confirmed within a week, devices that were away too long, a month after their end
-- sessions, mail tokens, sign-ins, throttles, proposals of specialists and of recoveries, and after 90 days from where only
-- refused sign-ins came. Proposals that are too old are withdrawn, and their addresses forgotten, at once; their ends stay in
-- the audit log. At most `batch` rows of each. Returns how many rows there were; if at least `batch`, there may be more.
CREATE FUNCTION consilium.delete_expired_identity(batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    stale uuid[];
    gone integer;
    total integer := 0;
BEGIN
    SELECT coalesce(array_agg(a.id), '{}') INTO stale FROM (
        SELECT id FROM account WHERE state = 'unconfirmed' AND created_at < clock_timestamp() - interval '7 days'
        ORDER BY id LIMIT batch FOR UPDATE SKIP LOCKED) a;
    DELETE FROM mail_token WHERE account_id = ANY (stale);
    DELETE FROM account_role WHERE account_id = ANY (stale);
    DELETE FROM calendar WHERE person_id = ANY (stale);
    DELETE FROM account_particular WHERE account_id = ANY (stale);
    DELETE FROM person_key WHERE account_id = ANY (stale);
    DELETE FROM account WHERE id = ANY (stale);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM session WHERE id IN (
        SELECT s.id FROM session s
        WHERE least(s.expires_at, coalesce(s.ended_at, s.expires_at)) < clock_timestamp() - interval '30 days'
        LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM mail_token WHERE digest IN (
        SELECT t.digest FROM mail_token t WHERE t.expires_at < clock_timestamp() - interval '30 days'
        LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    -- now() is stable, so that the index scan stops at what is old.
    DELETE FROM sign_in WHERE id IN (
        SELECT s.id FROM sign_in s WHERE s.at < now() - interval '30 days'
        ORDER BY s.at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM request_source WHERE id IN (
        SELECT r.id FROM request_source r WHERE r.used_at IS NULL AND r.refused_at < now() - interval '90 days'
        ORDER BY r.refused_at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM known_device WHERE id IN (
        SELECT d.id FROM known_device d WHERE d.expires_at < clock_timestamp() LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM sign_in_throttle WHERE subject IN (
        SELECT t.subject FROM sign_in_throttle t WHERE t.last_failure_at < clock_timestamp() - interval '30 days'
        LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    UPDATE specialist_proposal SET state = 'withdrawn' WHERE id IN (
        SELECT p.id FROM specialist_proposal p
        WHERE p.state IN ('proposed', 'approved') AND p.expires_at <= now()
        ORDER BY p.expires_at LIMIT batch FOR NO KEY UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM specialist_proposal WHERE id IN (
        SELECT p.id FROM specialist_proposal p WHERE p.ended_at < now() - interval '30 days'
        ORDER BY p.ended_at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    UPDATE factor_recovery SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp() WHERE id IN (
        SELECT r.id FROM factor_recovery r WHERE r.state = 'proposed' AND r.expires_at <= now()
        ORDER BY r.expires_at LIMIT batch FOR NO KEY UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
    DELETE FROM factor_recovery WHERE id IN (
        SELECT r.id FROM factor_recovery r WHERE r.decided_at < now() - interval '30 days'
        ORDER BY r.decided_at LIMIT batch FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN total + gone;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.delete_expired_identity(integer) TO consilium_worker;
