-- People: accounts, keys of persons, sign-in, sessions, roles, caregivers.

CREATE TABLE consilium.account (
    id uuid PRIMARY KEY,
    state consilium.word NOT NULL CHECK (state IN ('unconfirmed', 'active', 'closed')),
    -- HMAC of the normalised address: what sign-in looks up, and what makes an address unique.
    email_digest bytea NOT NULL CONSTRAINT account_email UNIQUE CHECK (octet_length(email_digest) = 32),
    -- Sealed by the person key: the address; and name, birth date, phone, postal address as one value.
    email bytea NOT NULL,
    particulars bytea NOT NULL,
    -- Plain, for licence lanes, templates and wall times.
    jurisdiction consilium.jurisdiction NOT NULL,
    language consilium.language_tag NOT NULL,
    time_zone consilium.zone NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    CHECK ((state = 'unconfirmed') = (confirmed_at IS NULL))
);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('account', 'unconfirmed', 'active'), ('account', 'active', 'closed'), ('account', 'unconfirmed', 'closed');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.account
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('account');

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

-- TOTP (RFC 6238). The secret is sealed by the person key; last_step stops a code from being used twice.
CREATE TABLE consilium.second_factor (
    account_id uuid PRIMARY KEY REFERENCES consilium.account,
    secret bytea NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0
);

CREATE TABLE consilium.recovery_code (
    account_id uuid NOT NULL REFERENCES consilium.account,
    digest bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (account_id, digest)
);

CREATE TABLE consilium.session (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    token_digest bytea NOT NULL UNIQUE,
    second_factor boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The idle limit is counted from seen_at; this is the absolute one.
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX session_live ON consilium.session (account_id) WHERE ended_at IS NULL;

-- What a mail's link carries: confirm an address, reset a password, change an address, invite someone.
CREATE TABLE consilium.mail_token (
    digest bytea PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES consilium.account,
    purpose consilium.word NOT NULL CHECK (purpose IN ('confirm_email', 'reset_password', 'change_email')),
    -- The new address of change_email: its digest, and the address sealed by the person key.
    new_email_digest bytea,
    new_email bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX mail_token_account ON consilium.mail_token (account_id, purpose) WHERE used_at IS NULL;

-- Failed sign-ins by subject (HMAC of the address, or of the client's network), shared by all gateways.
CREATE TABLE consilium.sign_in_throttle (
    subject bytea PRIMARY KEY,
    failures integer NOT NULL,
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
    'consilium.account', 'consilium.person_key', 'consilium.account_role', 'consilium.password',
    'consilium.second_factor', 'consilium.recovery_code', 'consilium.session', 'consilium.mail_token',
    'consilium.sign_in_throttle', 'consilium.caregiver_grant']) t;
SELECT consilium.audited('consilium.account', 'account', 'id', 'id');
SELECT consilium.audited('consilium.account_role', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.password', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.second_factor', 'account', 'account_id', 'account_id');
SELECT consilium.audited('consilium.caregiver_grant', 'account', 'patient_id', 'id');

-- Whether the actor holds a role; the one place where policies ask.
CREATE FUNCTION consilium.has_role(the_role text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp
RETURN EXISTS (SELECT FROM account_role r WHERE r.account_id = actor() AND r.role = the_role);
GRANT EXECUTE ON FUNCTION consilium.has_role(text) TO consilium_app, consilium_worker, consilium_backup;

-- An account is read by itself, and by whom it shares a case with (0004_cases.sql adds that policy).
GRANT SELECT ON consilium.account, consilium.person_key TO consilium_app, consilium_worker;
GRANT INSERT ON consilium.account TO consilium_app;
GRANT UPDATE (email_digest, email, particulars, jurisdiction, language, time_zone, version, state, confirmed_at)
    ON consilium.account TO consilium_app;
CREATE POLICY own ON consilium.account TO consilium_app
    USING (id = (SELECT consilium.actor())) WITH CHECK (id = (SELECT consilium.actor()));
GRANT INSERT ON consilium.person_key TO consilium_app;
GRANT UPDATE (wrapped, master_key, destroyed_at) ON consilium.person_key TO consilium_app;
CREATE POLICY own ON consilium.person_key TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
CREATE POLICY worker_reads ON consilium.account FOR SELECT TO consilium_worker USING (true);
CREATE POLICY worker_reads ON consilium.person_key FOR SELECT TO consilium_worker USING (true);

GRANT SELECT, INSERT ON consilium.account_role TO consilium_app;
GRANT SELECT ON consilium.account_role TO consilium_worker;
CREATE POLICY own ON consilium.account_role FOR SELECT TO consilium_app
    USING (account_id = (SELECT consilium.actor()));
-- Staff roles are given by an operator's command only.
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

GRANT SELECT, INSERT, UPDATE ON consilium.mail_token TO consilium_app;
CREATE POLICY own ON consilium.mail_token TO consilium_app
    USING (account_id = (SELECT consilium.actor())) WITH CHECK (account_id = (SELECT consilium.actor()));
GRANT INSERT ON consilium.mail_token TO consilium_worker;
CREATE POLICY worker_makes ON consilium.mail_token FOR INSERT TO consilium_worker WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON consilium.caregiver_grant TO consilium_app;
CREATE POLICY of_patient ON consilium.caregiver_grant TO consilium_app
    USING (patient_id = (SELECT consilium.actor())) WITH CHECK (patient_id = (SELECT consilium.actor()));
CREATE POLICY of_caregiver ON consilium.caregiver_grant FOR SELECT TO consilium_app
    USING (caregiver_id = (SELECT consilium.actor()));
