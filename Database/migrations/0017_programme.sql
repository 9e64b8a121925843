-- How the programme gets its specialists: a coordinator or an operator proposes somebody, another operator approves, and
-- whoever reads the mail of the address becomes a specialist, with an account and a password of their own.

CREATE TABLE consilium.specialist_proposal (
    id uuid PRIMARY KEY,
    state consilium.word NOT NULL
        CONSTRAINT specialist_proposal_state_known CHECK (state IN ('proposed', 'approved', 'joined', 'withdrawn')),
    -- Who is meant, sealed by the house key: the account is not known yet. Forgotten once it is over (forget_proposal).
    email bytea,
    -- HMAC of that address by the look-up key named beside it: one proposal of an address waits at a time.
    email_digest bytea CONSTRAINT specialist_proposal_digest_length CHECK (octet_length(email_digest) = 32),
    email_key text,
    -- Of the secret of the mail together with the address that it was sent to: it serves nobody else.
    token_digest bytea UNIQUE,
    -- The entry in the directory that they will have.
    name text NOT NULL CONSTRAINT specialist_proposal_name_length CHECK (length(name) BETWEEN 1 AND 120),
    credentials text NOT NULL
        CONSTRAINT specialist_proposal_credentials_length CHECK (length(credentials) BETWEEN 1 AND 60),
    organisation_id uuid NOT NULL REFERENCES consilium.organisation,
    time_zone consilium.zone NOT NULL,
    taxonomy_codes text[] NOT NULL
        CONSTRAINT specialist_proposal_has_taxonomy CHECK (cardinality(taxonomy_codes) BETWEEN 1 AND 10),
    languages text[] NOT NULL
        CONSTRAINT specialist_proposal_has_language CHECK (cardinality(languages) BETWEEN 1 AND 20)
        CONSTRAINT specialist_proposal_languages_are_canonical CHECK (consilium.are_language_tags(languages)),
    peer_to_peer boolean NOT NULL,
    weekly_capacity integer NOT NULL
        CONSTRAINT specialist_proposal_capacity CHECK (weekly_capacity BETWEEN 0 AND 100),
    -- NULL: the owner's command, which acts for nobody.
    proposed_by uuid REFERENCES consilium.account,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    approved_by uuid REFERENCES consilium.account,
    approved_at timestamptz,
    -- Until when it can be approved; once it is approved, until when the invitation can be accepted. The worker takes it back
    -- then (sweep_identity).
    expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '14 days',
    joined_by uuid REFERENCES consilium.account,
    ended_at timestamptz,
    CONSTRAINT specialist_proposal_approved
        CHECK (state = 'withdrawn' OR (state IN ('approved', 'joined')) = (approved_at IS NOT NULL)),
    CONSTRAINT specialist_proposal_joined CHECK ((state = 'joined') = (joined_by IS NOT NULL)),
    CONSTRAINT specialist_proposal_forgets_address CHECK ((state IN ('joined', 'withdrawn')) = (email IS NULL)
        AND (email IS NULL) = (email_digest IS NULL) AND (email IS NULL) = (email_key IS NULL)),
    CONSTRAINT specialist_proposal_token CHECK ((state = 'approved') = (token_digest IS NOT NULL)),
    CONSTRAINT specialist_proposal_ended CHECK ((state IN ('joined', 'withdrawn')) = (ended_at IS NOT NULL)),
    -- Two people of the programme, and neither of them the one who becomes a specialist.
    CONSTRAINT specialist_proposal_four_eyes CHECK (approved_by <> proposed_by),
    CONSTRAINT specialist_proposal_not_self CHECK (joined_by <> proposed_by AND joined_by <> approved_by)
);
CREATE UNIQUE INDEX specialist_proposal_address ON consilium.specialist_proposal (email_digest)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX specialist_proposal_expires ON consilium.specialist_proposal (expires_at)
    WHERE state IN ('proposed', 'approved');
CREATE INDEX specialist_proposal_ended ON consilium.specialist_proposal (ended_at);
CREATE INDEX specialist_proposal_proposer ON consilium.specialist_proposal (proposed_by, proposed_at);
INSERT INTO consilium.transition (machine, source, target) VALUES
    ('specialist_proposal', 'proposed', 'approved'), ('specialist_proposal', 'proposed', 'withdrawn'),
    ('specialist_proposal', 'approved', 'joined'), ('specialist_proposal', 'approved', 'withdrawn');
CREATE TRIGGER guard BEFORE UPDATE OF state ON consilium.specialist_proposal
    FOR EACH ROW EXECUTE FUNCTION consilium.guard_transition('specialist_proposal');

-- What is over keeps neither the address nor the secret of its mail.
CREATE FUNCTION consilium.forget_proposal() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.email := NULL;
    NEW.email_digest := NULL;
    NEW.email_key := NULL;
    NEW.token_digest := NULL;
    NEW.ended_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER forget BEFORE UPDATE OF state ON consilium.specialist_proposal
    FOR EACH ROW WHEN (NEW.state IN ('joined', 'withdrawn')) EXECUTE FUNCTION consilium.forget_proposal();

-- Nobody becomes a specialist of an organisation that was retired, at whichever step that was.
CREATE FUNCTION consilium.refuse_retired_organisation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM organisation o WHERE o.id = NEW.organisation_id AND o.retired_at IS NULL FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'retired' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'specialist_proposal_organisation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_retired BEFORE INSERT OR UPDATE OF state ON consilium.specialist_proposal
    FOR EACH ROW WHEN (NEW.state <> 'withdrawn') EXECUTE FUNCTION consilium.refuse_retired_organisation();
-- Each is told to every operator by mail, so that taking one back makes no room before the day is over.
CREATE TRIGGER quota BEFORE INSERT ON consilium.specialist_proposal FOR EACH ROW EXECUTE FUNCTION consilium.hold_quota(
    'quota_specialist_proposals', 'proposed_by', '50', '',
    $$t.state IN ('proposed', 'approved') OR t.proposed_at > clock_timestamp() - interval '1 day'$$);

SELECT consilium.wall('consilium.specialist_proposal');
SELECT consilium.audited('consilium.specialist_proposal', 'programme', 'id', 'id');
COMMENT ON TABLE consilium.specialist_proposal IS 'Nobody becomes a specialist through the gateway but by a row here that one '
    'person of the programme proposed and another, an operator, approved, and by the mail that was sent to its address.';

-- Not the digest of the secret: join_as_specialist takes it, so that it is as good as the secret itself.
GRANT SELECT (id, state, email, name, credentials, organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer,
    weekly_capacity, proposed_by, proposed_at, approved_by, approved_at, expires_at, joined_by, ended_at)
    ON consilium.specialist_proposal TO consilium_app;
GRANT INSERT (id, state, email, email_digest, email_key, name, credentials, organisation_id, time_zone, taxonomy_codes, languages, peer_to_peer,
    weekly_capacity, proposed_by) ON consilium.specialist_proposal TO consilium_app;
CREATE POLICY app_select_staff ON consilium.specialist_proposal FOR SELECT TO consilium_app
    USING ((SELECT consilium.has_role('operator')) OR (SELECT consilium.has_role('coordinator')));
CREATE POLICY app_insert_proposer ON consilium.specialist_proposal FOR INSERT TO consilium_app
    WITH CHECK (state = 'proposed' AND proposed_by = (SELECT consilium.actor())
        AND ((SELECT consilium.has_role('operator')) OR (SELECT consilium.has_role('coordinator'))));
-- Whether a mail that invites is still to be sent, or an operator is still to be told.
GRANT SELECT (id, state, expires_at) ON consilium.specialist_proposal TO consilium_worker;
CREATE POLICY worker_select_state ON consilium.specialist_proposal FOR SELECT TO consilium_worker USING (true);

-- Whether an account has one of these roles, which nobody takes then until the transaction ends. Asked before the proposal is
-- locked: whoever takes a role locks that first as well (take_role, close_account).
CREATE FUNCTION consilium.hold_role(the_account uuid, VARIADIC the_roles text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    PERFORM FROM account_role r WHERE r.account_id = the_account AND r.role = ANY (the_roles) FOR SHARE;
    RETURN FOUND;
END
$$;

-- Whoever proposes asks this first: nobody else proposes that address until the transaction ends, and what of it is too old is
-- taken back. False where a proposal of it waits, or its invitation: who proposes may read them all. An address is told by its
-- digests, one by each look-up key, as claim_address has them.
CREATE FUNCTION consilium.claim_proposal(digests bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    IF session_user <> 'consilium_owner' AND NOT has_role('operator') AND NOT has_role('coordinator') THEN
        RAISE EXCEPTION 'not of the programme' USING
            ERRCODE = 'insufficient_privilege', CONSTRAINT = 'claim_proposal';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('proposal ' || d.digest, 0))
    FROM (SELECT encode(d, 'hex') AS digest FROM unnest(digests) d ORDER BY 1) d;
    UPDATE specialist_proposal p SET state = 'withdrawn'
    WHERE p.email_digest = ANY (digests) AND p.expires_at <= clock_timestamp();
    RETURN NOT EXISTS (SELECT FROM specialist_proposal p WHERE p.email_digest = ANY (digests));
END
$$;

-- The operators who can approve a proposal: whom to tell of it. Ids leave, and only for who may propose.
CREATE FUNCTION consilium.approvers_of(the_proposal uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    RETURN QUERY
        SELECT r.account_id FROM specialist_proposal p JOIN account_role r ON r.role = 'operator'
        WHERE p.id = the_proposal AND p.state = 'proposed' AND p.proposed_by = actor() AND r.account_id <> actor()
        ORDER BY r.account_id;
END
$$;

-- Approves a proposal of somebody else who is of the programme still: the invitation counts for two weeks. False where there
-- is none for this operator.
CREATE FUNCTION consilium.approve_specialist(the_proposal uuid, token bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    proposer uuid := (SELECT p.proposed_by FROM specialist_proposal p WHERE p.id = the_proposal);
BEGIN
    IF NOT hold_role(actor(), 'operator') THEN
        RAISE EXCEPTION 'not an operator' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'approve_specialist';
    END IF;
    IF NOT hold_role(proposer, 'operator', 'coordinator') THEN
        RETURN false;
    END IF;
    UPDATE specialist_proposal p SET state = 'approved', token_digest = token, approved_by = actor(),
        approved_at = clock_timestamp(), expires_at = clock_timestamp() + interval '14 days'
    WHERE p.id = the_proposal AND p.state = 'proposed' AND p.expires_at > clock_timestamp()
        AND p.proposed_by <> actor();
    RETURN FOUND;
END
$$;

-- Takes a proposal or its invitation back: an operator, or the coordinator who proposed.
CREATE FUNCTION consilium.withdraw_specialist(the_proposal uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
BEGIN
    UPDATE specialist_proposal p SET state = 'withdrawn'
    WHERE p.id = the_proposal AND p.state IN ('proposed', 'approved')
        AND (has_role('operator') OR has_role('coordinator') AND p.proposed_by = actor());
    RETURN FOUND;
END
$$;

-- The actor accepts the invitation of a mail, by the digest of its secret with their own address: the one way through the
-- gateway to the role `specialist`, and to an entry in the directory. The coordinators are asked to record the licences,
-- without which no lane is open. Returns the proposal; NULL where there is none for this account, they are a specialist
-- already, or one of the two who stood for them is of the programme no more (where the owner's command did, nobody stood).
CREATE FUNCTION consilium.join_as_specialist(token bytea) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
DECLARE
    invited specialist_proposal;
BEGIN
    SELECT * INTO invited FROM specialist_proposal p WHERE p.token_digest = token;
    IF invited.proposed_by IS NOT NULL AND NOT hold_role(invited.proposed_by, 'operator', 'coordinator')
        OR invited.approved_by IS NOT NULL AND NOT hold_role(invited.approved_by, 'operator') THEN
        RETURN NULL;
    END IF;
    SELECT * INTO invited FROM specialist_proposal p WHERE p.token_digest = token FOR NO KEY UPDATE;
    IF invited IS NULL OR invited.state <> 'approved' OR invited.expires_at <= clock_timestamp()
        OR NOT EXISTS (SELECT FROM account a WHERE a.id = actor() AND a.state = 'active')
        OR actor() = invited.proposed_by OR actor() = invited.approved_by THEN
        RETURN NULL;
    END IF;
    -- What a specialist has made of their entry stays: an invitation gives a role, and none that is there.
    INSERT INTO account_role (account_id, role) VALUES (actor(), 'specialist') ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE specialist_proposal p SET state = 'joined', joined_by = actor() WHERE p.id = invited.id;
    -- Who was one before has an entry already. The licences of then count no more: nobody has looked after them since.
    DELETE FROM licence l WHERE l.specialist_id = actor();
    INSERT INTO specialist AS s (id, name, credentials, organisation_id, time_zone, taxonomy_codes, languages,
        peer_to_peer, weekly_capacity)
    VALUES (actor(), invited.name, invited.credentials, invited.organisation_id, invited.time_zone,
        invited.taxonomy_codes, invited.languages, invited.peer_to_peer, invited.weekly_capacity)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, credentials = excluded.credentials,
        organisation_id = excluded.organisation_id, time_zone = excluded.time_zone,
        taxonomy_codes = excluded.taxonomy_codes, languages = excluded.languages, peer_to_peer = excluded.peer_to_peer,
        weekly_capacity = excluded.weekly_capacity, accepting = true, version = s.version + 1;
    INSERT INTO task (id, subject_id, kind, state, due_at)
    VALUES (gen_random_uuid(), actor(), 'renew_licence', 'open', clock_timestamp() + interval '3 days')
    ON CONFLICT DO NOTHING;
    RETURN invited.id;
END
$$;
GRANT EXECUTE ON FUNCTION consilium.claim_proposal(bytea[]), consilium.approvers_of(uuid),
    consilium.approve_specialist(uuid, bytea), consilium.withdraw_specialist(uuid), consilium.join_as_specialist(bytea)
    TO consilium_app;

-- How many proposals wait for an operator, and how many invitations for their reader: for the gateway's metrics.
CREATE FUNCTION consilium.specialist_backlog(OUT proposed integer, OUT approved integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = consilium, pg_temp AS $$
    SELECT count(*) FILTER (WHERE p.state = 'proposed')::integer, count(*) FILTER (WHERE p.state = 'approved')::integer
    FROM specialist_proposal p WHERE p.state IN ('proposed', 'approved') AND p.expires_at > clock_timestamp()
$$;
GRANT EXECUTE ON FUNCTION consilium.specialist_backlog() TO consilium_app;
