-- People: accounts and their keys, sign-in, sessions, roles, caregivers, the recovery of a second factor, and what a person
-- wants to be told when.

-- Whether the actor has a role; policies ask nowhere else. In PL/pgSQL like all that policies call: its plan is kept for the
-- session, while an SQL function that cannot be inlined is planned in every query.
CREATE FUNCTION consilium.has_role(the_role text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM account_role r WHERE r.account_id = actor() AND r.role = the_role);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.has_role(text) TO consilium_app, consilium_worker, consilium_backup;

CREATE TABLE consilium.account (
    id uuid PRIMARY KEY,
    state consilium.word NOT NULL CONSTRAINT account_state_known CHECK (state IN ('unconfirmed', 'active', 'closed')),
    email_digest bytea NOT NULL CONSTRAINT account_email_digest_length CHECK (octet_length(email_digest) = 32),
    email_key text,
    email bytea NOT NULL,
    jurisdiction consilium.jurisdiction NOT NULL,
    language consilium.language_tag NOT NULL,
    time_zone consilium.zone NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    CONSTRAINT account_confirmed_has_time CHECK ((state = 'unconfirmed') = (confirmed_at IS NULL)),
    CONSTRAINT account_email_has_key CHECK ((email = '') = (email_key IS NULL))
);
COMMENT ON TABLE consilium.account IS 'A person''s account. Name, birth date and contact are in account_particular.';
COMMENT ON COLUMN consilium.account.email_digest IS
    'HMAC of the normalised address by the look-up key that email_key names; sign-in looks it up. Random once the person was '
    'erased.';
COMMENT ON COLUMN consilium.account.email_key IS
    'The name of the look-up key of email_digest; NULL once the person was erased.';
COMMENT ON COLUMN consilium.account.email IS 'The address, sealed by the person key; empty once the person was erased.';
COMMENT ON COLUMN consilium.account.jurisdiction IS 'Where the person lives: it decides which licence a consult needs. Plain.';
-- An address belongs to whoever confirms it first, until that account is closed. Before that several may claim it, so that a
-- stranger's claim neither blocks the owner nor becomes the owner's account.
CREATE UNIQUE INDEX account_one_active_per_address ON consilium.account (email_digest) WHERE state = 'active';
CREATE INDEX account_claim ON consilium.account (email_digest, id) WHERE state = 'unconfirmed';
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('account', 'unconfirmed', 'active'), ('account', 'active', 'closed'), ('account', 'unconfirmed', 'closed');
SELECT consilium.enable_row_security('consilium.account');
SELECT consilium.audited('consilium.account', 'account', 'id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.account
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('account');
-- An account is read by itself, and by the coordinators of its cases.
GRANT SELECT, INSERT ON consilium.account TO consilium_app;
-- What the worker needs to write to somebody; it opens no name and no birth date.
GRANT SELECT (id, state, email, language, time_zone) ON consilium.account TO consilium_worker;
GRANT UPDATE (email_digest, email_key, email, jurisdiction, language, time_zone, version, state, confirmed_at)
    ON consilium.account TO consilium_app;
CREATE POLICY app_all_own ON consilium.account TO consilium_app
    USING (id = (SELECT consilium.actor())) WITH CHECK (id = (SELECT consilium.actor()));
CREATE POLICY app_insert_unconfirmed ON consilium.account AS RESTRICTIVE FOR INSERT TO consilium_app
    WITH CHECK (state = 'unconfirmed');
CREATE POLICY worker_select_all ON consilium.account FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.account_particular (
    account_id uuid NOT NULL REFERENCES consilium.account,
    kind consilium.word NOT NULL CONSTRAINT account_particular_kind_known CHECK (kind IN ('name', 'birth', 'contact')),
    sealed bytea NOT NULL,
    PRIMARY KEY (account_id, kind)
);
COMMENT ON TABLE consilium.account_particular IS
    'What people told of themselves. Each kind has a seal of its own by the person key, because different people may read it: '
    'participants of a case read names, who reads a case reads its patient''s birth date and sex, its coordinators read the '
    'patient''s contact.';
COMMENT ON COLUMN consilium.account_particular.sealed IS 'Sealed by the person key.';
SELECT consilium.enable_row_security('consilium.account_particular');
SELECT consilium.audited('consilium.account_particular', 'account', 'account_id', 'account_id');
-- Who else reads which kind follows from the cases (my_people, my_patients).
GRANT SELECT, INSERT, UPDATE (sealed) ON consilium.account_particular TO consilium_app;
CREATE POLICY app_all_own ON consilium.account_particular TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.person_key (
    account_id uuid PRIMARY KEY,
    wrapped bytea,
    master_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CONSTRAINT person_key_wrapped_until_destroyed CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);
COMMENT ON TABLE consilium.person_key IS 'The data key of each person.';
COMMENT ON COLUMN consilium.person_key.wrapped IS
    'The key, wrapped by the master key that master_key names; NULL once it was destroyed.';
CREATE INDEX person_key_master ON consilium.person_key (master_key);
SELECT consilium.enable_row_security('consilium.person_key');
SELECT consilium.audited('consilium.person_key', 'account', 'account_id', 'account_id');
GRANT SELECT, INSERT ON consilium.person_key TO consilium_app;
GRANT SELECT ON consilium.person_key TO consilium_worker;
-- Through the gateway a key is never overwritten, only destroyed: rotation is an operator's command.
GRANT UPDATE (wrapped, destroyed_at) ON consilium.person_key TO consilium_app;
CREATE POLICY app_all_own ON consilium.person_key TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
CREATE POLICY app_update_destroys ON consilium.person_key AS RESTRICTIVE FOR UPDATE TO consilium_app
    USING (true) WITH CHECK (wrapped IS NULL);
CREATE POLICY worker_select_all ON consilium.person_key FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.account_role (
    account_id uuid NOT NULL REFERENCES consilium.account,
    role consilium.word NOT NULL
        CONSTRAINT account_role_role_known
            CHECK (role IN ('patient', 'caregiver', 'specialist', 'treating_clinician', 'coordinator', 'operator')),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, role)
);
COMMENT ON TABLE consilium.account_role IS
    'The roles of each account in the whole service. What somebody may do in one case is in case_part.';
SELECT consilium.enable_row_security('consilium.account_role');
SELECT consilium.audited('consilium.account_role', 'account', 'account_id', 'account_id');
GRANT SELECT, INSERT ON consilium.account_role TO consilium_app;
GRANT SELECT ON consilium.account_role TO consilium_worker;
CREATE POLICY app_select_own ON consilium.account_role FOR SELECT TO consilium_app
    USING (account_id = (SELECT consilium.actor()));
-- Only the owner's command gives staff roles, and only join_as_specialist gives that of a specialist.
CREATE POLICY app_insert_own ON consilium.account_role FOR INSERT TO consilium_app
    WITH CHECK (account_id = (SELECT consilium.actor()) AND role IN ('patient', 'caregiver', 'treating_clinician'));
CREATE POLICY worker_select_all ON consilium.account_role FOR SELECT TO consilium_worker USING (true);

CREATE TABLE consilium.password (
    account_id uuid PRIMARY KEY REFERENCES consilium.account,
    hash text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.password IS 'The passwords of accounts.';
COMMENT ON COLUMN consilium.password.hash IS 'scrypt, as $scrypt$ln=…,r=…,p=…$salt$hash.';
SELECT consilium.enable_row_security('consilium.password');
SELECT consilium.audited('consilium.password', 'account', 'account_id', 'account_id');
GRANT SELECT, INSERT, UPDATE ON consilium.password TO consilium_app;
CREATE POLICY app_all_own ON consilium.password TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
-- Who only claims an address sets no password: it would count once the owner of the address confirms.
CREATE POLICY app_insert_confirmed ON consilium.password AS RESTRICTIVE FOR INSERT TO consilium_app
    WITH CHECK (EXISTS (SELECT FROM consilium.account a WHERE a.id = password.account_id AND a.state = 'active'));

CREATE TABLE consilium.second_factor (
    account_id uuid PRIMARY KEY REFERENCES consilium.account,
    secret bytea,
    next_secret bytea,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,
    CONSTRAINT second_factor_secret_has_time CHECK ((secret IS NULL) = (confirmed_at IS NULL))
);
COMMENT ON TABLE consilium.second_factor IS 'TOTP (RFC 6238).';
COMMENT ON COLUMN consilium.second_factor.secret IS
    'The one that sign-in asks for, sealed by the person key; NULL until the first was confirmed.';
COMMENT ON COLUMN consilium.second_factor.next_secret IS
    'An authenticator that is to replace it, sealed by the person key, until a code of it was shown.';
COMMENT ON COLUMN consilium.second_factor.last_step IS 'The time step of the last code that was taken: no code is taken twice.';
SELECT consilium.enable_row_security('consilium.second_factor');
SELECT consilium.audited('consilium.second_factor', 'account', 'account_id', 'account_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.second_factor TO consilium_app;
CREATE POLICY app_all_own ON consilium.second_factor TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.recovery_code (
    account_id uuid NOT NULL REFERENCES consilium.account,
    digest bytea NOT NULL,
    used_at timestamptz,
    expires_at timestamptz,
    PRIMARY KEY (account_id, digest)
);
COMMENT ON TABLE consilium.recovery_code IS 'Codes that stand in once for a lost second factor.';
COMMENT ON COLUMN consilium.recovery_code.digest IS 'SHA-256 of the code, which is random.';
COMMENT ON COLUMN consilium.recovery_code.expires_at IS
    'Set for the code that two operators had mailed; NULL for a person''s own.';
SELECT consilium.enable_row_security('consilium.recovery_code');
GRANT SELECT, INSERT, UPDATE, DELETE ON consilium.recovery_code TO consilium_app;
CREATE POLICY app_all_own ON consilium.recovery_code TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.session (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    token_digest bytea NOT NULL CONSTRAINT session_token_digest_unique UNIQUE,
    second_factor boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    idle_limit interval NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    proved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    proof_attempts integer NOT NULL DEFAULT 0 CONSTRAINT session_proof_attempts_not_negative CHECK (proof_attempts >= 0)
);
COMMENT ON TABLE consilium.session IS 'Sessions by the digest of their token.';
COMMENT ON COLUMN consilium.session.token_digest IS 'SHA-256 of the token, which is random.';
COMMENT ON COLUMN consilium.session.second_factor IS 'Whether a second factor was shown at sign-in.';
COMMENT ON COLUMN consilium.session.seen_at IS 'The last activity of the person, to the minute.';
COMMENT ON COLUMN consilium.session.idle_limit IS 'Counted from seen_at.';
COMMENT ON COLUMN consilium.session.expires_at IS 'The absolute limit.';
COMMENT ON COLUMN consilium.session.proved_at IS
    'When the password or a code was last shown in this session, the sign-in included.';
COMMENT ON COLUMN consilium.session.proof_attempts IS
    'Proofs that were tried since proved_at. Whoever finds a session that was left open must not guess for long.';
CREATE INDEX session_live ON consilium.session (account_id) WHERE ended_at IS NULL;
SELECT consilium.enable_row_security('consilium.session');
CREATE CONSTRAINT TRIGGER audited AFTER UPDATE OF ended_at ON consilium.session DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id', 'ended');
CREATE TRIGGER audit_noted AFTER UPDATE OF ended_at ON consilium.session
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
    EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
GRANT SELECT, INSERT, UPDATE ON consilium.session TO consilium_app;
CREATE POLICY app_all_own ON consilium.session TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.request_source (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    body bytea NOT NULL,
    used_at timestamptz,
    refused_at timestamptz,
    CONSTRAINT request_source_has_reason CHECK (used_at IS NOT NULL OR refused_at IS NOT NULL)
);
COMMENT ON TABLE consilium.request_source IS
    'From where entries of the audit log were made: a network address and a device. Where an account was used from is kept as '
    'long as the account; where only refused sign-ins came from is kept for 90 days after the last: their entries stay, and '
    'show no source any more.';
COMMENT ON COLUMN consilium.request_source.id IS
    'HMAC of account, address and device, so that every gateway finds the same row.';
COMMENT ON COLUMN consilium.request_source.body IS
    'The network address, and the device as its client names itself, sealed by the person key.';
COMMENT ON COLUMN consilium.request_source.used_at IS
    'Since when its proved owner has used the account from there: then it is kept with the account.';
COMMENT ON COLUMN consilium.request_source.refused_at IS 'When a sign-in from there was last refused.';
CREATE INDEX request_source_account ON consilium.request_source (account_id);
CREATE INDEX request_source_refused ON consilium.request_source (refused_at) WHERE used_at IS NULL;
SELECT consilium.enable_row_security('consilium.request_source');
GRANT SELECT, INSERT ON consilium.request_source TO consilium_app;
GRANT UPDATE (used_at, refused_at) ON consilium.request_source TO consilium_app;
CREATE POLICY app_all_own ON consilium.request_source TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.sign_in (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    state consilium.word NOT NULL CONSTRAINT sign_in_state_known CHECK (state IN (
        'opened', 'wrong_credentials', 'code_needed', 'wrong_code', 'device_unknown', 'second_factor_required')),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consilium.sign_in IS
    'Sign-ins, also refused ones, at an account. One that opened a session has the session''s id. Forgotten after 30 days; '
    'the audit log keeps them.';
CREATE INDEX sign_in_at ON consilium.sign_in (at);
SELECT consilium.enable_row_security('consilium.sign_in');
-- Audited but for the removal of old rows.
CREATE CONSTRAINT TRIGGER audited AFTER INSERT ON consilium.sign_in DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION consilium.audit_write('account', 'account_id', 'id');
CREATE TRIGGER audit_noted AFTER INSERT ON consilium.sign_in
    FOR EACH ROW EXECUTE FUNCTION consilium.audit_note('account', 'account_id');
GRANT SELECT, INSERT ON consilium.sign_in TO consilium_app;
CREATE POLICY app_all_own ON consilium.sign_in TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.mail_token (
    digest bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    purpose consilium.word NOT NULL
        CONSTRAINT mail_token_purpose_known
            CHECK (purpose IN ('confirm_email', 'reset_password', 'change_email', 'confirm_device')),
    new_email bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT mail_token_new_email_of_change CHECK ((purpose = 'change_email') = (new_email IS NOT NULL))
);
COMMENT ON TABLE consilium.mail_token IS
    'What the link of a mail carries: confirm an address, reset a password, change an address, sign in from a new device.';
COMMENT ON COLUMN consilium.mail_token.digest IS 'SHA-256 of the secret in the link.';
COMMENT ON COLUMN consilium.mail_token.new_email IS 'The new address of change_email, sealed by the person key.';
CREATE INDEX mail_token_account ON consilium.mail_token (account_id, purpose) WHERE used_at IS NULL;
SELECT consilium.enable_row_security('consilium.mail_token');
GRANT SELECT, INSERT, UPDATE ON consilium.mail_token TO consilium_app;
CREATE POLICY app_all_own ON consilium.mail_token TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.known_device (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    token_digest bytea NOT NULL
        CONSTRAINT known_device_token_digest_unique UNIQUE CONSTRAINT known_device_token_digest_length
            CHECK (octet_length(token_digest) = 32),
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT known_device_attempts_not_negative CHECK (attempts >= 0),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE consilium.known_device IS
    'Devices that an account signed in from, by a token that the client keeps. Guesses of strangers do not delay them (OWASP, '
    '"Slow Down Online Guessing Attacks with Device Cookies").';
COMMENT ON COLUMN consilium.known_device.token_digest IS 'SHA-256 of the token.';
COMMENT ON COLUMN consilium.known_device.attempts IS 'How often the device tried since it last signed in.';
CREATE INDEX known_device_account ON consilium.known_device (account_id, seen_at);
SELECT consilium.enable_row_security('consilium.known_device');
GRANT SELECT, INSERT, UPDATE (attempts, seen_at, expires_at), DELETE ON consilium.known_device TO consilium_app;
CREATE POLICY app_all_own ON consilium.known_device TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));

CREATE TABLE consilium.sign_in_throttle (
    subject bytea PRIMARY KEY,
    failures double precision NOT NULL CONSTRAINT sign_in_throttle_failures_not_negative CHECK (failures >= 0),
    last_failure_at timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);
COMMENT ON TABLE consilium.sign_in_throttle IS
    'Sign-ins that have not succeeded, shared by all gateways. An attempt counts as failed until it succeeds, so that '
    'simultaneous guesses count too.';
COMMENT ON COLUMN consilium.sign_in_throttle.subject IS
    'HMAC of an address with a network, of an address over all networks, of a network, or of an address''s codes.';
COMMENT ON COLUMN consilium.sign_in_throttle.failures IS
    'It falls with time, so that a busy network is not delayed by what happened last week.';
SELECT consilium.enable_row_security('consilium.sign_in_throttle');

CREATE TABLE consilium.caregiver_grant (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES consilium.account,
    caregiver_id uuid REFERENCES consilium.account,
    kind consilium.word NOT NULL CONSTRAINT caregiver_grant_kind_known CHECK (kind IN ('grant', 'guardian')),
    state consilium.word NOT NULL CONSTRAINT caregiver_grant_state_known CHECK (state IN ('invited', 'active', 'ended')),
    token_digest bytea NOT NULL CONSTRAINT caregiver_grant_token_digest_unique UNIQUE,
    email bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT caregiver_grant_not_self CHECK (caregiver_id <> patient_id),
    CONSTRAINT caregiver_grant_active_has_caregiver CHECK (state <> 'active' OR caregiver_id IS NOT NULL)
);
COMMENT ON TABLE consilium.caregiver_grant IS 'Who acts for a patient, as themselves and with their own account.';
COMMENT ON COLUMN consilium.caregiver_grant.caregiver_id IS 'NULL until the invitation was accepted.';
COMMENT ON COLUMN consilium.caregiver_grant.token_digest IS 'SHA-256 of the secret in the invitation''s link.';
COMMENT ON COLUMN consilium.caregiver_grant.email IS 'The invited address, sealed by the patient''s person key.';
CREATE UNIQUE INDEX caregiver_grant_one_active ON consilium.caregiver_grant (patient_id, caregiver_id)
    WHERE state = 'active';
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('caregiver_grant', 'invited', 'active'), ('caregiver_grant', 'invited', 'ended'),
    ('caregiver_grant', 'active', 'ended');
SELECT consilium.enable_row_security('consilium.caregiver_grant');
SELECT consilium.audited('consilium.caregiver_grant', 'account', 'patient_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.caregiver_grant
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('caregiver_grant');
-- Accepted and ended through the functions below alone.
GRANT SELECT, INSERT ON consilium.caregiver_grant TO consilium_app;
CREATE POLICY app_all_patient ON consilium.caregiver_grant TO consilium_app
    USING (patient_id = (SELECT consilium.actor()))
    WITH CHECK (patient_id = (SELECT consilium.actor()) AND state = 'invited' AND caregiver_id IS NULL);
CREATE POLICY app_select_caregiver ON consilium.caregiver_grant FOR SELECT TO consilium_app
    USING (caregiver_id = (SELECT consilium.actor()));
-- Whether a mail that invites is still to be sent.
GRANT SELECT (id, state, expires_at) ON consilium.caregiver_grant TO consilium_worker;
CREATE POLICY worker_select_state ON consilium.caregiver_grant FOR SELECT TO consilium_worker USING (true);

-- Before sign-in nobody acts: an id leaves, and only for who knows the address or the token ---------------------------

-- The account that an address signs in to: the confirmed one, else the latest claim; no row when there is none. Here and below
-- an address is given as its digests, one by each look-up key.
CREATE FUNCTION consilium.account_by_email(digests bytea[]) RETURNS TABLE (account_id uuid, active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
BEGIN ATOMIC
    -- One look-up by each of the two partial indexes: neither serves "not closed".
    SELECT f.id, f.active FROM (
        SELECT a.id, true AS active, a.created_at FROM account a
        WHERE a.email_digest = ANY (digests) AND a.state = 'active'
        UNION ALL
        SELECT a.id, false, a.created_at FROM account a
        WHERE a.email_digest = ANY (digests) AND a.state = 'unconfirmed'
    ) f ORDER BY f.active DESC, f.created_at DESC, f.id DESC LIMIT 1;
END;
GRANT EXECUTE ON FUNCTION consilium.account_by_email(bytea[]) TO consilium_app;

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
GRANT EXECUTE ON FUNCTION consilium.claim_address(bytea[]) TO consilium_app;

-- The account of a mail token that counts. One that confirmed an address may be shown again for ten minutes, in case the first
-- answer was lost; later it would tell whoever finds it whether a password is right.
CREATE FUNCTION consilium.mail_token_account(token bytea, the_purpose text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
RETURN (SELECT t.account_id FROM mail_token t WHERE t.digest = token AND t.purpose = the_purpose
    AND (t.used_at IS NULL
        OR t.purpose = 'confirm_email' AND t.used_at > clock_timestamp() - interval '10 minutes')
    AND t.expires_at > clock_timestamp());
GRANT EXECUTE ON FUNCTION consilium.mail_token_account(bytea, text) TO consilium_app;

-- Counts an attempt of a device that the address's account knows, and returns the device; NULL for any other token, and for a
-- device that failed too often since it last signed in.
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
GRANT EXECUTE ON FUNCTION consilium.device_attempt(bytea, bytea[], integer) TO consilium_app;

-- Counts an attempt against each subject and lets it through with the failures of each, or returns after how many seconds the
-- next one may come and counts nothing. The first attempts are free, then the wait doubles from a second up to the cap; where
-- the cap is zero, nobody waits. As many failures as are free are forgotten, evenly, in the given time; at most a hundred more
-- are counted for a subject, so that a flood is forgotten in time too.
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
        -- One statement, which takes the lock as well: between two, another's success may remove the row.
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
GRANT EXECUTE ON FUNCTION consilium.sign_in_attempt(bytea[], integer[], integer[], integer[]) TO consilium_app;

-- After a success: forgets the failures of some subjects, subtracts them from the total, and subtracts one attempt from each of
-- the rest. Each argument may be NULL or empty.
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
GRANT EXECUTE ON FUNCTION consilium.sign_in_forgive(bytea[], bytea, bytea[]) TO consilium_app;

-- Access of an account ------------------------------------------------------------------------------------------------

-- Locks the actor's account while something lasting is made for it (a password, a factor, a feed, another person's access), and
-- says whether the session that asks has not ended. Whatever ends access locks the same row: it comes before, and the session
-- has ended, or after, and ends what was made.
CREATE FUNCTION consilium.lock_access(the_session uuid) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM consilium.account a WHERE a.id = consilium.actor() FOR NO KEY UPDATE;
    RETURN NOT consilium.session_has_ended(the_session);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.lock_access(uuid) TO consilium_app;

-- Whether somebody ended a session. One past its limits was not ended: what it began may finish.
CREATE FUNCTION consilium.session_has_ended(the_session uuid) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM consilium.session s WHERE s.id = the_session AND s.ended_at IS NOT NULL);
END
$$;
GRANT EXECUTE ON FUNCTION consilium.session_has_ended(uuid) TO consilium_app;

-- Ends the sessions of an account, or all but one, and what is being opened at this moment.
CREATE FUNCTION consilium.end_sessions(the_account uuid, but_one uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM consilium.account a WHERE a.id = the_account FOR NO KEY UPDATE;
    UPDATE consilium.session s SET ended_at = clock_timestamp()
    WHERE s.account_id = the_account AND s.ended_at IS NULL AND s.id IS DISTINCT FROM but_one;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.end_sessions(uuid, uuid) TO consilium_app;

-- A caregiver accepts with the token of their mail, signed in as themselves. Their parts follow the grant
-- (sync_caregiver_parts).
CREATE FUNCTION consilium.accept_caregiver(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    invited caregiver_grant;
BEGIN
    -- Of two invitations of one patient that are accepted at the same moment, the second waits and finds the first.
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
GRANT EXECUTE ON FUNCTION consilium.accept_caregiver(bytea) TO consilium_app;

-- Patient or caregiver ends a grant; what the caregiver sees of the patient's cases ends with it.
CREATE FUNCTION consilium.end_caregiver(the_grant uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE caregiver_grant SET state = 'ended', ended_at = clock_timestamp()
    WHERE id = the_grant AND state <> 'ended' AND actor() IN (patient_id, caregiver_id);
    RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.end_caregiver(uuid) TO consilium_app;

-- Whether the actor acts for this patient.
CREATE FUNCTION consilium.acts_for(patient uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM caregiver_grant g
        WHERE g.patient_id = patient AND g.caregiver_id = actor() AND g.state = 'active');
END
$$;
GRANT EXECUTE ON FUNCTION consilium.acts_for(uuid) TO consilium_app;

-- Where a patient lives and which language they speak, for themselves and who acts for them.
CREATE FUNCTION consilium.residence(patient uuid, OUT jurisdiction text, OUT language text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
BEGIN ATOMIC
    SELECT a.jurisdiction, a.language FROM account a
    WHERE a.id = patient AND (patient = actor() OR acts_for(patient));
END;
GRANT EXECUTE ON FUNCTION consilium.residence(uuid) TO consilium_app;

-- Ending somebody's access --------------------------------------------------------------------------------------------

CREATE UNLOGGED TABLE consilium.ending_access (xact xid8 PRIMARY KEY DEFAULT pg_current_xact_id());
COMMENT ON TABLE consilium.ending_access IS
    'The transactions that end somebody''s access at this moment. Such a transaction moves other people''s cases, which none '
    'of their own parts could (enforce_mover). Written by close_account and take_role alone, which remove the row again.';
SELECT consilium.enable_row_security('consilium.ending_access');

CREATE FUNCTION consilium.is_ending_access() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ending_access e WHERE e.xact = pg_current_xact_id_if_assigned());
END
$$;
GRANT EXECUTE ON FUNCTION consilium.is_ending_access() TO consilium_app, consilium_worker;

-- Whether the session may end somebody else's access: an operator, or the owner's commands.
CREATE FUNCTION consilium.may_end_access() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT session_user = 'consilium_owner' OR has_role('operator')
$$;

-- What an operator learns of the account that confirmed an address; no row without one.
CREATE FUNCTION consilium.find_account(digests bytea[])
RETURNS TABLE (account_id uuid, roles text[], second_factor boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF NOT may_end_access() THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'find_account';
    END IF;
    RETURN QUERY
        SELECT a.id, ARRAY(SELECT r.role::text FROM account_role r WHERE r.account_id = a.id ORDER BY r.role),
            EXISTS (SELECT FROM second_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL)
        FROM account a WHERE a.email_digest = ANY (digests) AND a.state = 'active';
END
$$;
GRANT EXECUTE ON FUNCTION consilium.find_account(bytea[]) TO consilium_app;

-- A lost second factor ------------------------------------------------------------------------------------------------

CREATE TABLE consilium.factor_recovery (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    email bytea,
    state consilium.word NOT NULL CONSTRAINT factor_recovery_state_known CHECK (state IN ('proposed', 'approved', 'withdrawn')),
    proposed_by uuid NOT NULL REFERENCES consilium.account,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '24 hours',
    decided_by uuid REFERENCES consilium.account,
    decided_at timestamptz,
    CONSTRAINT factor_recovery_decided_has_time CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT factor_recovery_forgets_address CHECK ((state = 'proposed') = (email IS NOT NULL)),
    -- Two operators, neither of them the one whose factor was lost.
    CONSTRAINT factor_recovery_four_eyes CHECK (proposed_by <> account_id
        AND (state <> 'approved' OR decided_by IS NOT NULL AND decided_by <> proposed_by AND decided_by <> account_id))
);
COMMENT ON TABLE consilium.factor_recovery IS
    'The replacement of a lost second factor: one operator proposes, another approves; then a code that works once goes to '
    'the confirmed address.';
COMMENT ON COLUMN consilium.factor_recovery.email IS
    'Where the code is mailed to, sealed by the service key, because operators cannot read the account''s own address. '
    'Forgotten once it is decided, so that nothing of an erased person is left here.';
CREATE UNIQUE INDEX factor_recovery_one_open ON consilium.factor_recovery (account_id) WHERE state = 'proposed';
CREATE INDEX factor_recovery_decided ON consilium.factor_recovery (decided_at);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('factor_recovery', 'proposed', 'approved'), ('factor_recovery', 'proposed', 'withdrawn');
SELECT consilium.enable_row_security('consilium.factor_recovery');
SELECT consilium.audited('consilium.factor_recovery', 'account', 'account_id', 'id');
CREATE TRIGGER enforce_transition BEFORE UPDATE OF state ON consilium.factor_recovery
    FOR EACH ROW EXECUTE FUNCTION consilium.enforce_transition('factor_recovery');
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
GRANT EXECUTE ON FUNCTION consilium.propose_factor_recovery(uuid, bytea[], bytea) TO consilium_app;

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
GRANT EXECUTE ON FUNCTION consilium.approve_factor_recovery(uuid, bytea) TO consilium_app;

-- Withdraws a proposal: any operator, or the one whose factor it is about.
CREATE FUNCTION consilium.withdraw_factor_recovery(the_recovery uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE factor_recovery r SET state = 'withdrawn', email = NULL, decided_by = actor(), decided_at = clock_timestamp()
    WHERE r.id = the_recovery AND r.state = 'proposed' AND (has_role('operator') OR r.account_id = actor());
    RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.withdraw_factor_recovery(uuid) TO consilium_app;

-- When a person wants to be told --------------------------------------------------------------------------------------

CREATE TABLE consilium.notification_preference (
    account_id uuid PRIMARY KEY REFERENCES consilium.account,
    email boolean NOT NULL DEFAULT true,
    reminders boolean NOT NULL DEFAULT true,
    quiet_from time,
    quiet_to time,
    show_names boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT notification_preference_quiet_has_both_ends CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);
COMMENT ON TABLE consilium.notification_preference IS 'What a person wants to be told, and when.';
COMMENT ON COLUMN consilium.notification_preference.quiet_from IS
    'With quiet_to: the hours of the person''s own clock in which only urgent mail is sent.';
COMMENT ON COLUMN consilium.notification_preference.show_names IS
    'Whether mail may name the specialist, whose name can reveal the field.';
SELECT consilium.enable_row_security('consilium.notification_preference');
GRANT SELECT, INSERT, UPDATE ON consilium.notification_preference TO consilium_app;
CREATE POLICY app_all_own ON consilium.notification_preference TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
GRANT SELECT ON consilium.notification_preference TO consilium_worker;
CREATE POLICY worker_select_all ON consilium.notification_preference FOR SELECT TO consilium_worker USING (true);

-- A local time, or the end of the quiet span of a day in which it lies; over midnight when the end is the earlier one.
CREATE FUNCTION consilium.quiet_end(wall_clock timestamp, quiet_from time, quiet_to time) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN quiet_from < quiet_to AND wall_clock::time >= quiet_from AND wall_clock::time < quiet_to
        THEN wall_clock::date + quiet_to
    WHEN quiet_from > quiet_to AND wall_clock::time >= quiet_from THEN wall_clock::date + 1 + quiet_to
    WHEN quiet_from > quiet_to AND wall_clock::time < quiet_to THEN wall_clock::date + quiet_to
    ELSE wall_clock END;
GRANT EXECUTE ON FUNCTION consilium.quiet_end(timestamp, time, time) TO consilium_worker;

-- When the quiet hours end in which an instant lies, always after it; NULL outside them.
CREATE FUNCTION consilium.quiet_until(instant timestamptz, zone text, quiet_from time, quiet_to time)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN consilium.quiet_end(instant AT TIME ZONE zone, quiet_from, quiet_to) > instant AT TIME ZONE zone
    THEN consilium.next_instant_of(
        consilium.quiet_end(instant AT TIME ZONE zone, quiet_from, quiet_to), zone, instant) END;
GRANT EXECUTE ON FUNCTION consilium.quiet_until(timestamptz, text, time, time) TO consilium_worker;

-- A local time outside the night and the quiet hours, or the end of the one in which it lies; that end may lie in the other.
CREATE FUNCTION consilium.sleep_end(wall_clock timestamp, quiet_from time, quiet_to time) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN consilium.quiet_end(consilium.quiet_end(wall_clock, '21:00', '08:00'), quiet_from, quiet_to);
GRANT EXECUTE ON FUNCTION consilium.sleep_end(timestamp, time, time) TO consilium_worker;

-- When a mail that wants an answer soon may reach a person: now, or once their night and their quiet hours are over. The
-- night is from 21:00 to 08:00 by their own clock, the hours in which 47 CFR 64.1200(c)(1) forbids unasked calls. Where a
-- margin is named, who falls asleep within it counts as asleep: a mail may be late, and its reader has to act on it.
-- Quiet hours that leave no more than half an hour of the day between the nights do not count: they would say "never".
CREATE FUNCTION consilium.awake_at(
    instant timestamptz, zone text, quiet_from time, quiet_to time, margin interval DEFAULT '0'
) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    least_day interval := greatest(margin, interval '30 minutes');
    wall_clock timestamp;
    awake timestamp;
    ahead interval;
BEGIN
    -- The rest of a day begins where one of the two ends.
    IF NOT EXISTS (
        SELECT FROM unnest(ARRAY[time '08:00', quiet_to]) starts, LATERAL (SELECT date '2000-01-03' + starts) day (at)
        WHERE consilium.sleep_end(day.at, quiet_from, quiet_to) = day.at
            AND consilium.sleep_end(day.at + least_day, quiet_from, quiet_to) = day.at + least_day
    ) THEN
        quiet_from := NULL;
        quiet_to := NULL;
    END IF;
    FOREACH ahead IN ARRAY ARRAY['0', margin]::interval[] LOOP
        wall_clock := (instant + ahead) AT TIME ZONE zone;
        awake := consilium.sleep_end(consilium.sleep_end(wall_clock, quiet_from, quiet_to), quiet_from, quiet_to);
        IF awake > wall_clock THEN
            RETURN consilium.next_instant_of(awake, zone, instant + ahead);
        END IF;
    END LOOP;
    RETURN instant;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.awake_at(timestamptz, text, time, time, interval) TO consilium_worker;
