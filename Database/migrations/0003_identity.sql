-- People: accounts, keys of persons, sign-in, sessions, roles, caregivers.

CREATE TABLE consilium.account (
    id uuid PRIMARY KEY,
    state consilium.word NOT NULL CHECK (state IN ('unconfirmed', 'active', 'closed')),
    -- HMAC of the normalised address by the look-up key named beside it: what sign-in looks up. Of who was erased it is
    -- random, and by no key.
    email_digest bytea NOT NULL CHECK (octet_length(email_digest) = 32),
    email_key text,
    -- The address, sealed by the person key.
    email bytea NOT NULL,
    -- Plain, for licence lanes, templates and wall times.
    jurisdiction consilium.jurisdiction NOT NULL,
    language consilium.language_tag NOT NULL,
    time_zone consilium.zone NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    CHECK ((state = 'unconfirmed') = (confirmed_at IS NULL)),
    CONSTRAINT account_email_has_key CHECK ((email = '') = (email_key IS NULL))
);
-- An address belongs to whoever confirms it first, until the account is closed. Until then anybody may have claimed it, so that a stranger's claim
-- neither blocks the owner nor becomes her account.
CREATE UNIQUE INDEX account_email ON consilium.account (email_digest) WHERE state = 'active';
CREATE INDEX account_claim ON consilium.account (email_digest, id) WHERE state = 'unconfirmed';
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('account', 'unconfirmed', 'active'), ('account', 'active', 'closed'), ('account', 'unconfirmed', 'closed');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.account
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('account');

-- What a person told of themselves, each kind sealed by the person key apart from the others, because others may read them: who
-- takes part in a case its people's names, who reads it its patient's birth date and sex, a coordinator of it their contact.
CREATE TABLE consilium.account_particular (
    account_id uuid NOT NULL REFERENCES consilium.account,
    kind consilium.word NOT NULL CHECK (kind IN ('name', 'birth', 'contact')),
    sealed bytea NOT NULL,
    PRIMARY KEY (account_id, kind)
);

-- The data key of a person, wrapped by the master key named beside it; NULL once it was destroyed.
CREATE TABLE consilium.person_key (
    account_id uuid PRIMARY KEY,
    wrapped bytea,
    master_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE INDEX person_key_master ON consilium.person_key (master_key);

CREATE TABLE consilium.account_role (
    account_id uuid NOT NULL REFERENCES consilium.account,
    role consilium.word NOT NULL
        CHECK (role IN ('patient', 'caregiver', 'specialist', 'treating_clinician', 'coordinator', 'operator')),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, role)
);

-- scrypt, as $scrypt$ln=…,r=…,p=…$salt$hash: never granted to the app role as a table.
CREATE TABLE consilium.password (
    account_id uuid PRIMARY KEY REFERENCES consilium.account,
    hash text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- TOTP (RFC 6238). The secrets are sealed by the person key; last_step stops a code from being used twice.
CREATE TABLE consilium.second_factor (
    account_id uuid PRIMARY KEY REFERENCES consilium.account,
    -- The one that sign-in asks for; NULL until the first was confirmed.
    secret bytea,
    -- An authenticator that is to take its place, until a code of it was shown.
    next_secret bytea,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,
    CONSTRAINT second_factor_confirmed CHECK ((secret IS NULL) = (confirmed_at IS NULL))
);

CREATE TABLE consilium.recovery_code (
    account_id uuid NOT NULL REFERENCES consilium.account,
    digest bytea NOT NULL,
    used_at timestamptz,
    -- Of the one that two operators had mailed.
    expires_at timestamptz,
    PRIMARY KEY (account_id, digest)
);

CREATE TABLE consilium.session (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    token_digest bytea NOT NULL UNIQUE,
    second_factor boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Counted from seen_at.
    idle_limit interval NOT NULL,
    -- The absolute limit.
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- When the password or a code was shown in this session last; at sign-in first.
    proved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Proofs that were tried since then. Whoever finds a session that was left open must not guess for long.
    proof_attempts integer NOT NULL DEFAULT 0 CHECK (proof_attempts >= 0)
);
CREATE INDEX session_live ON consilium.session (account_id) WHERE ended_at IS NULL;

-- A network address and a device from which an account was used. Its id is derived from the three, so that every gateway
-- finds the same one.
CREATE TABLE consilium.request_source (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    -- Sealed by the person key: the address, and the device as its client names itself.
    body bytea NOT NULL,
    -- Since when the account was used from there, by who proved to be its owner: then it is kept with the account.
    used_at timestamptz,
    -- When a sign-in from there was refused last. What is known of it alone is forgotten in time (sweep_identity).
    refused_at timestamptz,
    CONSTRAINT request_source_has_reason CHECK (used_at IS NOT NULL OR refused_at IS NOT NULL)
);
CREATE INDEX request_source_account ON consilium.request_source (account_id);
CREATE INDEX request_source_refused ON consilium.request_source (refused_at) WHERE used_at IS NULL;
COMMENT ON TABLE consilium.request_source IS 'From where entries of the audit log were made. Where an account was used is '
    'kept as long as the account; where only refused sign-ins came from, 90 days from the last: their entries stay, and '
    'show no source any more.';

-- A sign-in at an account, or a refused one. One that opened a session has its id.
CREATE TABLE consilium.sign_in (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    state consilium.word NOT NULL CONSTRAINT sign_in_state_known CHECK (state IN (
        'opened', 'wrong_credentials', 'code_needed', 'wrong_code', 'device_unknown', 'second_factor_required')),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sign_in_at ON consilium.sign_in (at);

-- What a mail's link carries: confirm an address, reset a password, change an address, sign in from a new device.
CREATE TABLE consilium.mail_token (
    digest bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    purpose consilium.word NOT NULL
        CHECK (purpose IN ('confirm_email', 'reset_password', 'change_email', 'confirm_device')),
    -- The new address of change_email, sealed by the person key.
    new_email bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CHECK ((purpose = 'change_email') = (new_email IS NOT NULL))
);
CREATE INDEX mail_token_account ON consilium.mail_token (account_id, purpose) WHERE used_at IS NULL;

-- A device that an account signed in from, by the token that its client keeps and shows at the next sign-in: what
-- strangers guess does not hold it up (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
CREATE TABLE consilium.known_device (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    token_digest bytea NOT NULL UNIQUE CHECK (octet_length(token_digest) = 32),
    -- How often it tried since it last signed in.
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT known_device_attempts_counted CHECK (attempts >= 0),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX known_device_account ON consilium.known_device (account_id, seen_at);

-- Sign-ins that have not succeeded, by subject (HMAC of an address with a network, of an address over all networks, of a
-- network, of an address's codes), shared by all gateways. An attempt counts as failed until it
-- succeeds, so that guesses side by side count too.
CREATE TABLE consilium.sign_in_throttle (
    subject bytea PRIMARY KEY,
    -- It leaks away with time, so that a busy network is not held by what happened last week.
    failures double precision NOT NULL CHECK (failures >= 0),
    last_failure_at timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);

-- A person who acts for a patient, as herself.
CREATE TABLE consilium.caregiver_grant (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES consilium.account,
    -- NULL until the invitation was accepted.
    caregiver_id uuid REFERENCES consilium.account,
    kind consilium.word NOT NULL CHECK (kind IN ('grant', 'guardian')),
    state consilium.word NOT NULL CHECK (state IN ('invited', 'active', 'ended')),
    token_digest bytea NOT NULL UNIQUE,
    -- The invited address, sealed by the patient's person key.
    email bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    ended_at timestamptz,
    CHECK (caregiver_id <> patient_id),
    CHECK (state <> 'active' OR caregiver_id IS NOT NULL)
);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('caregiver_grant', 'invited', 'active'), ('caregiver_grant', 'invited', 'ended'),
    ('caregiver_grant', 'active', 'ended');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.caregiver_grant
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('caregiver_grant');
CREATE UNIQUE INDEX caregiver_grant_live ON consilium.caregiver_grant (patient_id, caregiver_id)
    WHERE state = 'active';

SELECT consilium.wall(t::regclass) FROM unnest(ARRAY[
    'consilium.account', 'consilium.account_particular', 'consilium.person_key', 'consilium.account_role', 'consilium.password',
    'consilium.second_factor', 'consilium.recovery_code', 'consilium.session', 'consilium.mail_token',
    'consilium.known_device', 'consilium.request_source', 'consilium.sign_in', 'consilium.sign_in_throttle', 'consilium.caregiver_grant']) t;
SELECT consilium.audited('consilium.account', 'account', 'id', 'id');
SELECT consilium.audited('consilium.account_particular', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.person_key', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.account_role', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.password', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.second_factor', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.caregiver_grant', 'account', 'patient_id', 'id');
-- Of sessions their ends, of sign-ins all but that they are forgotten in time.
CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON consilium.sign_in DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id');
CREATE TRIGGER audit_noted AFTER INSERT ON consilium.sign_in
    FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
CREATE CONSTRAINT TRIGGER audited AFTER UPDATE OF ended_at ON consilium.session DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id', 'ended');
CREATE TRIGGER audit_noted AFTER UPDATE OF ended_at ON consilium.session
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION consilium.audit_note('account', 'account_id');

-- Whether the actor holds a role; the one place where policies ask. In PL/pgSQL like all that policies call: its plan is
-- kept for the session, while an SQL function that cannot be inlined is planned in every query.
CREATE FUNCTION consilium.has_role(the_role text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM account_role r WHERE r.account_id = actor() AND r.role = the_role);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.has_role(text) TO consilium_app, consilium_worker, consilium_backup;

-- An account is read by itself, and by the coordinators of its cases (0004_cases.sql adds that policy).
GRANT SELECT, INSERT ON consilium.account, consilium.person_key TO consilium_app;
-- What the worker needs to write to somebody; a name or a birth date it need not open.
GRANT SELECT (id, state, email, language, time_zone) ON consilium.account TO consilium_worker;
GRANT SELECT ON consilium.person_key TO consilium_worker;
GRANT UPDATE (email_digest, email_key, email, jurisdiction, language, time_zone, version, state, confirmed_at)
    ON consilium.account TO consilium_app;
CREATE POLICY own ON consilium.account TO consilium_app
    USING (id = (SELECT consilium.actor())) WITH CHECK (id = (SELECT consilium.actor()));
CREATE POLICY begins ON consilium.account AS RESTRICTIVE FOR INSERT TO consilium_app
    WITH CHECK (state = 'unconfirmed');
-- Who else reads which kind: 0004_cases.sql.
GRANT SELECT, INSERT, UPDATE (sealed) ON consilium.account_particular TO consilium_app;
CREATE POLICY own ON consilium.account_particular TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
-- A key is never overwritten through the gateway, only forgotten: rotation is an operator's command.
GRANT UPDATE (wrapped, destroyed_at) ON consilium.person_key TO consilium_app;
CREATE POLICY own ON consilium.person_key TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
CREATE POLICY shreds ON consilium.person_key AS RESTRICTIVE FOR UPDATE TO consilium_app
    USING (true) WITH CHECK (wrapped IS NULL);
CREATE POLICY worker_reads ON consilium.account FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_reads ON consilium.person_key FOR SELECT TO consilium_worker USING (true);

GRANT SELECT, INSERT ON consilium.account_role TO consilium_app;
GRANT SELECT ON consilium.account_role TO consilium_worker;
CREATE POLICY own ON consilium.account_role FOR SELECT TO consilium_app
    USING (account_id = (SELECT consilium.actor()));
-- Staff roles are given by the owner's command only, and that of a specialist by join_as_specialist (0017_programme.sql).
CREATE POLICY takes ON consilium.account_role FOR INSERT TO consilium_app
    WITH CHECK (account_id = (SELECT consilium.actor()) AND role IN ('patient', 'caregiver', 'treating_clinician'));
CREATE POLICY worker_reads ON consilium.account_role FOR SELECT TO consilium_worker USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.second_factor, consilium.recovery_code TO consilium_app;
CREATE POLICY own ON consilium.second_factor TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
CREATE POLICY own ON consilium.recovery_code TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

GRANT SELECT, INSERT, UPDATE ON consilium.session TO consilium_app;
CREATE POLICY own ON consilium.session TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

GRANT SELECT, INSERT, UPDATE ON consilium.password TO consilium_app;
CREATE POLICY own ON consilium.password TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
-- Who merely claims an address sets no password: it would be in force once the owner of the address confirms.
CREATE POLICY app_insert_confirmed ON consilium.password AS RESTRICTIVE FOR INSERT TO consilium_app
    WITH CHECK (EXISTS (SELECT FROM consilium.account a WHERE a.id = password.account_id AND a.state = 'active'));

GRANT SELECT, INSERT, UPDATE ON consilium.mail_token TO consilium_app;
CREATE POLICY own ON consilium.mail_token TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

GRANT SELECT, INSERT, UPDATE (attempts, seen_at, expires_at), DELETE ON consilium.known_device TO consilium_app;
CREATE POLICY app_own_devices ON consilium.known_device TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

GRANT SELECT, INSERT ON consilium.request_source, consilium.sign_in TO consilium_app;
GRANT UPDATE (used_at, refused_at) ON consilium.request_source TO consilium_app;
CREATE POLICY app_own_sources ON consilium.request_source TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
CREATE POLICY app_own_sign_ins ON consilium.sign_in TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

-- Accepted and ended through the functions below alone.
GRANT SELECT, INSERT ON consilium.caregiver_grant TO consilium_app;
CREATE POLICY of_patient ON consilium.caregiver_grant TO consilium_app
    USING (patient_id = (SELECT consilium.actor()))
    WITH CHECK (patient_id = (SELECT consilium.actor()) AND state = 'invited' AND caregiver_id IS NULL);
CREATE POLICY of_caregiver ON consilium.caregiver_grant FOR SELECT TO consilium_app
    USING (caregiver_id = (SELECT consilium.actor()));
-- Whether a mail that invites is still to be sent.
GRANT SELECT (id, state, expires_at) ON consilium.caregiver_grant TO consilium_worker;
CREATE POLICY worker_select_state ON consilium.caregiver_grant FOR SELECT TO consilium_worker USING (true);

-- What must look across people ---------------------------------------------------------------------------------

-- The account that an address signs in to: the confirmed one, else the latest claim. No row when there is none. An address
-- is told by its digests, one by each look-up key, here and below.
CREATE FUNCTION consilium.account_by_email(digests bytea[]) RETURNS TABLE (account_id uuid, active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
BEGIN ATOMIC
    -- One look by each of the two partial indexes: neither serves "not closed".
    SELECT f.id, f.active FROM (
        SELECT a.id, true AS active, a.created_at FROM account a
        WHERE a.email_digest = ANY (digests) AND a.state = 'active'
        UNION ALL
        SELECT a.id, false, a.created_at FROM account a
        WHERE a.email_digest = ANY (digests) AND a.state = 'unconfirmed'
    ) f ORDER BY f.active DESC, f.created_at DESC, f.id DESC LIMIT 1;
END;

-- Whoever gives an address to an account asks this first: nobody else does until the transaction ends. Returns the account
-- that has it. While a look-up key is changed, two gateways write different digests of one address, which the unique index
-- takes for two; they have a digest in common, and lock it here. Lock and look are statements of their own.
CREATE FUNCTION consilium.claim_address(digests bytea[]) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('address ' || d.digest, 0))
    FROM (SELECT encode(d, 'hex') AS digest FROM unnest(digests) d ORDER BY 1) d;
    RETURN (SELECT a.id FROM account a WHERE a.email_digest = ANY (digests) AND a.state = 'active' LIMIT 1);
END
$$;

-- Whose live mail token this is. One that confirmed an address may be shown again for ten minutes, when the first answer was
-- lost: later it would tell whoever finds it whether a password is right.
CREATE FUNCTION consilium.mail_token_account(token bytea, the_purpose text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
RETURN (SELECT t.account_id FROM mail_token t WHERE t.digest = token AND t.purpose = the_purpose
    AND (t.used_at IS NULL
        OR t.purpose = 'confirm_email' AND t.used_at > clock_timestamp() - interval '10 minutes')
    AND t.expires_at > clock_timestamp());

-- Whether a session lives: nobody ended it, its account is active, and neither of its limits was reached. Who is in an
-- admitted consult is there without a request (0013_calendars.sql): until it can be joined no more, whether or not they have
-- left it, the absolute limit waits, and the idle limit counts from then.
CREATE FUNCTION consilium.session_lives(the_session consilium.session) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    present_until timestamptz;
BEGIN
    IF the_session.ended_at IS NOT NULL OR NOT EXISTS (SELECT FROM consilium.account a
        WHERE a.id = the_session.account_id AND a.state = 'active') THEN
        RETURN false;
    END IF;
    IF the_session.expires_at > clock_timestamp()
        AND the_session.seen_at + the_session.idle_limit > clock_timestamp() THEN
        RETURN true;
    END IF;
    SELECT max(p.until) INTO present_until FROM consilium.consult_presence p WHERE p.session_id = the_session.id;
    RETURN greatest(the_session.expires_at, present_until) > clock_timestamp()
        AND greatest(the_session.seen_at, present_until) + the_session.idle_limit > clock_timestamp();
END
$$;
GRANT EXECUTE ON FUNCTION consilium.session_lives(consilium.session) TO consilium_app;

-- Who calls with a session's token, while the session lives; no row otherwise. That it was seen is
-- written at most once a minute, and not for what is no activity of a person. A proof counts for ten minutes
-- (ProofNeeded.lasts).
CREATE FUNCTION consilium.session_caller(token bytea, is_activity boolean)
RETURNS TABLE (account_id uuid, session_id uuid, roles text[], second_factor boolean, proved_lately boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    live session;
BEGIN
    SELECT s.* INTO live FROM session s WHERE s.token_digest = token AND session_lives(s);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF is_activity AND live.seen_at < clock_timestamp() - interval '1 minute' THEN
        -- Whoever else is at it writes the same.
        UPDATE session s SET seen_at = clock_timestamp() WHERE s.id = (
            SELECT t.id FROM session t WHERE t.id = live.id AND t.ended_at IS NULL FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN QUERY SELECT live.account_id, live.id,
        ARRAY(SELECT r.role::text FROM account_role r WHERE r.account_id = live.account_id ORDER BY r.role),
        live.second_factor, live.proved_at > clock_timestamp() - interval '10 minutes';
END
$$;

-- Counts an attempt of a device that the address's account knows, and returns the device; NULL for any other token, and
-- for a device that was wrong too often since it last signed in.
CREATE FUNCTION consilium.device_attempt(token bytea, addresses bytea[], most integer) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    device uuid;
BEGIN
    UPDATE known_device d SET attempts = d.attempts + 1 FROM account a
    WHERE d.token_digest = token AND d.attempts < most AND d.expires_at > clock_timestamp()
        AND a.id = d.account_id AND a.email_digest = ANY (addresses) AND a.state = 'active'
    RETURNING d.id INTO device;
    RETURN device;
END
$$;

-- Counts an attempt against each subject and lets it through with the failures of each, or returns after how many seconds
-- the next one may come and counts nothing. The first attempts are free, then the wait doubles from a second up to the
-- cap; where the cap is zero, nobody waits. As many as are free leak away in the time that is given, evenly, and no
-- more than a hundred beyond them are held against a subject, so that a flood is forgotten in its time.
CREATE FUNCTION consilium.sign_in_attempt(
    subjects bytea[], free integer[], cap_seconds integer[], leak_seconds integer[],
    OUT wait double precision, OUT failures double precision[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    entry record;
    throttle sign_in_throttle;
BEGIN
    wait := 0;
    failures := '{}';
    FOR entry IN SELECT u.subject FROM unnest(subjects) u (subject) ORDER BY u.subject LOOP
        -- One statement, which takes the lock as well: between two, another's success may take the row away.
        INSERT INTO sign_in_throttle AS t (subject, failures, last_failure_at, blocked_until)
        VALUES (entry.subject, 0, clock_timestamp(), '-infinity')
        ON CONFLICT (subject) DO UPDATE SET failures = t.failures RETURNING t.* INTO STRICT throttle;
        wait := greatest(wait, CASE WHEN throttle.blocked_until > clock_timestamp()
            THEN extract(epoch FROM throttle.blocked_until - clock_timestamp()) ELSE 0 END);
    END LOOP;
    IF wait > 0 THEN
        RETURN;
    END IF;
    UPDATE sign_in_throttle t
    SET failures = counted.failures, last_failure_at = clock_timestamp(), blocked_until = CASE
        WHEN counted.failures <= counted.free OR counted.cap_seconds = 0 THEN '-infinity'
        ELSE clock_timestamp() + least(
            counted.cap_seconds, power(2, least(counted.failures - counted.free - 1, 20))) * interval '1 second' END
    FROM (
        SELECT u.*, least(u.free + 100, 1 + greatest(0, s.failures
            - extract(epoch FROM clock_timestamp() - s.last_failure_at) * u.free / u.leak_seconds)) AS failures
        FROM unnest(subjects, free, cap_seconds, leak_seconds) u (subject, free, cap_seconds, leak_seconds)
        JOIN sign_in_throttle s USING (subject)
    ) counted
    WHERE t.subject = counted.subject;
    failures := ARRAY(SELECT t.failures FROM unnest(subjects) WITH ORDINALITY u (subject, nth)
        JOIN sign_in_throttle t USING (subject) ORDER BY u.nth);
END
$$;

-- After a success: nothing is held against some subjects any more, their failures are taken off another's, and one attempt
-- is taken off each of the rest. Each may be NULL or empty.
CREATE FUNCTION consilium.sign_in_forgive(cleared bytea[], total bytea, eased bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    -- In the order in which sign_in_attempt locks them.
    PERFORM FROM sign_in_throttle t WHERE t.subject = ANY (cleared || total || eased)
    ORDER BY t.subject FOR UPDATE;
    UPDATE sign_in_throttle t
    SET failures = greatest(0, t.failures - (
        SELECT coalesce(sum(c.failures), 0) FROM sign_in_throttle c WHERE c.subject = ANY (cleared)))
    WHERE t.subject = total;
    DELETE FROM sign_in_throttle t WHERE t.subject = ANY (cleared);
    UPDATE sign_in_throttle t SET failures = greatest(0, t.failures - 1) WHERE t.subject = ANY (eased);
END
$$;

-- A caregiver accepts with the token of her mail, signed in as herself. Her parts follow the grant (0004_cases.sql).
CREATE FUNCTION consilium.accept_caregiver(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    invited caregiver_grant;
BEGIN
    -- Of two invitations of one patient that are accepted at the same moment the second waits, and finds the first.
    PERFORM FROM account a WHERE a.id = actor() FOR NO KEY UPDATE;
    SELECT * INTO invited FROM caregiver_grant g WHERE g.token_digest = token FOR NO KEY UPDATE;
    IF invited IS NULL OR invited.state <> 'invited' OR invited.expires_at <= clock_timestamp() OR actor() IS NULL
        OR invited.patient_id = actor() OR EXISTS (SELECT FROM caregiver_grant g
            WHERE g.patient_id = invited.patient_id AND g.caregiver_id = actor() AND g.state = 'active') THEN
        RETURN NULL;
    END IF;
    INSERT INTO account_role (account_id, role) VALUES (actor(), 'caregiver') ON CONFLICT DO NOTHING;
    UPDATE caregiver_grant SET state = 'active', caregiver_id = actor(), accepted_at = clock_timestamp()
    WHERE id = invited.id;
    RETURN invited.id;
END
$$;

-- Patient or caregiver ends a grant; what the caregiver sees of the patient's cases ends with it.
CREATE FUNCTION consilium.end_caregiver(the_grant uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE caregiver_grant SET state = 'ended', ended_at = clock_timestamp()
    WHERE id = the_grant AND state <> 'ended' AND actor() IN (patient_id, caregiver_id);
    RETURN FOUND;
END
$$;

GRANT EXECUTE ON FUNCTION consilium.account_by_email(bytea[]), consilium.claim_address(bytea[]),
    consilium.mail_token_account(bytea, text), consilium.session_caller(bytea, boolean),
    consilium.device_attempt(bytea, bytea[], integer),
    consilium.sign_in_attempt(bytea[], integer[], integer[], integer[]),
    consilium.sign_in_forgive(bytea[], bytea, bytea[]), consilium.accept_caregiver(bytea), consilium.end_caregiver(uuid)
    TO consilium_app;

-- Holds the actor's account while something lasting is made for it (a password, a factor, a feed, another person's access),
-- and says whether the session that asks has not ended. Whatever ends access holds the same row: it comes before, and the
-- session has ended, or after, and ends what was made.
CREATE FUNCTION consilium.hold_access(the_session uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM consilium.account a WHERE a.id = consilium.actor() FOR NO KEY UPDATE;
    RETURN NOT consilium.has_ended(the_session);
END
$$;
-- Whether somebody ended a session. One that is past its limits has not: what it began may come to its end.
CREATE FUNCTION consilium.has_ended(the_session uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM consilium.session s WHERE s.id = the_session AND s.ended_at IS NOT NULL);
END
$$;
-- Ends an account's sessions, or all but one, and with them whatever is being opened at this moment.
CREATE FUNCTION consilium.end_sessions(the_account uuid, but_one uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM consilium.account a WHERE a.id = the_account FOR NO KEY UPDATE;
    UPDATE consilium.session s SET ended_at = clock_timestamp()
    WHERE s.account_id = the_account AND s.ended_at IS NULL AND s.id IS DISTINCT FROM but_one;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.hold_access(uuid), consilium.has_ended(uuid),
    consilium.end_sessions(uuid, uuid) TO consilium_app;

-- Takes back the invitations that somebody sent and nobody accepted, and what they proposed or approved as one of the
-- programme: specialists who have not joined (0017_programme.sql), factors that are not replaced (0015_ending_access.sql).
CREATE FUNCTION consilium.end_invitations(the_account uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF the_account IS DISTINCT FROM actor() AND NOT ends_access() THEN
        RAISE EXCEPTION 'not theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'end_invitations';
    END IF;
    UPDATE caregiver_grant g SET state = 'ended', ended_at = clock_timestamp()
    WHERE g.patient_id = the_account AND g.state = 'invited';
    UPDATE invitation i SET state = 'withdrawn' WHERE i.invited_by = the_account AND i.state = 'sent';
    UPDATE specialist_proposal p SET state = 'withdrawn'
    WHERE p.state IN ('proposed', 'approved') AND the_account IN (p.proposed_by, p.approved_by);
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_at = clock_timestamp()
    WHERE r.state = 'proposed' AND r.proposed_by = the_account;
    -- The code that two operators had mailed, as long as nobody has used it.
    DELETE FROM recovery_code c USING factor_recovery r
    WHERE r.state = 'approved' AND the_account IN (r.proposed_by, r.decided_by)
        AND r.decided_at > clock_timestamp() - interval '24 hours' AND c.account_id = r.account_id
        AND c.expires_at IS NOT NULL AND c.used_at IS NULL;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.end_invitations(uuid) TO consilium_app;

-- Ends what lets somebody into an account besides its password and its second factor: sessions, the devices that it knows,
-- feeds of its calendar, links in mails; and the invitations that it sent. For who acts as the account, and for operators' commands.
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

-- Forgets what is over: claims that nobody confirmed within a week, devices that were away too long, a month after their
-- end sessions, mail tokens, sign-ins, throttles, proposals of specialists and of recoveries, and after 90 days from where only
-- refused sign-ins came. Proposals that are too old are taken back, and their addresses forgotten, at once; what became of each
-- stays in the audit log. Of each so many at most. Returns how many rows; as many as that or more: there may be others.
CREATE FUNCTION consilium.sweep_identity(batch integer) RETURNS integer
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
    -- now(): a stable time lets the index stop at what is old.
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
GRANT EXECUTE ON FUNCTION consilium.sweep_identity(integer) TO consilium_worker;
