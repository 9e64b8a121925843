-- How somebody is shut out or forgotten: accounts closed, roles taken back, persons erased; and how a lost second factor
-- is replaced.

-- A transaction that ends somebody's access moves other people's cases along, which no part of theirs could: the guards
-- of the state machines let it (guard_transition). Written by the functions below alone, each of which empties it again.
CREATE UNLOGGED TABLE consilium.ending_access (xact xid8 PRIMARY KEY DEFAULT pg_current_xact_id());
SELECT consilium.wall('consilium.ending_access');

CREATE FUNCTION consilium.is_ending_access() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ending_access e WHERE e.xact = pg_current_xact_id_if_assigned());
END
$$;
GRANT EXECUTE ON FUNCTION consilium.is_ending_access() TO consilium_app, consilium_worker;

-- Whether the session may end somebody else's access: an operator, or the owner's commands.
CREATE FUNCTION consilium.ends_access() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT session_user = 'consilium_owner' OR has_role('operator')
$$;

-- The cases that stand or fall with a person: their own that are not over, and those in which they sit.
CREATE FUNCTION consilium.cases_of(the_person uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT c.id FROM clinical_case c WHERE c.patient_id = the_person AND c.state NOT IN ('closed', 'withdrawn', 'unable')
    UNION
    SELECT p.case_id FROM case_part p WHERE p.account_id = the_person AND p.until IS NULL
        AND p.part IN ('candidate', 'specialist', 'colleague', 'treating_clinician')
$$;

-- Whose calendars a change of these cases gives time back to.
CREATE FUNCTION consilium.calendars_of(cases uuid[], OUT parties uuid[], OUT specialists uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    WITH meeting AS (
        SELECT h.party_id, h.specialist_id || h.colleagues AS sitting FROM hold h
        WHERE h.case_id = ANY (cases) AND h.state = 'active'
        UNION ALL
        SELECT a.party_id, a.specialist_id || a.colleagues FROM appointment a
        WHERE a.case_id = ANY (cases) AND a.state IN ('booked', 'checked_in'))
    SELECT
        ARRAY(SELECT c.patient_id FROM clinical_case c WHERE c.id = ANY (cases)
            UNION SELECT p.account_id FROM case_part p
                WHERE p.case_id = ANY (cases) AND p.part = 'treating_clinician' AND p.until IS NULL
            UNION SELECT m.party_id FROM meeting m),
        ARRAY(SELECT c.specialist_id FROM clinical_case c WHERE c.id = ANY (cases) AND c.specialist_id IS NOT NULL
            UNION SELECT unnest(m.sitting) FROM meeting m)
$$;

-- Gives back what a person's consults, holds and offers take, and moves their cases on: a patient's are withdrawn, a
-- specialist's go back to `ready` with a task for the coordinators; what was delivered stays, and loses its consults. An
-- offer that waits for them runs out at once, and the worker asks the next of the menu. Returns whom to tell of what.
CREATE FUNCTION consilium.release_person(the_person uuid, roles text[])
RETURNS TABLE (told text, subject_id uuid, person_id uuid)
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
    -- All calendars of all these cases, in the house's order; then the look again, for whoever came between.
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
        -- Without hours nothing of theirs can be booked, whoever asks; the index of free time follows the version.
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

-- The cases in which somebody treats the patient, locked before their part ends in each: what they were to bring is asked for
-- again (miss_clinician), and a case is locked before what hangs on it.
CREATE FUNCTION consilium.lock_cases_of_clinician(the_account uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM clinical_case c WHERE c.id IN (SELECT p.case_id FROM case_part p
        WHERE p.account_id = the_account AND p.part = 'treating_clinician' AND p.until IS NULL)
        ORDER BY c.id FOR NO KEY UPDATE;
END
$$;

-- Closes an account, by its owner, an operator, or the owner's command: everything that lets its owner in, or others in
-- its name, ends in this transaction. No row where there is no such active account. The second column names a template.
CREATE FUNCTION consilium.close_account(the_account uuid)
RETURNS TABLE (told text, subject_id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF the_account IS DISTINCT FROM actor() AND NOT ends_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'close_account';
    END IF;
    PERFORM FROM account a WHERE a.id = the_account AND a.state = 'active' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO ending_access DEFAULT VALUES;
    -- Before what stood on them: whoever approves, or accepts, holds the roles first too (hold_role).
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

-- What an account can be entered by, or read by without entering it.
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

-- Takes a role back, by an operator or the owner's command: the parts that stood on it end, every session, and what the account
-- has invited or proposed and nobody accepted. No row where the account does not have it. A patient stays the patient of their cases for as long as the account is there.
CREATE FUNCTION consilium.take_role(the_account uuid, the_role text)
RETURNS TABLE (told text, subject_id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT ends_access() THEN
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

-- Forgets a person whose account is closed: the key under which name, address, contact, secrets and the traces of sign-ins
-- are sealed, and the digest by which the address was found. What is kept: the id, the audit log, and the cases, which
-- are sealed by keys of their own. False where there is no such closed account, or nothing is left of it.
CREATE FUNCTION consilium.erase_person(the_account uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF the_account IS DISTINCT FROM actor() AND NOT ends_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'erase_person';
    END IF;
    IF NOT EXISTS (SELECT FROM account a WHERE a.id = the_account AND a.state = 'closed') THEN
        RETURN false;
    END IF;
    UPDATE person_key k SET wrapped = NULL, destroyed_at = clock_timestamp()
    WHERE k.account_id = the_account AND k.wrapped IS NOT NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- The address as others wrote it, sealed by keys of theirs.
    UPDATE caregiver_grant g SET email = '' WHERE g.caregiver_id = the_account;
    UPDATE invitation i SET email = '' WHERE i.accepted_by = the_account;
    DELETE FROM specialist_proposal p WHERE p.joined_by = the_account;
    DELETE FROM mail_token t WHERE t.account_id = the_account;
    DELETE FROM notification_preference p WHERE p.account_id = the_account;
    DELETE FROM account_particular p WHERE p.account_id = the_account;
    UPDATE account a SET email = '', version = a.version + 1, email_key = NULL,
        email_digest = sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    WHERE a.id = the_account;
    RETURN true;
END
$$;

-- What an operator is told of the account that confirmed an address; no row without one.
CREATE FUNCTION consilium.find_account(digests bytea[])
RETURNS TABLE (account_id uuid, roles text[], second_factor boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NOT ends_access() THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'find_account';
    END IF;
    RETURN QUERY
        SELECT a.id, ARRAY(SELECT r.role::text FROM account_role r WHERE r.account_id = a.id ORDER BY r.role),
            EXISTS (SELECT FROM second_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL)
        FROM account a WHERE a.email_digest = ANY (digests) AND a.state = 'active';
END
$$;
GRANT EXECUTE ON FUNCTION consilium.close_account(uuid), consilium.take_role(uuid, text),
    consilium.erase_person(uuid), consilium.find_account(bytea[]) TO consilium_app;

-- A lost second factor ---------------------------------------------------------------------------------------------

-- One operator proposes, another approves; then a code that works once goes to the confirmed address.
CREATE TABLE consilium.factor_recovery (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    -- Where the code will be mailed to, sealed by the house key: operators cannot read the account's own. Forgotten once
    -- it is decided, so that nothing of an erased person is left here.
    email bytea,
    state consilium.word NOT NULL CHECK (state IN ('proposed', 'approved', 'withdrawn')),
    proposed_by uuid NOT NULL REFERENCES consilium.account,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '24 hours',
    decided_by uuid REFERENCES consilium.account,
    decided_at timestamptz,
    CONSTRAINT factor_recovery_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT factor_recovery_forgets_address CHECK ((state = 'proposed') = (email IS NOT NULL)),
    -- Two operators, neither of them the one whose factor was lost.
    CONSTRAINT factor_recovery_four_eyes CHECK (proposed_by <> account_id
        AND (state <> 'approved' OR decided_by IS NOT NULL AND decided_by <> proposed_by AND decided_by <> account_id))
);
CREATE UNIQUE INDEX factor_recovery_open ON consilium.factor_recovery (account_id) WHERE state = 'proposed';
CREATE INDEX factor_recovery_decided ON consilium.factor_recovery (decided_at);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('factor_recovery', 'proposed', 'approved'), ('factor_recovery', 'proposed', 'withdrawn');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.factor_recovery
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('factor_recovery');
SELECT consilium.wall('consilium.factor_recovery');
SELECT consilium.audited('consilium.factor_recovery', 'account', 'account_id', 'id');
GRANT SELECT ON consilium.factor_recovery TO consilium_app;
CREATE POLICY app_select_operator ON consilium.factor_recovery FOR SELECT TO consilium_app
    USING ((SELECT consilium.has_role('operator')) OR account_id = (SELECT consilium.actor()));

-- Proposes to replace the second factor of the account that confirmed an address. NULL where there is none with one, or
-- a proposal waits already.
CREATE FUNCTION consilium.propose_factor_recovery(the_recovery uuid, digests bytea[], sealed_email bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    owner uuid;
BEGIN
    IF NOT has_role('operator') THEN
        RAISE EXCEPTION 'not an operator' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'propose_factor_recovery';
    END IF;
    SELECT a.id INTO owner FROM account a JOIN second_factor f ON f.account_id = a.id
    WHERE a.email_digest = ANY (digests) AND a.state = 'active' AND f.confirmed_at IS NOT NULL AND a.id <> actor();
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp()
    WHERE r.account_id = owner AND r.state = 'proposed' AND r.expires_at <= clock_timestamp();
    INSERT INTO factor_recovery (id, account_id, email, state, proposed_by)
    SELECT the_recovery, owner, sealed_email, 'proposed', actor() WHERE owner IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN owner END;
END
$$;

-- Approves a proposal of another operator: the code counts for a day, and every session of the account ends. Returns the
-- account's language; NULL where there is no such proposal for this operator to approve.
CREATE FUNCTION consilium.approve_factor_recovery(the_recovery uuid, code_digest bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    recovery factor_recovery;
BEGIN
    IF NOT has_role('operator') THEN
        RAISE EXCEPTION 'not an operator' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'approve_factor_recovery';
    END IF;
    UPDATE factor_recovery r SET state = 'approved', email = NULL, decided_by = actor(), decided_at = clock_timestamp()
    WHERE r.id = the_recovery AND r.state = 'proposed' AND r.expires_at > clock_timestamp()
        AND actor() NOT IN (r.proposed_by, r.account_id)
        AND EXISTS (SELECT FROM account_role o WHERE o.account_id = r.proposed_by AND o.role = 'operator')
        AND EXISTS (SELECT FROM account a WHERE a.id = r.account_id AND a.state = 'active')
    RETURNING * INTO recovery;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO recovery_code (account_id, digest, expires_at)
    VALUES (recovery.account_id, code_digest, clock_timestamp() + interval '24 hours');
    PERFORM end_sessions(recovery.account_id, NULL);
    RETURN (SELECT a.language FROM account a WHERE a.id = recovery.account_id);
END
$$;

-- Takes a proposal back: any operator, or the one whose factor it is about.
CREATE FUNCTION consilium.withdraw_factor_recovery(the_recovery uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_by = actor(), decided_at = clock_timestamp()
    WHERE r.id = the_recovery AND r.state = 'proposed' AND (has_role('operator') OR r.account_id = actor());
    RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.propose_factor_recovery(uuid, bytea[], bytea),
    consilium.approve_factor_recovery(uuid, bytea), consilium.withdraw_factor_recovery(uuid) TO consilium_app;
